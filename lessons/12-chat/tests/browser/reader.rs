//! Who reads: with a keyboard, on a phone, by ear, in the dark, in the middle of the log.

use serde_json::json;

use super::driver::{Browser, driven, key};
use super::page::{CONNECTED, calls_itself, comes_back, enters, hears, lines, says, tells};
use super::room::Room;

/// The log shows its last line.
const AT_END: &str =
    "(({ scrollTop, clientHeight, scrollHeight }) => scrollTop + clientHeight > scrollHeight - 2)
    (document.getElementById('log'))";

fn focused(page: &Browser) -> String {
    let focused =
        page.get("document.activeElement.id || document.activeElement.textContent.trim()");
    focused.as_str().unwrap().to_owned()
}

fn many(page: &Browser, count: u64) {
    let script = "for (let time = 1; time <= arguments[0]; time += 1) {
        const data = JSON.stringify({ kind: 'said', who: 'anna', time, text: `number ${time}` });
        sockets.at(-1).dispatchEvent(new MessageEvent('message', { data }));
    }";
    page.run(script, json!([count]));
}

#[test]
fn a_keyboard_is_enough() {
    driven(|driver| {
        let room = Room::open();
        let page = enters(driver, &room);
        // One writes at once, Enter sends, and one goes on writing.
        assert_eq!(focused(&page), "text");
        says(&page, "Hello");
        assert_eq!(focused(&page), "text");
        assert_eq!(page.get("document.getElementById('text').value"), "");

        let back = ["log", "here", "Change", "name"];
        for stop in back {
            page.chord(key::SHIFT, key::TAB);
            assert_eq!(focused(&page), stop);
            let style = page.get("getComputedStyle(document.activeElement).outlineStyle");
            assert_eq!(style, "solid", "{stop}: nobody sees that it has the focus");
        }
        page.chord(key::CONTROL, 'a');
        page.keys(&format!("anna{}", key::ENTER));
        page.until("document.querySelector('#here .mine').textContent === 'anna'");
        assert_eq!(focused(&page), "name");
        for stop in ["Change", "here", "log", "text", "Send"] {
            page.keys(&key::TAB.to_string());
            assert_eq!(focused(&page), stop);
        }

        many(&page, 100);
        page.run("document.getElementById('log').focus()", json!([]));
        page.keys(&key::HOME.to_string());
        page.until("document.getElementById('log').scrollTop === 0");
        page.keys(&key::END.to_string());
        page.until(AT_END);
    });
}

#[test]
fn everything_has_a_name_to_be_heard_by() {
    driven(|driver| {
        let room = Room::open();
        let page = enters(driver, &room);
        let announced = |selector: &str, role: &str, name: &str| {
            let said = page.announced(selector);
            assert_eq!(said, (role.to_owned(), name.to_owned()), "{selector}");
        };
        announced("#text", "textbox", "Message");
        announced("#name", "textbox", "Your name");
        announced("#log", "log", "What was said");
        announced("#here", "list", "Here: 1");
        announced("#state", "status", "");
        announced("#notice", "alert", "");
        assert_eq!(
            page.get("document.getElementById('log').ariaLive"),
            "polite"
        );
        assert_eq!(page.get("document.documentElement.lang"), "en");
    });
}

#[test]
fn the_page_fits_a_phone_and_a_desktop() {
    driven(|driver| {
        let room = Room::open();
        let page = enters(driver, &room);
        let long = "x".repeat(2000);
        for number in 0..60 {
            let name = format!("{}{number}", "n".repeat(30));
            tells(&page, json!({"kind": "entered", "who": name, "time": 0}));
        }
        tells(
            &page,
            json!({"kind": "said", "who": "m".repeat(32), "time": 0, "text": long}),
        );
        for (width, height) in [
            (390, 844),
            (320, 568),
            (844, 390),
            (1000, 640),
            (1920, 1080),
        ] {
            page.size(width, height);
            let fits = page.get(
                "[document.documentElement, document.getElementById('log'), document.getElementById('here')]
                    .every((box) => box.scrollWidth <= box.clientWidth)",
            );
            assert_eq!(fits, true, "{width}: it scrolls sideways");
            let whole = page.get("document.documentElement.scrollHeight <= innerHeight");
            assert_eq!(whole, true, "{height}: the page scrolls, and not its log");
            let seen = page.get(
                "[...document.querySelectorAll('input, button:not([hidden])')].every((part) => {
                    const box = part.getBoundingClientRect();
                    const there = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
                    return there === part && box.height >= 38 && parseFloat(getComputedStyle(part).fontSize) >= 16;
                })",
            );
            assert_eq!(
                seen, true,
                "{width} x {height}: not all can be seen and touched"
            );
            let log = page
                .get("document.getElementById('log').clientHeight")
                .as_u64()
                .unwrap();
            assert!(log >= 100, "{width} x {height}: {log} px for the log");
        }
    });
}

/// The contrast of what is written with what it is written on, by WCAG.
const CONTRAST: &str = "
    const [id] = arguments;
    const channels = (color) => color.match(/[\\d.]+/g).map(Number);
    const light = (color) => {
        const [r, g, b] = channels(color).map((part) => {
            const share = part / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const part = document.querySelector(id);
    let ground = part;
    while (channels(getComputedStyle(ground).backgroundColor)[3] === 0) ground = ground.parentElement;
    const lights = [getComputedStyle(part).color, getComputedStyle(ground).backgroundColor].map(light);
    return (Math.max(...lights) + 0.05) / (Math.min(...lights) + 0.05);";

#[test]
fn all_can_be_read_in_light_and_in_the_dark() {
    driven(|driver| {
        let room = Room::open();
        let page = enters(driver, &room);
        says(&page, "Hello");
        tells(
            &page,
            json!({"kind": "said", "who": "anna", "time": 0, "text": "Hello"}),
        );
        tells(&page, json!({"kind": "refused", "why": "no"}));
        let mut grounds = Vec::new();
        for scheme in ["light", "dark"] {
            let feature = json!({"name": "prefers-color-scheme", "value": scheme});
            page.chromium("Emulation.setEmulatedMedia", json!({"features": [feature]}));
            let parts = [
                "h1",
                "#state",
                "label",
                "#name",
                "#naming button",
                "h2",
                "#here .mine",
                "#log li",
                "#log time",
                "#log .mine .who",
                "#log li:not(.mine) .who",
                "#log .text",
                "#notice",
                "#text",
                "#saying button",
            ];
            for part in parts {
                let contrast = page.run(CONTRAST, json!([part])).as_f64().unwrap();
                assert!(contrast >= 4.5, "{scheme}: {part}: {contrast}");
            }
            grounds.push(page.get("getComputedStyle(document.body).backgroundColor"));
        }
        assert_ne!(grounds[0], grounds[1]);
    });
}

#[test]
fn the_log_follows_who_reads_its_end_and_nobody_else() {
    driven(|driver| {
        let room = Room::open();
        let page = enters(driver, &room);
        let hidden = "document.getElementById('newest').hidden";
        many(&page, 100);
        assert_eq!(
            (page.get(AT_END), page.get(hidden)),
            (json!(true), json!(true))
        );
        page.size(390, 300); // the keyboard of a phone comes up
        page.until(AT_END);

        page.run("document.getElementById('log').scrollTop = 50", json!([]));
        page.until("document.getElementById('log').scrollTop === 50");
        // The page hears of it with the next picture.
        page.wait_for("await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))", json!([]));
        says(&page, "More");
        assert_eq!(page.get("document.getElementById('log').scrollTop"), 50);
        assert_eq!(page.get(hidden), false);
        page.run("document.getElementById('newest').click()", json!([]));
        page.until(AT_END);
        page.until(hidden);
        assert_eq!(focused(&page), "text");
        says(&page, "And more");
        assert_eq!(page.get(AT_END), true);
    });
}

#[test]
fn the_page_keeps_500_lines() {
    driven(|driver| {
        let room = Room::open();
        let page = enters(driver, &room);
        many(&page, 1200);
        let lines = lines(&page);
        assert_eq!(lines.len(), 500);
        assert_eq!(lines[0], "[anna]-[TIME]-says: number 701");
        assert_eq!(lines[499], "[anna]-[TIME]-says: number 1200");
    });
}

#[test]
fn a_line_has_the_time_of_where_the_reader_is() {
    driven(|driver| {
        let room = Room::open();
        let page = enters(driver, &room);
        let zones = [
            ("UTC", "2024-02-29 23:04:05"),
            ("Asia/Tokyo", "2024-03-01 08:04:05"),
            ("America/New_York", "2024-02-29 18:04:05"),
        ];
        for (zone, reads) in zones {
            page.chromium("Emulation.setTimezoneOverride", json!({"timezoneId": zone}));
            let time = 1_709_247_845_999_u64;
            tells(
                &page,
                json!({"kind": "said", "who": "anna", "time": time, "text": "now"}),
            );
            assert_eq!(
                page.text_of("#log li:last-child"),
                format!("[anna]-[{reads}]-says: now")
            );
        }
    });
}

#[test]
fn who_leaves_the_page_leaves_the_room_and_may_come_back() {
    driven(|driver| {
        let room = Room::open();
        let [page, other] = [(); 2].map(|()| enters(driver, &room));
        calls_itself(&page, "anna");
        says(&other, "Hello");
        hears(&page, "Hello");
        page.open("about:blank");
        let last = "document.querySelector('#log li:last-child').textContent";
        other.until(&format!("{last}.endsWith('left the room')"));
        page.back();
        page.until(CONNECTED);
        other.until(&format!("{last}.endsWith('entered the room')"));
        assert!(lines(&other).last().unwrap().starts_with("[anna]-"));
        let hello = |line: &String| line.ends_with("-says: Hello");
        let hellos = lines(&page).iter().filter(|line| hello(line)).count();
        assert_eq!(hellos, 1);
    });
}

#[test]
fn the_name_is_kept_and_a_browser_that_keeps_nothing_is_borne() {
    driven(|driver| {
        let room = Room::open();
        let [page, other] = [(); 2].map(|()| enters(driver, &room));
        let comes_again = || {
            page.open("about:blank");
            other.until("document.getElementById('count').textContent === '1'");
            page.open(&room.url());
            page.until(CONNECTED);
        };
        calls_itself(&page, "anna");
        comes_again();
        assert_eq!(page.get("document.getElementById('name').value"), "anna");
        assert_eq!(page.text_of("#here .mine"), "anna");

        page.before_pages(
            "Object.defineProperty(window, 'localStorage', {
                get() { throw new DOMException('no', 'SecurityError') }
            })",
        );
        comes_again();
        assert_ne!(page.text_of("#here .mine"), "anna");
        calls_itself(&page, "bob");
        // It lasts as long as the page.
        page.run("sockets.at(-1).close()", json!([]));
        comes_back(&page);
        assert_eq!(page.text_of("#here .mine"), "bob");
    });
}

/// FJ03: somebody else came first, or the server has not noticed yet that we are gone.
#[test]
fn fj03_whose_name_is_taken_at_the_door_comes_in_without_one() {
    driven(|driver| {
        let room = Room::open();
        let [page, other] = [(); 2].map(|()| enters(driver, &room));
        calls_itself(&page, "anna");
        page.run("sockets.at(-1).close()", json!([]));
        comes_back(&page);
        assert_eq!(page.text_of("#here .mine"), "anna");

        page.open("about:blank");
        other.until("document.getElementById('count').textContent === '1'");
        calls_itself(&other, "anna");
        page.open(&room.url());
        page.until(CONNECTED);
        assert_eq!(page.text_of("#here .mine"), "127.0.0.1");
        assert!(page.text_of("#notice").starts_with("Refused: "));
        assert_eq!(page.get("sockets.length"), 2);
    });
}

#[test]
fn the_title_counts_what_was_said_behind_the_readers_back() {
    driven(|driver| {
        let room = Room::open();
        let page = enters(driver, &room);
        let hide = "Object.defineProperty(document, 'hidden', { value: arguments[0], configurable: true });
            document.dispatchEvent(new Event('visibilitychange'))";
        let title = || page.get("document.title");
        says(&page, "Hello");
        assert_eq!(title(), "lobby");
        page.run(hide, json!([true]));
        many(&page, 2);
        assert_eq!(title(), "(2) lobby");
        page.run(hide, json!([false]));
        assert_eq!(title(), "lobby");
    });
}

/// FJ06: the server decides, and the page does not try again.
#[test]
fn fj06_a_room_that_cannot_be_is_refused() {
    driven(|driver| {
        let room = Room::open();
        let page = enters(driver, &room);
        calls_itself(&page, "anna");
        for name in [
            "Tea",
            "..%2F",
            "a%20b",
            "%3Cimg%20src=x%3E",
            &"x".repeat(33),
        ] {
            page.open(&format!("{}?room={name}", room.url()));
            page.until("document.body.dataset.state === 'refused'");
            assert!(
                page.text_of("#state").starts_with("Closed by the room: "),
                "{name}"
            );
        }
        page.open(&format!("{}?room=tea-2", room.url()));
        page.until(CONNECTED);
        assert_eq!(page.get("document.title"), "tea-2");
        assert_eq!(page.text_of("#room"), "tea-2");
        assert_eq!(page.text_of("#here .mine"), "anna");
    });
}
