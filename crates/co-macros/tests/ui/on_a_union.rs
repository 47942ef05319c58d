//! FA01: a union.

#[co::coroutine]
union Either {
    a: u8,
}

fn main() {}
