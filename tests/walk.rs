//! The walk: `cargo run`, as a newcomer runs it.

use std::io::Read;
use std::process::{Command, Output, Stdio};

fn walk(args: &[&str]) -> Output {
    let mut walk = Command::new(env!("CARGO_BIN_EXE_walk"));
    walk.env("NO_COLOR", "1").args(args).output().unwrap()
}

fn out(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn complaint(output: &Output) -> &str {
    let text = std::str::from_utf8(&output.stderr).unwrap();
    let own = text.lines().filter(|line| line.starts_with("walk: "));
    let own: Vec<&str> = own.collect();
    assert_eq!(own.len(), 1, "one line: {text}");
    own[0]
}

#[test]
fn list_names_every_lesson_once() {
    let output = walk(&["list"]);
    assert!(output.status.success());
    let names: Vec<&str> = out(&output).lines().map(|line| &line[..14]).collect();
    let expected = [
        "01  blocking  ",
        "02  callback  ",
        "03  generator ",
        "04  decorator ",
        "05  driver    ",
        "06  future    ",
        "07  executor  ",
        "08  event-loop",
        "09  tokio     ",
        "10  streams   ",
        "11  http      ",
        "12  chat      ",
    ];
    assert_eq!(names, expected);
}

#[test]
fn the_walk_runs_every_rung_and_closes_with_the_table() {
    let output = walk(&[]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = out(&output);
    let (rungs, table) = text.split_once("The lessons, side by side").unwrap();
    assert_eq!(
        rungs.matches("█ runs   ▒ blocks its thread").count(),
        12,
        "twelve charts"
    );
    // Name, threads, orders while the I/O lasts and in all; what holds a waiting A.
    let rows = [
        (
            "01-blocking",
            "1  1, however long the I/O",
            "its thread's stack",
        ),
        (
            "02-callback",
            "2  6 while the I/O lasts, 252 in all",
            "its thread's stack",
        ),
        (
            "03-generator",
            "2  6 while the I/O lasts, 121 in all",
            "a value of ",
        ),
        (
            "04-decorator",
            "2  6 while the I/O lasts, 121 in all",
            "a value of ",
        ),
        (
            "05-driver",
            "2  5 while the I/O lasts, 70 in all",
            "a value of ",
        ),
        (
            "06-future",
            "2  6 while the I/O lasts, 124 in all",
            "a value of ",
        ),
        (
            "07-executor",
            "2  6 while the I/O lasts, 22 in all",
            "a value of ",
        ),
        ("08-event-loop", "1  1, however long the I/O", "a value of "),
        ("09-tokio", "1  1, however long the I/O", "a value of "),
        ("10-streams", "1  1, however long the I/O", "a value of "),
        ("11-http", "1  1, however long the I/O", "a value of "),
        (
            "12-chat",
            "1  1 while the I/O lasts, 3 in all",
            "a value of ",
        ),
    ];
    for (name, figures, held) in rows {
        let row = table
            .split(name)
            .nth(1)
            .unwrap_or_else(|| panic!("no row {name}"));
        let mut lines = row.lines();
        assert!(lines.next().unwrap().ends_with(figures), "{name}: {row}");
        let held_by = lines.next().unwrap().trim_start();
        assert!(
            held_by
                .strip_prefix("held by       ")
                .unwrap()
                .starts_with(held),
            "{held_by}"
        );
        assert!(
            lines.next().unwrap().starts_with("  cannot "),
            "{name}: {row}"
        );
    }
    assert!(text.lines().all(|line| line.chars().count() <= 80));
}

#[test]
fn a_lesson_is_found_by_number_and_by_name_and_gets_its_flags() {
    for name in ["3", "03", "generator", "03-generator"] {
        let output = walk(&[name, "--io", "0s", "--help"]);
        assert!(output.status.success());
        assert!(out(&output).contains("03-generator"), "{name}");
    }
}

#[test]
fn a_lessons_own_status_is_the_walks() {
    assert_eq!(walk(&["1", "--io", "soon"]).status.code(), Some(2));
    assert_eq!(walk(&["1", "--from", "127.0.0.1:9"]).status.code(), Some(1));
}

#[test]
fn what_is_no_lesson_is_named() {
    for wrong in ["0", "99", "", "blocked", "--io", "-1", "+1"] {
        let output = walk(&[wrong]);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        let complaint = complaint(&output).to_owned();
        assert!(
            complaint.contains(&format!("no lesson is called {wrong:?}")),
            "{complaint}"
        );
    }
}

#[test]
fn help_names_both_commands() {
    let output = walk(&["--help"]);
    assert!(output.status.success());
    assert!(out(&output).contains("cargo run -- LESSON"));
}

#[test]
fn a_closed_standard_output_is_one_line_and_status_1() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_walk"))
        .arg("list")
        .stdout(closed())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut text = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert!(
        text.starts_with("walk: cannot write to standard output"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 1);
}

/// The end of a pipe that nobody reads.
fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}
