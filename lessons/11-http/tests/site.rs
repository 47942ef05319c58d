//! The site of the example: what `curl` says of it in the notes, and what else a client may try.

use std::path::PathBuf;

use web::AsyncHttpClient;

#[allow(dead_code, reason = "it has a `main` of its own")]
#[path = "../examples/site/main.rs"]
mod site;
#[path = "../../../crates/web/tests/wire/mod.rs"]
mod wire;

use wire::Answer;

fn ask(request: &str) -> Answer {
    let site = site::site(AsyncHttpClient::new(), "http://service/where").unwrap();
    wire::ask(site, request)
}

/// What `curl` would send, in the words of the log, and what comes back. Of its flags it knows `-d`, a form; the others are
/// about how it looks.
fn curl(arguments: &str) -> (String, Answer) {
    let mut words = arguments.split(' ').map(|word| word.trim_matches('\''));
    let (mut method, mut form) = ("GET", None);
    let mut url = "";
    while let Some(word) = words.next() {
        match word {
            "-d" => (method, form) = ("POST", words.next()),
            "-s" | "--path-as-is" => {}
            _ => url = word,
        }
    }
    let path = url.strip_prefix("localhost:8000").expect("the site");
    // `ask` adds the host and the blank line, behind which a form's body comes.
    let head = format!("{method} {path} HTTP/1.1");
    let answer = match form {
        None => ask(&head),
        Some(form) => {
            let length = form.len();
            ask(&format!(
                "{head}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                 Content-Length: {length}\r\nHost: localhost\r\n\r\n{form}"
            ))
        }
    };
    let path = path.split('?').next().unwrap();
    let logged = format!("{} {method} {path} (127.0.0.1)", answer.status);
    (logged, answer)
}

/// I2, I5, I6, I7, I8: each line of `curl` in the notes, all that it prints, and what is logged.
#[test]
fn i2_i5_i6_i7_i8_the_notes_quote_what_the_site_says() {
    const NOTES: &str = include_str!("../README.md");
    let begin = "```text\n$ curl ";
    let (_, rest) = NOTES.split_once(begin).expect("a session");
    let (session, rest) = rest.split_once("\n```").expect("an end");
    let (_, rest) = rest.split_once("```text\n").expect("a log");
    let mut log = rest.split_once("```").expect("an end").0.lines();
    for part in session.split("\n$ curl ") {
        let (command, said) = part.split_once('\n').unwrap_or((part, ""));
        let (arguments, wanted) = command.split_once(" | grep ").unwrap_or((command, ""));
        let (logged, answer) = curl(arguments);
        let lines: Vec<_> = answer
            .body
            .lines()
            .filter(|line| line.contains(wanted))
            .collect();
        assert_eq!(lines.join("\n"), said, "{command}");
        let line = log.next().expect(command);
        let (quoted, took) = line.rsplit_once(' ').unwrap();
        assert!(quoted == logged && took.ends_with("ms"), "{line}: {logged}");
    }
    assert_eq!(log.next(), None);
}

#[test]
fn i1_what_is_not_there_is_404_and_what_is_not_allowed_405() {
    for (request, status) in [
        ("GET /", 200),
        ("DELETE /", 405),
        ("POST /A", 405),
        ("GET /a", 404),
        ("GET /A/", 404),
        ("GET /status/404", 404),
        ("GET /status/503", 503),
        ("GET /status/200", 400),
        ("GET /status/999", 400),
        ("GET /status/40", 404),
        ("GET /static/page.css", 200),
        ("GET /static/../page.html", 404),
        ("GET /static/%2e%2e/page.html", 404),
        ("GET /static/", 404),
    ] {
        assert_eq!(
            ask(&format!("{request} HTTP/1.1")).status,
            status,
            "{request}"
        );
    }
}

/// I6: the page names its style sheet, with a version.
#[test]
fn i6_the_page_names_a_file_that_is_there() {
    let page = ask("GET / HTTP/1.1").body;
    let link = page
        .lines()
        .find(|line| line.contains("stylesheet"))
        .unwrap();
    let link = link.replace("&#x2f;", "/");
    let path = link.split('"').nth(3).unwrap();
    assert!(path.starts_with("/static/page.css?v="), "{path}");
    assert_eq!(ask(&format!("GET {path} HTTP/1.1")).status, 200);
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/site");
    assert!(folder.join("static/page.css").exists());
}
