//! Strangers at the door, and what they bring: section J of the faults.

mod people;

use lesson_12_chat::{Rooms, Rules, application};
use serde_json::json;
use web::{HttpRequest, Message};

use people::wire::{ask, run};
use people::{House, in_rooms};

fn rooms() -> Rooms {
    Rooms::new(Rules::default())
}

/// FJ02: whatever is answered with a page says what may be in it.
#[test]
fn fj02_the_page_allows_nothing_but_its_own() {
    for (path, kind) in [
        ("/", "text/html; charset=utf-8"),
        ("/?room=tea", "text/html; charset=utf-8"),
        ("/chat.css", "text/css; charset=utf-8"),
        ("/chat.js", "text/javascript; charset=utf-8"),
    ] {
        let answer = ask(application(rooms()), &format!("GET {path} HTTP/1.1"));
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), Some(kind));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        let policy = answer.header("content-security-policy").unwrap();
        let policy: Vec<&str> = policy.split("; ").collect();
        assert_eq!(
            policy,
            [
                "default-src 'none'",
                "script-src 'self'",
                "style-src 'self'",
                "connect-src 'self'",
                "img-src 'self' data:",
                "base-uri 'none'",
                "form-action 'none'",
                "frame-ancestors 'none'",
            ]
        );
    }
    assert_eq!(
        ask(application(rooms()), "GET /chat.jsx HTTP/1.1").status,
        404
    );
    assert_eq!(ask(application(rooms()), "POST / HTTP/1.1").status, 405);
}

/// FI09, J3: a page of another place does not get in.
#[test]
fn fi09_a_page_from_elsewhere_does_not_get_in() {
    for (origin, status) in [("http://localhost", 101), ("http://evil.example", 403)] {
        let upgrade = "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                       Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==";
        let request = format!("{upgrade}\r\nOrigin: {origin}");
        assert_eq!(ask(application(rooms()), &request).status, status);
    }
}

/// What somebody is told who wants to be called so, beside Anna, who is in.
fn called(wanted: &str) -> String {
    in_rooms(rooms(), async |house| {
        let [mut anna, mut other] = house.people(["Anna", "Otto"]).await;
        other.sends(json!({ "name": wanted }));
        let line = other.line().await;
        if line.starts_with("Otto is") {
            assert_eq!(anna.line().await, line);
        }
        line
    })
}

/// FJ03: names that look like Anna's, or like nothing, or like an address.
#[test]
fn fj03_a_name_is_the_servers_to_give() {
    for (wanted, now) in [
        ("Paul", "Paul"),
        ("  Paul   van Dyk ", "Paul van Dyk"),
        ("Änne-Mária O'Neil_2.0", "Änne-Mária O'Neil_2.0"),
        ("李雷", "李雷"),
        ("otto", "otto"),
    ] {
        assert_eq!(called(wanted), format!("Otto is {now}"), "{wanted:?}");
    }
    const TAKEN: &str = "refused: somebody here has that name, or one that looks like it";
    for alike in [
        "Anna",
        "anna",
        " Anna ",
        "АnnА",
        "Αnna",
        "Аnnа",
        "server",
        "Server",
        "ѕerver",
        "server.",
        "ser ver",
        "An-na",
        "S e r v e r",
    ] {
        assert_eq!(called(alike), TAKEN, "{alike:?}");
    }
    for bad in [
        "An\u{200b}na",
        "An\u{200d}na",
        "\u{202e}annA",
        "Anna\u{a0}",
        "An\0na",
        "An\nna",
        "<b>Anna</b>",
        "\"><svg/onload=alert(1)>",
        "Anna\u{fe0f}",
        "Ａnna",
    ] {
        assert_eq!(
            called(bad),
            "refused: a name has letters, digits, spaces and - _ . ' only",
            "{bad:?}"
        );
    }
    for first in ["_Paul", "'Paul", "\u{301}a", "...", "::1"] {
        let line = called(first);
        assert_eq!(
            line, "refused: a name begins with a letter or a digit",
            "{first:?}"
        );
    }
    for none in ["", "   ", "127.0.0.1", "10.0.0.7", "42"] {
        let line = called(none);
        assert!(line.starts_with("refused: a name has "), "{none:?}: {line}");
    }
    let long = "a".repeat(33);
    assert_eq!(called(&long), "refused: a name has at most 32 characters");
    assert_eq!(called(&long[1..]), format!("Otto is {}", &long[1..]));
}

/// FJ03: at the door, too; there one is told why, and sent away.
#[test]
fn fj03_a_bad_name_does_not_get_in() {
    in_rooms(rooms(), async |house| {
        let [_anna] = house.people(["Anna"]).await;
        for wanted in ["anna", "%E2%80%AE", "10.0.0.1", &"a".repeat(33)] {
            let mut person = house.person(&format!("name={wanted}")).await;
            let line = person.line().await;
            let why = line.strip_prefix("refused: ").expect(&line).to_owned();
            let closed = format!("closed by the peer: 1008 {why}");
            assert_eq!(person.line().await, closed);
        }
    });
}

/// A name is free again when its owner has left, or is called otherwise.
#[test]
fn a_name_that_is_given_back_is_free() {
    in_rooms(rooms(), async |house| {
        let [mut a, mut b] = house.people(["Anna", "Otto"]).await;
        a.sends(json!({ "name": "Ida" }));
        assert_eq!(b.line().await, "Anna is Ida");
        b.sends(json!({ "name": "Anna" }));
        assert_eq!(b.line().await, "Otto is Anna");
        drop(b);
        a.lines::<3>().await;
        let mut again = house.person("name=Anna").await;
        assert_eq!(again.hears().await["you"], "Anna");
    });
}

/// FJ06: names of rooms, their number, and the people in one.
#[test]
fn fj06_rooms_are_bounded() {
    in_rooms(rooms(), async |house| {
        for room in ["tea", "a-1", &"x".repeat(32)] {
            let mut person = house.person(&format!("room={room}&name=A")).await;
            assert_eq!(person.hears().await["kind"], "welcome", "{room}");
        }
        for room in [
            "..%2Fetc",
            "Tea",
            "a_b",
            "a%20b",
            "",
            "%00",
            &"x".repeat(33),
        ] {
            let mut person = house.person(&format!("room={room}&name=A")).await;
            let why = "a room is called by at most 32 of a-z, 0-9 and -";
            assert_eq!(person.line().await, format!("refused: {why}"), "{room}");
        }
    });
    let rules = Rules {
        rooms: 2,
        members: 2,
        ..Rules::default()
    };
    in_rooms(Rooms::new(rules), async |house| {
        let mut all = Vec::new();
        for (to, line) in [
            ("room=one&name=A", " welcome"),
            ("room=one&name=B", " welcome"),
            ("room=one&name=C", "refused: the room is full"),
            ("room=two&name=A", " welcome"),
            ("room=three&name=A", "refused: there are too many rooms"),
        ] {
            let mut person = house.person(to).await;
            assert_eq!(person.line().await, line, "{to}");
            all.push(person);
        }
        // The last one takes the room with him.
        drop(all.remove(3));
        people::turns().await;
        let mut person = house.person("room=three&name=A").await;
        assert_eq!(person.line().await, " welcome");
    });
}

/// FJ07: what is no question of this room is refused, and does no harm.
#[test]
fn fj07_what_comes_is_not_trusted() {
    in_rooms(rooms(), async |house| {
        let [mut a] = house.people(["A"]).await;
        let deep = "[".repeat(10_000);
        let deep_text = format!("{{\"say\":{}}}", "[".repeat(5000));
        for bad in [
            "",
            "null",
            "1e999",
            "say",
            "{}",
            "[\"say\"]",
            r#"{"say":1}"#,
            r#"{"say":"x","name":"y"}"#,
            r#"{"say":"x","say":"y"}"#,
            r#"{"say":"x"} "#,
            r#"{"shout":"x"}"#,
            r#"{"say":"\ud800"}"#,
            r#"{"say":"x"}{"say":"y"}"#,
            &deep,
            &deep_text,
        ] {
            a.0.socket().write_message(bad).unwrap();
            let line = a.line().await;
            if bad.ends_with(' ') {
                assert_eq!(line, "A: x");
            } else {
                let why = "refused: that is nothing that can be asked for";
                assert_eq!(line, why, "{bad:.20}");
            }
            ioloop::sleep(std::time::Duration::from_secs(1)).await;
        }
    });
}

/// FJ01: the server leaves a text as it is; the page makes no markup of it. Empty ones, and longer ones than the rules say,
/// are refused.
#[test]
fn fj01_a_text_is_told_as_it_came() {
    in_rooms(rooms(), async |house| {
        let [mut a] = house.people(["A"]).await;
        let long = "ä".repeat(2000);
        for text in [
            "<img src=x onerror=alert(1)>",
            "\u{202e}right to left\u{0}",
            "👩‍👩‍👧‍👦",
            &long,
        ] {
            a.says(text);
            assert_eq!(a.line().await, format!("A: {text}"));
        }
        a.says(" \n ");
        a.says(&format!("{long}ä"));
        let lines = ["refused: there is nothing in it", "refused: it is too long"];
        assert_eq!(a.lines().await, lines);
        // Longer than what is borne at all.
        let text = "x".repeat(17 << 10);
        a.0.socket().write_message(Message::text(text)).unwrap();
        assert_eq!(a.line().await, "closed by the peer: 1009 message too big");
    });
}

/// A request with a body has no place here.
#[test]
fn nothing_is_uploaded() {
    run(async || {
        let house = House::of(application(rooms()));
        let request = HttpRequest::new("http://localhost/").method(web::Method::POST);
        let error = house.fetch(request.body("x")).await.unwrap_err();
        assert_eq!(error.code(), 413);
    });
}
