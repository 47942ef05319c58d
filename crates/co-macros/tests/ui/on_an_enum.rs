//! FA01: an enum.

#[co::coroutine]
pub enum State {
    Begun,
}

fn main() {}
