//! FA01, FA02, FA03, FA05, FA06, FB11: what does not compile, each message kept beside its source.
//!
//! After a change of a message, look at the difference that this test prints, then accept it with
//! `TRYBUILD=overwrite cargo test -p co-macros --test compile_errors`.

/// `tests/ui`: the macro's own messages. `tests/ui-rustc`: what only rustc can see, in its words,
/// each explained at the head of its source.
#[test]
fn every_mistake_gets_its_kept_message() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
    cases.compile_fail("tests/ui-rustc/*.rs");
}
