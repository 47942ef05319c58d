//! The bare form with the type of the result alone.

#[co::coroutine]
fn count() -> Result<u8, String> {
    yield_!(1);
    Ok(2)
}

fn main() {}
