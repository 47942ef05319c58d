//! FA01: an extern block, and an extern crate.

#[co::coroutine]
unsafe extern "C" {}

#[co::coroutine]
extern crate core as other;

fn main() {}
