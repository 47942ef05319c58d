//! Holds a program to its law, over every schedule.

use std::time::Duration;

use slow_server::{Address, SlowServer};
use timeline::{Exploration, Explorer, Recording};

use crate::Law;

/// How many orders were seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    /// With the I/O's length free: it may end at any time.
    pub orders: usize,
    /// While the I/O lasts.
    pub while_io_lasts: usize,
}

/// For tests: runs `serve` in every order that its threads could take, with a real socket,
/// and holds each order to `law`; then once more with an I/O that lasts.
///
/// # Panics
///
/// If an order breaks the law, a schedule goes wrong, or an order that the law allows was not
/// seen. The message names the two events and prints them all, numbered.
#[track_caller]
pub fn prove(law: &Law, serve: impl Fn(Address) + Clone + Send + Sync + 'static) -> Proof {
    let free = explore(Explorer::new(), serve.clone(), |order| law.check(order));
    free.assert_no_failure();
    let orders = free.orders.len();
    assert_eq!(orders as u128, law.orders(), "orders seen and allowed");

    let Some((first, then)) = law.while_io_lasts else {
        let while_io_lasts = orders;
        return Proof {
            orders,
            while_io_lasts,
        };
    };
    let lasting = Explorer::new().hold(then, first);
    let lasting = explore(lasting, serve, |order| law.check_while_io_lasts(order));
    lasting.assert_no_failure();
    let while_io_lasts = lasting.orders.len();
    assert_eq!(
        while_io_lasts as u128,
        law.orders_while_io_lasts(),
        "orders seen and allowed while the I/O lasts"
    );
    Proof {
        orders,
        while_io_lasts,
    }
}

/// For tests of planted mistakes: what is wrong with the first order of `serve` that breaks
/// the law.
///
/// # Panics
///
/// If every order keeps it.
#[track_caller]
pub fn refute(law: &Law, serve: impl Fn(Address) + Send + Sync + 'static) -> String {
    let seen = explore(Explorer::new(), serve, |order| law.check(order));
    match seen.failures.first() {
        Some((failure, _)) => failure.to_string(),
        None => panic!("all {} orders keep the law", seen.orders.len()),
    }
}

fn explore<E: ToString>(
    explorer: Explorer,
    serve: impl Fn(Address) + Send + Sync + 'static,
    check: impl Fn(&[(&str, &str)]) -> Result<(), E>,
) -> Exploration {
    let server = SlowServer::after(Duration::ZERO).expect("a server on this machine");
    let address = server.address();
    let check = |recording: &Recording| {
        let events = recording.events.iter();
        let order: Vec<(&str, &str)> = events.map(|e| (&*e.thread, &*e.what)).collect();
        check(&order).map_err(|broken| broken.to_string())
    };
    explorer.run_and_check(move || serve(address.clone()), check)
}
