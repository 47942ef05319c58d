//! The second shape: a placeholder. The call returns at once, a future that stands for the reply.
//! `cargo run -p lesson-06-future --example placeholder`

use std::time::Duration;

use pool::Pool;
use promise::Future;
use slow_server::{Address, SlowServer};

fn fetch(pool: &Pool, server: Address) -> Future<String> {
    pool.submit_result(move || server.ask())
}

pub(crate) fn run() -> String {
    let server = SlowServer::after(Duration::from_millis(10)).expect("a server");
    let pool = Pool::new(1);
    let reply = fetch(&pool, server.address());
    // Here there is time for something else: the future can wait, or be handed to somebody.
    pool.shutdown();
    match reply.try_take() {
        Ok(outcome) => format!("the future held {:?}", outcome.expect("a reply")),
        Err(_) => unreachable!("a pool that was shut down has done all its work"),
    }
}

fn main() {
    println!("{}", run());
}
