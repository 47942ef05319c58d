//! FA01: a module.

#[co::coroutine]
mod steps {
    pub fn step() {}
}

fn main() {}
