//! The figures that are shown are those that the benches left.

use std::process::Command;

#[test]
fn tables_bars_and_quotes_are_as_the_tool_writes_them() {
    let compare = Command::new(env!("CARGO_BIN_EXE_compare"))
        .arg("--check")
        .output();
    let compare = compare.expect("it was built for this test");
    let said = String::from_utf8_lossy(&compare.stderr);
    assert!(compare.status.success(), "{said}");
}
