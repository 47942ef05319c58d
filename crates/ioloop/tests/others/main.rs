//! Code that nobody here wrote runs on the loop as it is: hyper, async-tungstenite, rustls, and what the futures crate and
//! smol's crates have for tasks. What each asks of an event loop is only what the loop has anyway: the traits of
//! `futures-io`, wakers, and for hyper the few lines of [`adapter`].

// ring is C and assembly, which Miri does not run; and ten megabytes are too much for it.
#![cfg(not(miri))]

mod adapter;
#[path = "../connected/mod.rs"]
mod connected;
mod http;
mod tasks;
mod tls;
mod websocket;
