//! What others write is text, whatever it looks like.

use serde_json::json;

use super::driver::{Browser, driven, key};
use super::page::{calls_itself, enters, hears, lines, says, tells};
use super::room::Room;

/// Each would do something on a page that takes it for more than text.
const PAYLOADS: &[&str] = &[
    // Elements.
    "<img src=x onerror=alert(1)>",
    "<img src=/planted.png>",
    "<img srcset='/planted.png 1x'>",
    "<IMG SRC=x OnErRoR=\"window.planted=1\">",
    "<image src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "<script src=/planted.js></script>",
    "<ScRiPt>window.planted=1</sCrIpT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "</script><script>alert(1)</script>",
    "\"><svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><use href=/planted.svg#x></svg>",
    "<math><mtext><img src=x onerror=alert(1)></mtext></math>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>parent.planted=1</script>'></iframe>",
    "<object data=/planted></object>",
    "<embed src=/planted>",
    "<video src=/planted onerror=alert(1)>",
    "<audio autoplay src=/planted onerror=alert(1)>",
    "<body onload=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<select autofocus onfocus=alert(1)>",
    "<marquee onstart=alert(1)>",
    "<form action=/planted><button>Go on</button></form>",
    "<link rel=stylesheet href=/planted.css>",
    "<style>body{display:none}</style>",
    "<style>@import '/planted.css';</style>",
    "<base href=//planted.example/>",
    "<meta http-equiv=refresh content='0;url=/planted'>",
    "<template><img src=x onerror=alert(1)></template>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<li class=mine>[anna]-[2026-01-01 00:00:00]-says: not me</li>",
    "</li></ol></main><h1>gone</h1>",
    "<a href=javascript:alert(1)>look</a>",
    "<bdi class=who>anna</bdi>",
    "<!-- <img src=x onerror=alert(1)> -->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<b>bold</b>",
    // What is undone to markup.
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&lt;",
    "&#60;img src=x onerror=alert(1)&#62;",
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
    // What is run, or followed.
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "https://planted.example/",
    "'-alert(1)-'",
    "\"-alert(1)-\"",
    "${alert(1)}",
    "{{constructor.constructor('alert(1)')()}}",
    "`);alert(1)//",
    "\"}],\"kind\":\"left\",\"who\":\"anna",
    "__proto__",
    // What a text may be.
    "\u{202e}gnp.exe",
    "\u{2069}\u{202e}]-[00:00:00]-says: no",
    "👩\u{200d}👩\u{200d}👧\u{200d}👦 and e\u{301}\u{302}\u{303}\u{304}",
    "a\0b",
];

/// Comes into the room with a name, says texts, hears them, and leaves. Returns what became of it.
const SPEAKER: &str = "
    const [name, texts] = args;
    const url = new URL('/ws', location.href.replace('http', 'ws'));
    url.search = new URLSearchParams({ room: 'lobby', name });
    const socket = new WebSocket(url);
    return await new Promise((resolve) => {
        let left = texts.length;
        socket.onmessage = ({ data }) => {
            const event = JSON.parse(data);
            if (event.kind === 'welcome') socket.you = event.you;
            if (event.kind === 'entered' && event.who === socket.you) {
                for (const say of texts) socket.send(JSON.stringify({ say }));
            }
            if (event.kind === 'refused' || (event.kind === 'said' && event.who === socket.you)) left -= 1;
            if (socket.you && left <= 0) socket.close();
        };
        socket.onclose = ({ code }) => resolve({ code, you: socket.you ?? null });
    });";

/// Nothing came of it: no element but those of the lines and of who is here, no dialog, no request, no script, and nothing
/// that only the page's policy kept from it.
fn unharmed(browser: &Browser) {
    let shape = browser.get(
        "[...document.querySelectorAll('#log li')].map((line) => {
            const tags = [...line.querySelectorAll('*')].map((part) => part.localName).join(' ');
            const attributes = [line, ...line.querySelectorAll('*')].flatMap((part) => part.getAttributeNames());
            return `${tags}: ${[...new Set(attributes)].sort().join(' ')}`;
        })",
    );
    for shape in shape.as_array().unwrap() {
        let sound = ["bdi time: class datetime", "bdi time bdi: class datetime"];
        assert!(sound.contains(&shape.as_str().unwrap()), "{shape}");
    }
    // What is there beside them is what was there in the beginning.
    let rest = browser.get(
        "[...document.querySelectorAll('*')].filter((part) => !part.closest('#log li, #here li'))
            .map((part) => part.localName).join(' ')",
    );
    let page = include_str!("../../page/index.html");
    let tags = page
        .split('<')
        .filter(|tag| tag.starts_with(|first: char| first.is_ascii_lowercase()));
    let tags: Vec<&str> = tags
        .map(|tag| tag.split([' ', '>']).next().unwrap())
        .collect();
    // Where there is JavaScript, what is in a noscript is text.
    let tags = tags.join(" ").replace("noscript p", "noscript");
    assert_eq!(rest, tags);
    assert_eq!(browser.get("violations"), json!([]));
    assert_eq!(browser.get("typeof planted"), "undefined");
    let fetched = browser.get(
        "performance.getEntriesByType('resource').map((entry) => new URL(entry.name).pathname).sort()",
    );
    assert_eq!(fetched, json!(["/chat.css", "/chat.js"]));
}

/// FJ01: in a real room.
#[test]
fn fj01_texts_and_names_that_look_like_markup_are_text() {
    assert_eq!(PAYLOADS.len(), 60);
    driven(|driver| {
        let room = Room::open();
        let [page, speaker] = [(); 2].map(|()| enters(driver, &room));
        for (number, texts) in PAYLOADS.chunks(12).enumerate() {
            let name = format!("speaker-{number}");
            let spoke = speaker.wait_for(SPEAKER, json!([name, texts]));
            assert_eq!(spoke["you"], *name);
        }
        for name in PAYLOADS {
            speaker.wait_for(SPEAKER, json!([name, ["this is my name"]]));
        }
        says(&page, "Still here");
        let lines = lines(&page);
        for text in PAYLOADS {
            let said = |line: &&String| line.ends_with(&format!("-[TIME]-says: {text}"));
            assert_eq!(lines.iter().filter(said).count(), 1, "{text:?}: {lines:#?}");
        }
        unharmed(&page);
        unharmed(&speaker);
    });
}

/// FJ01: and from a server that lets everything through.
#[test]
fn fj01_whatever_the_server_tells_is_text() {
    driven(|driver| {
        let room = Room::open();
        let page = enters(driver, &room);
        for payload in PAYLOADS {
            let other = format!("{payload}!");
            tells(&page, json!({"kind": "entered", "who": payload, "time": 0}));
            tells(
                &page,
                json!({"kind": "said", "who": payload, "time": 0, "text": payload}),
            );
            tells(
                &page,
                json!({"kind": "renamed", "who": payload, "now": other, "time": 0}),
            );
            tells(&page, json!({"kind": "refused", "why": payload}));
            assert_eq!(page.text_of("#notice"), format!("Refused: {payload}"));
            tells(&page, json!({"kind": "left", "who": other, "time": 0}));
            tells(&page, json!({"kind": payload}));
            let mut lines = lines(&page);
            let last = lines.split_off(lines.len() - 4);
            let expected = [
                format!("[{payload}]-[TIME]-entered the room"),
                format!("[{payload}]-[TIME]-says: {payload}"),
                format!("[{payload}]-[TIME]-is now called {other}"),
                format!("[{other}]-[TIME]-left the room"),
            ];
            assert_eq!(last, expected);
        }
        unharmed(&page);
        // Half a character, and a text as long as no room would take it.
        page.run(
            r"const tell = (event) => sockets.at(-1).dispatchEvent(new MessageEvent('message', { data: event }));
            tell('{\u0022kind\u0022: \u0022said\u0022, \u0022who\u0022: \u0022\\ud83d\u0022, \u0022time\u0022: 0, \u0022text\u0022: \u0022\\udc69\u0022}');
            tell(JSON.stringify({ kind: 'said', who: 'x'.repeat(1 << 20), time: 0, text: 'y'.repeat(1 << 20) }));",
            json!([]),
        );
        says(&page, "Still here");
        unharmed(&page);
        assert_eq!(
            page.get("document.documentElement.scrollWidth <= innerWidth"),
            true
        );
    });
}

/// FJ01: what is too long stays where it was written; sent by somebody else than the page, it hurts nobody.
#[test]
fn fj01_a_text_of_a_megabyte_is_not_sent_and_not_lost() {
    driven(|driver| {
        let room = Room::open();
        let [page, speaker] = [(); 2].map(|()| enters(driver, &room));
        let filled = "const text = document.getElementById('text');
            text.value = 'x'.repeat(arguments[0]);
            text.dispatchEvent(new Event('input'))";
        for length in [1 << 20, 2001] {
            page.run(filled, json!([length]));
            assert_eq!(page.text_of("#length"), format!("{length} of 2000"));
            page.keys(&key::ENTER.to_string());
            page.until("document.getElementById('notice').textContent === 'A text has at most 2000 characters.'");
            assert_eq!(
                page.get("document.getElementById('text').value.length"),
                length
            );
        }
        page.run(filled, json!([2000]));
        page.keys(&key::ENTER.to_string());
        hears(&speaker, &"x".repeat(2000));

        speaker.wait_for(
            "const socket = new WebSocket(new URL('/ws?room=lobby&name=long', location.href.replace('http', 'ws')));
            await new Promise((resolve) => {
                socket.onopen = () => socket.send(JSON.stringify({ say: 'x'.repeat(1 << 20) }));
                socket.onclose = resolve;
                socket.onmessage = ({ data }) => JSON.parse(data).kind === 'refused' && resolve();
            })",
            json!([]),
        );
        says(&page, "Still here");
        hears(&speaker, "Still here");
    });
}

/// FJ01, FI05: no character turns around what the page writes beside it.
#[test]
fn fj01_no_text_turns_its_line_around() {
    driven(|driver| {
        let room = Room::open();
        let page = enters(driver, &room);
        // Where the characters of the page's own are, from left to right, and then the text.
        let in_order = "(() => {
            const line = document.querySelector('#log li:last-child');
            const [who, when, text] = line.querySelectorAll('*');
            const texts = [line.childNodes[0], who, line.childNodes[2], when.firstChild, ...[...line.childNodes].slice(4, 6), text];
            const boxes = texts.flatMap((part) => {
                const range = document.createRange();
                if (part.nodeType !== Node.TEXT_NODE) return [part.getBoundingClientRect()];
                return [...part.data].flatMap((char, index) => {
                    range.setStart(part, index);
                    range.setEnd(part, index + 1);
                    return char === ' ' ? [] : [range.getBoundingClientRect()];
                });
            });
            return boxes.every((box, index) => index === 0 || boxes[index - 1].right <= box.left + 0.5);
        })()";
        let turns = [
            "plain",
            "\u{202e}evil",
            "\u{202d}evil",
            "\u{202b}evil",
            "\u{2067}evil",
            "\u{2068}\u{202e}evil",
            "x\u{2069}\u{202e}evil",
            "x\u{2069}\u{2069}\u{2067}\u{202e}evil",
            "x\u{202c}\u{202e}evil",
            "\u{61c}\u{200f}evil",
            "\u{5d3}\u{5d5}\u{5d3}",
            "\u{5d3}\u{5d5}\u{5d3} 12 evil (",
            "\u{645}\u{631}\u{62d}\u{628}\u{627}",
        ];
        for turn in turns {
            tells(
                &page,
                json!({"kind": "said", "who": turn, "time": 0, "text": turn}),
            );
            assert_eq!(page.get(in_order), true, "{turn:?}");
        }
        // The check would see it: a bdi that is no box is ended by the character that ends an isolate.
        tells(
            &page,
            json!({"kind": "said", "who": "x\u{2069}\u{202e}evil", "time": 0, "text": ""}),
        );
        assert_eq!(page.get(in_order), true);
        page.run(
            "document.querySelector('#log li:last-child .who').style.display = 'inline'",
            json!([]),
        );
        page.run(
            "document.querySelector('#log li:last-child time').style.display = 'inline'",
            json!([]),
        );
        assert_eq!(page.get(in_order), false);
    });
}

/// FJ02: the policy holds, and what is tested above does not lean on it.
#[test]
fn fj02_the_policy_refuses_planted_scripts_styles_and_requests() {
    let planted = "
        const script = document.createElement('script');
        script.textContent = 'window.planted = 1';
        const style = document.createElement('style');
        style.textContent = 'body { color: red }';
        const image = document.createElement('img');
        image.src = 'http://127.0.0.2:1/x.png';
        const link = document.createElement('a');
        link.setAttribute('onclick', 'window.planted = 1');
        document.body.append(script, style, image, link);
        link.click();";
    driven(|driver| {
        let room = Room::open();
        let page = enters(driver, &room);
        calls_itself(&page, "anna");
        says(&page, "Hello");
        assert_eq!(page.get("violations"), json!([]));
        page.run(planted, json!([]));
        let refused = page.wait_for(
            "while (violations.length < 4) {
                await new Promise((resolve) => addEventListener('securitypolicyviolation', resolve, { once: true }));
            }
            return violations.map((violation) => violation.split(' ')[0]).sort();",
            json!([]),
        );
        assert_eq!(
            refused,
            json!([
                "img-src",
                "script-src-attr",
                "script-src-elem",
                "style-src-elem"
            ])
        );
        assert_eq!(page.get("typeof planted"), "undefined");

        // Without it, they would have run.
        page.chromium("Page.setBypassCSP", json!({"enabled": true}));
        page.open(&room.url());
        page.run(planted, json!([]));
        assert_eq!(page.get("planted"), 1);
    });
}

/// FJ01: the page has none of the means to make markup or scripts of texts.
#[test]
fn fj01_the_page_has_no_way_to_make_markup_of_text() {
    let script = include_str!("../../page/chat.js");
    let ways = [
        "HTML",
        "document.write",
        "eval",
        "Function(",
        "DOMParser",
        "createContextualFragment",
        "setAttribute",
        "srcdoc",
        ".href =",
        ".src =",
        "javascript:",
    ];
    for way in ways {
        assert!(!script.contains(way), "{way}");
    }
    let page = include_str!("../../page/index.html");
    for way in [" on", "style=", "<style", "//"] {
        let there = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!there.contains(way), "{way}");
    }
}
