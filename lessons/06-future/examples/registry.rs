//! The fourth shape: a callback registry. Say once, for all replies to come, what to call.
//! `cargo run -p lesson-06-future --example registry`

use std::collections::HashMap;
use std::thread;
use std::time::Duration;

use slow_server::{Address, SlowServer};

type Callback = Box<dyn FnMut(&str) + Send>;

/// What to call, by the name of what happened.
#[derive(Default)]
struct Registry {
    callbacks: HashMap<&'static str, Vec<Callback>>,
}

impl Registry {
    fn on(&mut self, event: &'static str, callback: impl FnMut(&str) + Send + 'static) {
        let callbacks = self.callbacks.entry(event).or_default();
        callbacks.push(Box::new(callback));
    }

    fn happened(&mut self, event: &str, what: &str) {
        for callback in self.callbacks.get_mut(event).into_iter().flatten() {
            callback(what);
        }
    }
}

fn fetch(server: Address, mut registry: Registry) -> thread::JoinHandle<()> {
    thread::spawn(move || match server.ask() {
        Ok(reply) => registry.happened("reply", &reply),
        Err(error) => registry.happened("error", &error.to_string()),
    })
}

pub(crate) fn run() -> String {
    let server = SlowServer::after(Duration::from_millis(10)).expect("a server");
    let (told, heard) = std::sync::mpsc::channel();
    let also_told = told.clone();
    let mut registry = Registry::default();
    registry.on("reply", move |reply| {
        drop(told.send(format!("one got {reply:?}")))
    });
    registry.on("reply", move |reply| {
        drop(also_told.send(format!("two got {reply:?}")))
    });
    fetch(server.address(), registry)
        .join()
        .expect("no callback panicked");
    heard.iter().collect::<Vec<_>>().join(", ")
}

fn main() {
    println!("{}", run());
}
