//! The program itself, with every good and bad input.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Output, Stdio};

use lesson_12_chat::LESSON;
use web::{AsyncHttpClient, HttpClient};

const EXE: &str = env!("CARGO_BIN_EXE_12-chat");

#[test]
fn the_command_line_keeps_its_promises() {
    lesson::check::command_line(EXE, &LESSON);
}

/// A room that is open until it is dropped, and where.
struct Room {
    program: Child,
    url: String,
}

impl Room {
    fn open(flags: &[&str]) -> Room {
        let mut program = Command::new(EXE)
            .args(["--room", "--listen", "127.0.0.1:0"])
            .args(flags)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let out = program.stdout.as_mut().unwrap();
        BufReader::new(out).read_line(&mut line).unwrap();
        let url = line.strip_prefix("The room is open: ").expect(&line);
        let url = url.strip_suffix(" (Ctrl-C closes it)\n").expect(&line);
        let url = url.to_owned();
        Room { program, url }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // If it is over already, all the better.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

#[test]
fn the_room_says_where_it_is_and_serves_its_page() {
    let room = Room::open(&[]);
    let page = HttpClient::new().unwrap().fetch(&room.url).unwrap();
    assert!(page.text().unwrap().starts_with("<!doctype html>"));
}

/// K3: who is in is told why it ends; and the program is over.
#[cfg(unix)]
#[test]
fn ctrl_c_closes_the_room() {
    let mut room = Room::open(&[]);
    ioloop::block_on(async {
        let url = room.url.replace("http:", "ws:") + "ws";
        let mut member = AsyncHttpClient::new().websocket(url).await.unwrap();
        member.read_message().await.unwrap();
        let pid = room.program.id().to_string();
        let told = Command::new("kill").args(["-INT", &pid]).status().unwrap();
        assert!(told.success());
        while member.read_message().await.is_some() {}
        let closed = member.closed().unwrap().to_string();
        assert_eq!(closed, "closed by the peer: 1001 the server goes down");
    });
    assert!(room.program.wait().unwrap().success());
    let mut said = String::new();
    let err = room.program.stderr.as_mut().unwrap();
    err.read_to_string(&mut said).unwrap();
    assert!(said.contains("101 GET /ws (127.0.0.1)"), "{said}");
}

fn refused(flags: &[&str]) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = Command::new(EXE).args(flags).output().unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

#[test]
fn wrong_flags_of_the_room_are_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (flags, status, why) in [
        (&["--room", "x"][..], 2, "unexpected argument \"x\""),
        (&["--room", "--lisen=a:1"], 2, "--lisen"),
        (&["--room", "--listen"], 2, "--listen"),
        (
            &["--room", "--from", "here"],
            2,
            "--from: 'here' is no host:port",
        ),
        (
            &["--room", "--listen", "nowhere"],
            2,
            "--listen: 'nowhere' is no host:port",
        ),
        (&["--room", "--listen", &taken], 1, "no room at 127.0.0.1:"),
    ] {
        let (code, said) = refused(flags);
        assert_eq!(code, Some(status), "{flags:?}: {said}");
        assert!(said.starts_with("12-chat: "), "{said}");
        assert!(said.contains(why), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn help_names_the_rooms_flags_too() {
    let Output { status, stdout, .. } = Command::new(EXE).arg("--help").output().unwrap();
    let help = String::from_utf8(stdout).unwrap();
    assert!(status.success());
    for flag in ["--io DURATION", "--room", "--listen HOST:PORT"] {
        assert!(help.contains(flag), "{help}");
    }
    assert!(help.lines().all(|line| line.chars().count() <= 80));
}
