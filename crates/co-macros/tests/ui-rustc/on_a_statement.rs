//! FA01: a statement. Attribute macros on statements are unstable (E0658); the last message is the
//! macro's.

fn main() {
    #[co::coroutine]
    let count = 1;
}
