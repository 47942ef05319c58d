//! FA07: generated coroutines compile and run.
//!
//! They are smaller than what the macro takes (see `src/tests/depths.rs`: 10,000 yields, 1 MB), since rustc itself
//! takes far more than twice the time for twice the `.await`s of any `async` block: 2 s for 500, 8 s for 1,000, 54 s
//! for 2,000.

use std::fs;
use std::path::Path;

/// A program that runs the coroutine with this body: it gets a mutable `n`, 0, and has to end with `yields` in it.
fn program(body: &str, yields: usize) -> String {
    format!(
        "#[co::coroutine]
        fn large(mut n: usize) -> impl co::Coroutine<(), Yield = usize, Return = usize> {{
            {body}
            n
        }}

        fn main() {{
            let mut large = std::pin::pin!(large(0));
            let mut state = co::Coroutine::start(large.as_mut());
            for expected in 0..{yields} {{
                assert_eq!(state, co::CoroutineState::Yielded(expected));
                state = co::Coroutine::resume(large.as_mut(), ());
            }}
            assert_eq!(state, co::CoroutineState::Complete({yields}));
        }}"
    )
}

#[test]
fn five_hundred_yields_two_hundred_deep_and_a_hundred_kilobytes() {
    let step = "yield_!(n); n += 1;";
    let nested = "if true { match Some(n) { Some(_) => { loop {".repeat(50)
        + step
        + &"break } } None => {} } }".repeat(50);
    let long = "n = n.wrapping_add(1).wrapping_sub(1);\n".repeat(2_600);
    let cases = trybuild::TestCases::new();
    for (name, source) in [
        ("yields", program(&step.repeat(500), 500)),
        ("nested", program(&nested, 1)),
        ("long", program(&(long.clone() + step + &long), 1)),
    ] {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.rs"));
        fs::write(&path, source).unwrap();
        cases.pass(path);
    }
}
