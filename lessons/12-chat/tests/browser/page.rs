//! The page, as a reader sees and uses it.

use serde_json::{Value, json};

use super::driver::{Browser, Driver, key};
use super::room::Room;

/// In the page: its sockets, and what its policy refused.
const WATCH: &str = "
    window.sockets = [];
    window.WebSocket = class extends WebSocket {
        constructor(...args) {
            super(...args);
            sockets.push(this);
        }
    };
    window.violations = [];
    document.addEventListener('securitypolicyviolation', (event) => {
        violations.push(`${event.effectiveDirective} ${event.blockedURI}`);
    });";

/// In the page: a clock that goes when it is told to.
const CLOCK: &str = "
    window.clock = {
        now: 0,
        count: 0,
        timers: new Map(),
        advance(ms) {
            const until = clock.now + ms;
            for (;;) {
                const due = [...clock.timers].filter(([, timer]) => timer.at <= until);
                if (due.length === 0) break;
                const [id, timer] = due.reduce((one, other) => (other[1].at < one[1].at ? other : one));
                clock.timers.delete(id);
                clock.now = timer.at;
                timer.run();
            }
            clock.now = until;
        },
    };
    window.setTimeout = (run, ms, ...args) => {
        clock.timers.set(++clock.count, { at: clock.now + ms, run: () => run(...args) });
        return clock.count;
    };
    window.clearTimeout = (id) => clock.timers.delete(id);
    performance.now = () => clock.now;";

pub(crate) const CONNECTED: &str = "document.body.dataset.state === 'connected'";

/// It waits for its next try.
pub(crate) const WAITING: &str = "document.body.dataset.state === 'waiting'
    && document.getElementById('wait').textContent !== 'now'";

/// A browser that is in the room, and whose clock stands still: however slow a machine is, nothing takes too long.
pub(crate) fn enters(driver: &Driver, room: &Room) -> Browser {
    enters_after(driver, room, &[WATCH, CLOCK])
}

/// One whose clock is that of the wall.
pub(crate) fn enters_in_real_time(driver: &Driver, room: &Room) -> Browser {
    enters_after(driver, room, &[WATCH])
}

fn enters_after(driver: &Driver, room: &Room, scripts: &[&str]) -> Browser {
    let browser = driver.browser();
    for script in scripts {
        browser.before_pages(script);
    }
    browser.open(&room.url());
    browser.until(CONNECTED);
    browser
}

/// Changes the name, as a reader would.
pub(crate) fn calls_itself(browser: &Browser, name: &str) {
    browser.run(
        "const box = document.getElementById('name'); box.focus(); box.select()",
        json!([]),
    );
    browser.keys(&format!("{name}{}", key::ENTER));
    let called = json!(format!("]-is now called {name}"));
    browser.until(&format!(
        "document.getElementById('log').textContent.includes({called})"
    ));
    browser.run("document.getElementById('text').focus()", json!([]));
}

/// Lets the clock of the page go on.
pub(crate) fn advance(page: &Browser, ms: u64) {
    page.run("clock.advance(arguments[0])", json!([ms]));
}

/// Comes again after it has lost the connection, at its next try.
pub(crate) fn comes_back(page: &Browser) {
    page.until(WAITING);
    let tries = "const before = sockets.length; while (sockets.length === before) clock.advance(1)";
    page.run(tries, json!([]));
    page.until(CONNECTED);
}

/// Says a text, and waits until it is on the page.
pub(crate) fn says(browser: &Browser, text: &str) {
    browser.keys(&format!("{text}{}", key::ENTER));
    hears(browser, text);
}

/// Waits until somebody says this.
pub(crate) fn hears(browser: &Browser, text: &str) {
    let said = json!(format!("-says: {text}"));
    browser.until(&format!(
        "[...document.querySelectorAll('#log li')].some((line) => line.textContent.endsWith({said}))"
    ));
}

/// The lines of the page, with TIME where one has a time as it shall read.
pub(crate) fn lines(browser: &Browser) -> Vec<String> {
    let lines = browser.get(
        r"[...document.querySelectorAll('#log li')].map((line) => {
            const time = (part) => part.localName === 'time' && /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(part.textContent);
            return [...line.childNodes].map((part) => (time(part) ? 'TIME' : part.textContent)).join('');
        })",
    );
    serde_json::from_value(lines).unwrap()
}

/// The server tells this page something, which the room would perhaps never tell.
pub(crate) fn tells(browser: &Browser, event: Value) {
    let script = "const data = JSON.stringify(arguments[0]);
        sockets.at(-1).dispatchEvent(new MessageEvent('message', { data }))";
    browser.run(script, json!([event]));
}
