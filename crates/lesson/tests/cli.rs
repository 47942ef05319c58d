//! The command line of the smallest lesson: its real program, with every good and every bad input.

use slow_server::SlowServer;
use std::process::Command;
use std::time::Duration;

#[path = "../src/bin/demo.rs"]
#[allow(dead_code, reason = "its main is run as a program of its own")]
mod demo;

#[test]
fn the_command_line_keeps_its_promises() {
    lesson::check::command_line(env!("CARGO_BIN_EXE_lesson-demo"), &demo::LESSON);
}

#[test]
fn a_panic_of_the_program_is_told_in_one_line_after_the_story() {
    let server = SlowServer::after(Duration::ZERO).unwrap().replying("panic");
    let address = server.address().to_string();
    let program = Command::new(env!("CARGO_BIN_EXE_lesson-demo"))
        .args(["--from", &address])
        .output()
        .unwrap();
    assert_eq!(program.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(program.stderr).unwrap(),
        "demo: a thread panicked: io-1: told to\\npanic\n"
    );
    let stdout = String::from_utf8(program.stdout).unwrap();
    assert!(stdout.contains("this lesson still cannot"), "{stdout}");
    assert!(
        stdout.contains("A was served after        never"),
        "{stdout}"
    );
}
