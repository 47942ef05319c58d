//! Mistakes planted in `from_async.rs`, each of which the test that is named must catch. The mistaken crate and the test
//! are compiled by rustc alone. Only tests whose way to the failure is sound even with the mistake are run here; what
//! else the mistake does, a data race or a value of the wrong type, Miri says.
#![cfg(not(miri))]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Replaces `right` by `wrong`, and expects `test` of `tests/{file}.rs` to fail.
#[track_caller]
fn caught(name: &str, right: &str, wrong: &str, file: &str, test: &str) {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(dir.join("src")).unwrap();
    for kept in ["README.md", "src/lib.rs", "src/iter.rs", "src/identity.rs"] {
        fs::copy(home.join(kept), dir.join(kept)).unwrap();
    }
    let source = fs::read_to_string(home.join("src/from_async.rs")).unwrap();
    let source = source.replace("\r\n", "\n");
    assert_eq!(source.matches(right).count(), 1, "{right:?} in the source");
    let planted = source.replace(right, wrong);

    // The right source first, so that a failure is the mistake's doing.
    for (source, passes) in [(source, true), (planted, false)] {
        fs::write(dir.join("src/from_async.rs"), source).unwrap();
        let library = dir.join("libco.rlib");
        let program = dir.join(format!("{file}{}", env::consts::EXE_SUFFIX));
        compiled(rustc(&dir.join("src/lib.rs"), &library).args([
            "--crate-type",
            "rlib",
            "--crate-name",
            "co",
        ]));
        let tests = home.join(format!("tests/{file}.rs"));
        let extern_co = format!("co={}", library.display());
        compiled(rustc(&tests, &program).args(["--test", "--extern", &extern_co]));
        let run = Command::new(&program).args(["--exact", test]).output();
        let run = run.unwrap();
        assert_eq!(run.status.success(), passes, "{}", text(&run));
        let verdict = if passes { "1 passed" } else { "1 failed" };
        assert!(text(&run).contains(verdict), "{}", text(&run));
    }
}

fn rustc(source: &Path, out: &Path) -> Command {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    command.args(["--edition", "2024", "--cap-lints", "allow", "-o"]);
    command.arg(out).arg(source);
    command
}

#[track_caller]
fn compiled(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
}

fn text(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&both).into_owned()
}

#[test]
fn fb09_the_thread_is_not_checked() {
    caught(
        "thread",
        "if header.thread != this_thread() {",
        "if false {",
        "strangers",
        "fb09_a_yield_polled_on_another_thread_is_refused_and_goes_on_here_untouched",
    );
}

#[test]
fn fb09_a_clone_of_the_waker_keeps_its_table() {
    caught(
        "clone",
        "fn clone(_: *const ()) -> RawWaker {\n",
        "fn clone(data: *const ()) -> RawWaker {\n    return RawWaker::new(data, &VTABLE);\n",
        "strangers",
        "fb09_a_clone_of_the_waker_leads_nowhere_even_after_the_step",
    );
}

#[test]
fn fb10_the_instance_is_not_checked() {
    caught(
        "instance",
        "if header.owner != owner {",
        "if false {",
        "strangers",
        "fb10_the_inner_yield_inside_the_outer_coroutine_is_refused",
    );
}

#[test]
fn fb02_a_body_left_by_a_panic_looks_suspended() {
    caught(
        "poison",
        "this.status = Status::Running;",
        "this.status = Status::Suspended;",
        "misuse",
        "fb02_a_panic_in_the_body_poisons_for_ever_and_drops_the_locals_once",
    );
}

#[test]
fn a_second_yield_in_one_step_overwrites_the_first() {
    caught(
        "overwrite",
        "            expect_empty(slot);\n",
        "",
        "misuse",
        "both_of_two_yields_are_unharmed_when_the_body_survives_the_panic",
    );
}
