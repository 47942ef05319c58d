//! FA01: a macro call.

#[co::coroutine]
thread_local! {
    static N: u8 = 1;
}

fn main() {}
