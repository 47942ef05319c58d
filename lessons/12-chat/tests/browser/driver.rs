//! A WebDriver client: a few requests with JSON, to a chromedriver of the test's own.

use std::cell::Cell;
use std::env;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use web::{HttpClient, HttpRequest, Method};

/// After so long a test fails that waits for what does not come. Nothing else depends on it.
const PATIENCE: Duration = Duration::from_secs(120);

/// Ends chromedriver when its own standard input ends, which is when the test does, in whatever way.
const GUARD: &str = r#""$0" "$@" & read -r _; kill $!; wait"#;

/// Not what a browser does beside showing a page.
const QUIET: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-smooth-scrolling",
    "--disable-sync",
    "--no-first-run",
];

/// Calls `test` with a chromedriver, if it can be had.
pub(crate) fn driven(test: impl FnOnce(&Driver)) {
    let found = found("chromedriver").zip(
        ["chromium", "chromium-browser", "google-chrome", "chrome"]
            .iter()
            .find_map(|name| found(name)),
    );
    match found {
        Some((driver, chromium)) => test(&Driver::start(&driver, chromium)),
        None => {
            let required = env::var_os("BROWSER_TESTS").is_some_and(|it| it == "required");
            assert!(!required, "chromium and chromedriver are not here");
            // Past the capture of a test's output: who runs the tests shall see it.
            let said =
                "!! SKIPPED: chromium and chromedriver are not here: the page was not tested\n";
            let _ = io::stderr().write_all(said.as_bytes());
        }
    }
}

fn found(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let mut paths = env::split_paths(&path).map(|folder| folder.join(program));
    paths.find(|path| path.is_file())
}

/// A chromedriver, and all that its browsers write.
pub(crate) struct Driver {
    guard: Child,
    // It would die of a closed pipe.
    _says: BufReader<ChildStdout>,
    url: String,
    chromium: PathBuf,
    folder: PathBuf,
    browsers: Cell<u32>,
}

impl Driver {
    fn start(driver: &Path, chromium: PathBuf) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = format!("browser-{}-{count}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
        fs::create_dir_all(&folder).unwrap();
        let mut guard = Command::new("sh")
            .args(["-c", GUARD])
            .arg(driver)
            .args(["--port=0"])
            .env("TMPDIR", &folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut says = BufReader::new(guard.stdout.take().unwrap());
        let mut line = String::new();
        let port = loop {
            line.clear();
            assert_ne!(says.read_line(&mut line).unwrap(), 0, "chromedriver ended");
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                break port.trim().trim_end_matches('.').to_owned();
            }
        };
        Self {
            guard,
            _says: says,
            url: format!("http://127.0.0.1:{port}"),
            chromium,
            folder,
            browsers: Cell::new(0),
        }
    }

    /// A new browser, with nothing in it.
    pub(crate) fn browser(&self) -> Browser {
        let count = self.browsers.replace(self.browsers.get() + 1);
        let profile = self.folder.join(count.to_string());
        let profile = format!("--user-data-dir={}", profile.display());
        let args: Vec<&str> = QUIET.iter().copied().chain([&*profile]).collect();
        let asked = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"binary": self.chromium, "args": args},
            "timeouts": {"script": PATIENCE.as_millis() as u64},
            "unhandledPromptBehavior": "ignore",
        }}});
        let mut browser = Browser {
            client: HttpClient::new().unwrap(),
            url: format!("{}/session", self.url),
        };
        let session = browser.post("", asked);
        let id = session["sessionId"].as_str().unwrap();
        browser.url = format!("{}/{id}", browser.url);
        browser.size(1000, 640);
        browser
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A browser with one page.
pub(crate) struct Browser {
    client: HttpClient,
    url: String,
}

impl Browser {
    fn ask(&self, request: HttpRequest) -> Result<Value, Value> {
        let request = request.any_status().request_timeout(PATIENCE * 2);
        let request = request.first_byte_timeout(PATIENCE * 2);
        let response = self.client.fetch(request).unwrap();
        let mut answer: Value = response.json().unwrap();
        let mut value = answer["value"].take();
        match response.status().is_success() {
            true => Ok(value),
            false => {
                // It is addresses in chromedriver.
                let _ = value["stacktrace"].take();
                Err(value)
            }
        }
    }

    fn send(&self, path: &str, body: &Value) -> Result<Value, Value> {
        let request = HttpRequest::new(format!("{}{path}", self.url)).method(Method::POST);
        self.ask(request.json(body).unwrap())
    }

    fn post(&self, path: &str, body: Value) -> Value {
        let answer = self.send(path, &body);
        answer.unwrap_or_else(|error| panic!("{path} {body}: {error:#}"))
    }

    /// A command of Chromium's own protocol.
    pub(crate) fn chromium(&self, command: &str, params: Value) -> Value {
        self.post(
            "/goog/cdp/execute",
            json!({"cmd": command, "params": params}),
        )
    }

    /// Runs `script` in each page before the page's own.
    pub(crate) fn before_pages(&self, script: &str) {
        let params = json!({"source": script});
        self.chromium("Page.addScriptToEvaluateOnNewDocument", params);
    }

    pub(crate) fn open(&self, url: &str) {
        self.post("/url", json!({"url": url}));
    }

    /// To the page before.
    pub(crate) fn back(&self) {
        self.post("/back", json!({}));
    }

    /// As large as this, as a screen of a desktop.
    pub(crate) fn size(&self, width: u32, height: u32) {
        let params =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.chromium("Emulation.setDeviceMetricsOverride", params);
    }

    /// What the body of a function returns in the page.
    pub(crate) fn run(&self, script: &str, args: Value) -> Value {
        self.post("/execute/sync", json!({"script": script, "args": args}))
    }

    /// What an expression is in the page.
    pub(crate) fn get(&self, expression: &str) -> Value {
        self.run(&format!("return {expression}"), json!([]))
    }

    pub(crate) fn text_of(&self, selector: &str) -> String {
        let text = self.run(
            "return document.querySelector(arguments[0]).textContent",
            json!([selector]),
        );
        text.as_str().unwrap().to_owned()
    }

    fn awaits(&self, script: &str, args: Value) -> Result<Value, Value> {
        let script = format!(
            "const done = arguments[arguments.length - 1];
            (async (...args) => {{ {script} }})(...arguments)
                .then((value) => done({{ value }}), (error) => done({{ error: String(error) }}));"
        );
        let mut done = self.send("/execute/async", &json!({"script": script, "args": args}))?;
        match done["error"].take() {
            Value::Null => Ok(done["value"].take()),
            error => Err(error),
        }
    }

    /// What the body of an async function returns in the page.
    pub(crate) fn wait_for(&self, script: &str, args: Value) -> Value {
        let done = self.awaits(script, args);
        done.unwrap_or_else(|error| panic!("{script}: {error:#}"))
    }

    /// Waits until the expression is true of the page. It is looked at whenever something of the page changes.
    pub(crate) fn until(&self, expression: &str) {
        let script = format!(
            "await new Promise((resolve, reject) => {{
                const all = {{ subtree: true, childList: true, characterData: true, attributes: true }};
                const check = () => {{
                    try {{
                        if (!({expression})) return;
                        resolve();
                    }} catch (error) {{
                        reject(error);
                    }}
                    observer.disconnect();
                    removeEventListener('scroll', check, true);
                }};
                const observer = new MutationObserver(check);
                observer.observe(document, all);
                addEventListener('scroll', check, true);
                check();
            }});"
        );
        if let Err(error) = self.awaits(&script, json!([])) {
            let page = self.get("[document.body.dataset.state, document.body.innerText]");
            panic!("{expression}: {error:#}; the page: {page:#}");
        }
    }

    /// Types, wherever the focus is.
    pub(crate) fn keys(&self, keys: &str) {
        let stroke =
            |key: char| ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": key}));
        let strokes: Vec<Value> = keys.chars().flat_map(stroke).collect();
        let keyboard = json!({"type": "key", "id": "keyboard", "actions": strokes});
        self.post("/actions", json!({"actions": [keyboard]}));
    }

    /// A key while another is held.
    pub(crate) fn chord(&self, held: char, key: char) {
        let stroke = |kind: &str, key: char| json!({"type": kind, "value": key});
        let strokes = [
            stroke("keyDown", held),
            stroke("keyDown", key),
            stroke("keyUp", key),
            stroke("keyUp", held),
        ];
        let keyboard = json!({"type": "key", "id": "keyboard", "actions": strokes});
        self.post("/actions", json!({"actions": [keyboard]}));
    }

    /// The role and the name by which a screen reader announces an element.
    pub(crate) fn announced(&self, selector: &str) -> (String, String) {
        let found = json!({"using": "css selector", "value": selector});
        let element = self.post("/element", found);
        let id = element.as_object().unwrap().values().next().unwrap();
        let get = |what: &str| {
            let url = format!("{}/element/{}/{what}", self.url, id.as_str().unwrap());
            let said = self.ask(HttpRequest::new(url)).unwrap();
            said.as_str().unwrap().to_owned()
        };
        (get("computedrole"), get("computedlabel"))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let end = HttpRequest::new(self.url.as_str()).method(Method::DELETE);
        let _ = self.client.fetch(end);
    }
}

/// The keys that are no characters.
pub(crate) mod key {
    pub(crate) const ENTER: char = '\u{e007}';
    pub(crate) const TAB: char = '\u{e004}';
    pub(crate) const SHIFT: char = '\u{e008}';
    pub(crate) const CONTROL: char = '\u{e009}';
    pub(crate) const HOME: char = '\u{e011}';
    pub(crate) const END: char = '\u{e010}';
}
