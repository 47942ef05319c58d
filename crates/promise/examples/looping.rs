//! Looping: `yield_!` is an expression, so the condition of a loop may wait; whether there is a next one is
//! asked apart from what it is.
//!
//! `cargo run -p promise --example looping`

use std::thread;

use promise::{Error, Future, pair, run, wait};

/// Walks over the rows of a slow table.
struct Cursor {
    rows: &'static [&'static str],
    at: usize,
}

impl Cursor {
    fn over(rows: &'static [&'static str]) -> Cursor {
        Cursor { rows, at: 0 }
    }

    /// Steps to the next row: whether there is one.
    fn fetch_next(&mut self) -> Future<bool> {
        let (promise, future) = pair();
        self.at += 1;
        let is_there = self.at <= self.rows.len();
        thread::spawn(move || promise.set(is_there)); // what a server's answer would do
        future
    }

    /// The row that was fetched.
    fn row(&self) -> &'static str {
        self.rows[self.at - 1]
    }
}

#[co::coroutine(start = run, wait = wait)]
fn read(mut cursor: Cursor) -> Future<Vec<&'static str>> {
    let mut rows = Vec::new();
    while yield_!(cursor.fetch_next())? {
        rows.push(cursor.row());
    }
    Ok(rows)
}

/// Reads a table of three rows; blocks this thread until it is read.
pub(crate) fn story() -> Result<Vec<&'static str>, Error> {
    let (done, wait) = std::sync::mpsc::channel();
    let rows = read(Cursor::over(&["Ada", "Barbara", "Grace"]));
    rows.add_done_callback(move |rows| done.send(rows.clone()).expect("it waits"));
    wait.recv().expect("a callback is called exactly once")
}

#[cfg_attr(test, allow(dead_code, reason = "the test prints nothing"))]
fn main() -> Result<(), String> {
    let rows = story().map_err(|error| format!("{error:#}"))?;
    println!("{}", rows.join("\n"));
    Ok(())
}
