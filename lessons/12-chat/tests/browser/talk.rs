//! Two browsers talk.

use serde_json::json;

use super::driver::{Browser, driven, key};
use super::page::{calls_itself, enters, hears, lines, says};
use super::room::Room;

/// Who is here, by the list of the page.
fn here(browser: &Browser) -> Vec<String> {
    let names = browser
        .get("[...document.querySelectorAll('#here li')].map((item) => item.textContent).sort()");
    serde_json::from_value(names).unwrap()
}

#[test]
fn k1_k2_k3_two_browsers_see_each_other_enter_talk_and_leave() {
    driven(|driver| {
        let room = Room::open();
        let one = enters(driver, &room);
        calls_itself(&one, "anna");
        let other = enters(driver, &room);
        let address = other.get("document.getElementById('name').value");
        let address = address.as_str().unwrap();
        assert!(address.starts_with("127.0.0.1"), "{address}");
        calls_itself(&other, "bob");

        says(&one, "Hello, bob!");
        hears(&other, "Hello, bob!");
        says(&other, "Hello, anna!");
        hears(&one, "Hello, anna!");
        assert_eq!(here(&one), ["anna", "bob"]);
        assert_eq!(here(&other), ["anna", "bob"]);
        drop(other);
        one.until("document.getElementById('count').textContent === '1'");
        assert_eq!(here(&one), ["anna"]);
        assert_eq!(
            lines(&one),
            [
                "[127.0.0.1]-[TIME]-entered the room", // the newcomer sees it too
                "[127.0.0.1]-[TIME]-is now called anna",
                &format!("[{address}]-[TIME]-entered the room"),
                &format!("[{address}]-[TIME]-is now called bob"),
                "[anna]-[TIME]-says: Hello, bob!", // and so does the sender
                "[bob]-[TIME]-says: Hello, anna!",
                "[bob]-[TIME]-left the room",
            ]
        );
    });
}

#[test]
fn k4_all_see_the_same_lines_in_one_order_and_nothing_twice() {
    driven(|driver| {
        let room = Room::open();
        let [one, other] = [(); 2].map(|()| enters(driver, &room));
        calls_itself(&one, "anna");
        calls_itself(&other, "bob");
        // Both at once, without waiting for each other.
        for number in 0..8 {
            one.keys(&format!("a{number}{}", key::ENTER));
            other.keys(&format!("b{number}{}", key::ENTER));
        }
        for browser in [&one, &other] {
            hears(browser, "a7");
            hears(browser, "b7");
        }
        let said = |browser: &Browser| {
            let said = |line: String| Some(line.split_once("]-says: ")?.1.to_owned());
            lines(browser).into_iter().filter_map(said).collect()
        };
        let seen: Vec<String> = said(&one);
        assert_eq!(seen, said(&other));
        for who in ["a", "b"] {
            let theirs: Vec<&String> = seen.iter().filter(|text| text.starts_with(who)).collect();
            let sent: Vec<String> = (0..8).map(|number| format!("{who}{number}")).collect();
            assert_eq!(theirs, sent.iter().collect::<Vec<_>>());
        }
    });
}

#[test]
fn who_comes_later_sees_what_was_said() {
    driven(|driver| {
        let room = Room::open();
        let one = enters(driver, &room);
        calls_itself(&one, "anna");
        says(&one, "Is anybody there?");
        let other = enters(driver, &room);
        hears(&other, "Is anybody there?");
        assert_eq!(lines(&other)[0], "[anna]-[TIME]-says: Is anybody there?");
    });
}

/// FJ03: the server says who speaks, and which names are free.
#[test]
fn fj03_a_name_that_is_taken_is_refused_and_the_page_says_so() {
    driven(|driver| {
        let room = Room::open();
        let [one, other] = [(); 2].map(|()| enters(driver, &room));
        calls_itself(&one, "anna");
        let before = other.get("document.querySelector('#here .mine').textContent");
        other.run(
            "const box = document.getElementById('name'); box.focus(); box.select()",
            json!([]),
        );
        other.keys(&format!("anna{}", key::ENTER));
        other.until("document.getElementById('notice').textContent.startsWith('Refused: ')");
        assert_eq!(
            other.get("document.querySelector('#here .mine').textContent"),
            before
        );
        // What was typed is there to be mended.
        assert_eq!(other.get("document.getElementById('name').value"), "anna");
        other.keys(&format!("belle{}", key::ENTER));
        for browser in [&one, &other] {
            let names =
                "[...document.querySelectorAll('#here bdi')].map((name) => name.textContent)";
            browser.until(&format!("{names}.includes('annabelle')"));
        }
        assert_eq!(other.text_of("#notice"), "");
    });
}
