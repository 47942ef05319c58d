//! The connection is lost, and comes back.

use serde_json::json;

use super::driver::{Browser, driven, key};
use super::page::{
    CONNECTED, WAITING, advance, calls_itself, comes_back, enters, enters_in_real_time, hears,
    lines, says, tells,
};
use super::room::Room;

fn sockets(page: &Browser) -> u64 {
    page.get("sockets.length").as_u64().unwrap()
}

fn written(page: &Browser) -> String {
    page.get("document.getElementById('text').value")
        .as_str()
        .unwrap()
        .to_owned()
}

/// How many say this.
fn said(page: &Browser, text: &str) -> usize {
    let end = format!("-says: {text}");
    lines(page)
        .iter()
        .filter(|line| line.ends_with(&end))
        .count()
}

#[test]
fn fj05_the_wait_is_random_beneath_a_bound_that_doubles() {
    driven(|driver| {
        let room = Room::open();
        let page = enters(driver, &room);
        let waits = page.wait_for(
            "const { backOff } = await import('/chat.js');
            const after = [0, 1, 2, 3, 4, 5, 6, 100, 5000];
            return [0, 0.5, 1].map((chance) => after.map((failures) => backOff(failures, () => chance)));",
            json!([]),
        );
        let bounds = [1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000, 30000];
        let [none, halves] =
            [0, 2].map(|of| bounds.map(|bound| if of == 0 { 0 } else { bound / of }));
        assert_eq!(waits, json!([none, halves, bounds]));
        // Without a chance of the test's own, no two pages do the same.
        let different = page.wait_for(
            "const { backOff } = await import('/chat.js');
            return new Set(Array.from({ length: 100 }, () => backOff(10))).size;",
            json!([]),
        );
        assert!(different.as_u64().unwrap() > 90, "{different}");
    });
}

#[test]
fn fj05_pages_come_back_with_the_server_and_lose_nothing() {
    driven(|driver| {
        let room = Room::open();
        let address = room.address();
        let [one, other] = [(); 2].map(|()| enters(driver, &room));
        calls_itself(&one, "anna");
        calls_itself(&other, "bob");
        says(&one, "before");
        hears(&other, "before");
        drop(room);
        for page in [&one, &other] {
            page.until(WAITING);
            assert_eq!(page.text_of("#state"), "Not connected. Trying again");
        }
        one.keys(&format!("meanwhile{}", key::ENTER));
        one.until("document.getElementById('notice').textContent === 'Not connected. What you wrote stays here.'");
        assert_eq!(written(&one), "meanwhile");

        let room = Room::open_at(address);
        for page in [&one, &other] {
            comes_back(page);
        }
        for page in [&one, &other] {
            page.until("document.getElementById('count').textContent === '2'");
        }
        assert_eq!(one.text_of("#notice"), "");
        assert_eq!(
            (written(&one), said(&one, "meanwhile")),
            ("meanwhile".into(), 0)
        );
        one.keys(&format!("!{}", key::ENTER));
        for page in [&one, &other] {
            hears(page, "meanwhile!");
        }
        for page in [&one, &other] {
            assert_eq!((said(page, "before"), said(page, "meanwhile!")), (1, 1));
            assert_eq!(
                lines(page).last().unwrap(),
                "[anna]-[TIME]-says: meanwhile!"
            );
        }
        drop(room);
    });
}

#[test]
fn fj05_a_page_comes_back_by_itself() {
    driven(|driver| {
        let room = Room::open();
        let address = room.address();
        let page = enters_in_real_time(driver, &room);
        drop(room);
        page.until(WAITING);
        let room = Room::open_at(address);
        page.until(CONNECTED);
        drop(room);
    });
}

#[test]
fn fj05_each_failure_doubles_the_wait_until_a_connection_stands() {
    driven(|driver| {
        let room = Room::open();
        let address = room.address();
        let page = enters(driver, &room);
        page.run("Math.random = () => 0.5", json!([]));
        let waits = |wait: u64, counted: &str| {
            page.until(WAITING);
            assert_eq!(page.text_of("#wait"), counted);
            let before = sockets(&page);
            advance(&page, wait - 1);
            assert_eq!(
                (sockets(&page), page.text_of("#wait")),
                (before, "in 1 s".into())
            );
            advance(&page, 1);
            assert_eq!(sockets(&page), before + 1);
        };
        advance(&page, 10_001);
        drop(room);
        waits(500, "in 1 s");
        waits(1000, "in 1 s");
        waits(2000, "in 2 s");
        waits(4000, "in 4 s");
        waits(8000, "in 8 s");
        waits(15_000, "in 15 s");
        page.until(WAITING);
        let room = Room::open_at(address);
        advance(&page, 15_000);
        page.until(CONNECTED);

        // A server that takes us in and throws us out is not well yet.
        advance(&page, 10_000);
        page.run("sockets.at(-1).close()", json!([]));
        waits(15_000, "in 15 s");
        page.until(CONNECTED);
        advance(&page, 10_001);
        page.run("sockets.at(-1).close()", json!([]));
        waits(500, "in 1 s");
        page.until(CONNECTED);
        drop(room);
    });
}

#[test]
fn fj05_who_does_not_want_to_wait_need_not() {
    driven(|driver| {
        let room = Room::open();
        let page = enters(driver, &room);
        for by in [
            "document.getElementById('retry').click()",
            "dispatchEvent(new Event('online'))",
        ] {
            page.run("sockets.at(-1).close()", json!([]));
            page.until(WAITING);
            assert_eq!(page.get("document.getElementById('retry').hidden"), false);
            page.run(by, json!([]));
            page.until(CONNECTED);
            assert_eq!(page.get("document.getElementById('retry').hidden"), true);
            assert_eq!(page.get("document.activeElement.id"), "text");
        }
        // Nothing is left of the waits.
        let before = sockets(&page);
        advance(&page, 60_000);
        assert_eq!(sockets(&page), before);
    });
}

#[test]
fn fj05_what_was_sent_and_not_answered_is_written_again_and_not_sent() {
    driven(|driver| {
        let room = Room::open();
        let page = enters(driver, &room);
        calls_itself(&page, "anna");
        says(&page, "once");
        // The connection dies in silence.
        page.run("sockets.at(-1).send = () => {}", json!([]));
        page.keys(&format!("lost{}also{}next", key::ENTER, key::ENTER));
        assert_eq!(written(&page), "next");
        advance(&page, 9_999);
        assert_eq!(page.get(CONNECTED), true);
        advance(&page, 1);
        comes_back(&page);
        assert_eq!(written(&page), "lost also next");
        assert_ne!(page.text_of("#notice"), "");
        assert_eq!((said(&page, "once"), said(&page, "lost")), (1, 0));

        // This time the answer is what is lost, and the history has it.
        page.run(
            "document.getElementById('text').value = ''; sockets.at(-1).send = () => {}",
            json!([]),
        );
        page.keys(&format!(
            "yes{}yes{}no{}",
            key::ENTER,
            key::ENTER,
            key::ENTER
        ));
        let event = |time: u64, text: &str| json!({"kind": "said", "who": "anna", "time": time, "text": text});
        let history = json!([event(1, "yes"), event(1, "yes")]);
        let welcome =
            json!({"kind": "welcome", "you": "anna", "here": ["anna"], "history": history});
        tells(&page, welcome.clone());
        assert_eq!((written(&page), said(&page, "yes")), ("no".into(), 2));
        // And what the page has is not shown twice.
        tells(&page, welcome);
        assert_eq!((written(&page), said(&page, "yes")), ("no".into(), 2));
    });
}

#[test]
fn fj05_a_server_that_never_welcomes_is_not_waited_for_for_ever() {
    driven(|driver| {
        let room = Room::open();
        let page = enters(driver, &room);
        page.run(
            "Math.random = () => 1;
            sockets.at(-1).close();
            window.WebSocket = class { constructor() { sockets.push(this) } close() {} }",
            json!([]),
        );
        page.until(WAITING);
        let before = sockets(&page);
        advance(&page, 1000);
        assert_eq!(
            (sockets(&page), page.text_of("#wait")),
            (before + 1, "now".into())
        );
        advance(&page, 10_000);
        assert_eq!(
            (sockets(&page), page.text_of("#wait")),
            (before + 1, "in 2 s".into())
        );
    });
}

/// FJ04: who floods is thrown out, and is not back at once.
#[test]
fn fj04_who_floods_is_closed_and_stays_out_until_told() {
    driven(|driver| {
        let room = Room::open();
        let [page, other] = [(); 2].map(|()| enters(driver, &room));
        page.run(
            "for (let number = 0; number < 1000; number += 1) sockets.at(-1).send(JSON.stringify({ say: `${number}` }))",
            json!([]),
        );
        page.until("document.body.dataset.state === 'refused'");
        assert!(page.text_of("#state").starts_with("Closed by the room"));
        advance(&page, 3_600_000);
        assert_eq!((sockets(&page), page.text_of("#wait")), (1, String::new()));
        assert!(said(&other, "999") == 0 && said(&other, "0") == 1);

        page.run("document.getElementById('retry').focus()", json!([]));
        page.keys(&key::ENTER.to_string());
        page.until(CONNECTED);
        says(&other, "Slower, please");
        hears(&page, "Slower, please");
    });
}
