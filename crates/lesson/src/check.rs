//! The test that every lesson's `tests/cli.rs` calls: its real program, with every good and every bad input.

use crate::child::{Ended, Program, Sink};
use crate::{Law, Lesson};
use slow_server::{LONGEST_REPLY, SlowServer};
use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

/// Runs the program `exe` of this lesson with every good and bad input, and asserts its events, its output,
/// its one line of complaint and its exit status. Timings are asserted only as "not before".
///
/// ```text
/// #[test]
/// fn the_command_line_keeps_its_promises() {
///     lesson::check::command_line(env!("CARGO_BIN_EXE_02-callback"), &LESSON);
/// }
/// ```
///
/// # Panics
///
/// If the program breaks a promise: the panic shows how it was called and what it wrote. A program that hangs
/// is killed after a minute.
pub fn command_line(exe: &str, lesson: &Lesson) {
    let check = Check {
        exe,
        lesson,
        folder: Folder::new(),
    };
    check.events_come_as_they_happen_and_keep_the_law();
    check.the_reply_takes_its_time();
    check.files_are_written_whole();
    check.any_server_may_reply();
    check.a_server_that_fails_is_named();
    check.files_that_cannot_be_written_are_named();
    check.nobody_has_to_listen();
    check.colour_is_for_those_who_ask();
    check.help_helps();
    check.wrong_flags_are_named();
}

struct Check<'a> {
    exe: &'a str,
    lesson: &'a Lesson,
    folder: Folder,
}

impl Check<'_> {
    fn program(&self, arguments: &[&str]) -> Program {
        Program::new(self.exe, arguments)
    }

    /// The reply is held back until the program has told what comes before it: with a real socket,
    /// and without a guess how long that takes.
    fn events_come_as_they_happen_and_keep_the_law(&self) {
        let (server, gate) = SlowServer::gated().expect("a server");
        let address = server.address().to_string();
        let law = self.lesson.law;
        let (before, _) = law.while_io_lasts.unwrap_or(("I/O begins", "I/O ends"));
        let mut seen = (false, false);
        let ended = self
            .program(&["--from", &address])
            .run_watching(move |line| {
                let event = timeline::parse_line(line.trim_end());
                let told = |what: &str| event.as_ref().is_some_and(|e| e.what == what);
                seen = (seen.0 || told(before), seen.1 || told("I/O begins"));
                if seen == (true, true) {
                    gate.open();
                }
            });
        ended.succeeded();
        // Held back so, the reply finds A as the first outcome has it.
        let first = Law {
            outcomes: &law.outcomes[..1],
            ..law
        };
        if let Err(broken) = first.check_while_io_lasts(&events(&ended)) {
            panic!("{broken}\n{ended}");
        }
        assert!(
            !ended.stdout.contains('\u{1b}'),
            "colour in a pipe: {ended}"
        );
        assert!(ended.stdout.contains("this lesson still cannot"), "{ended}");
    }

    fn the_reply_takes_its_time(&self) {
        let facts = self.folder.file("time");
        for flags in [&["--io", "20ms"][..], &["--io=20ms"]] {
            let ended = self.program(&[flags, &["--facts", &facts]].concat()).run();
            ended.succeeded();
            if let Err(broken) = self.lesson.law.check(&events(&ended)) {
                panic!("{broken}\n{ended}");
            }
            let facts = fs::read_to_string(&facts).expect("the facts");
            // Not there if this run lost the reply.
            if let Some(served) = fact(&facts, "a_served_us") {
                let served: u64 = served.parse().expect("a number");
                assert!(served >= 20_000, "A was served too early: {facts}");
            }
        }
    }

    fn files_are_written_whole(&self) {
        let [svg, trace, facts] = ["svg", "trace", "facts"].map(|name| self.folder.file(name));
        for file in [&svg, &trace, &facts] {
            // Longer than what comes: nothing of it may be left.
            fs::write(file, "old\n".repeat(100_000)).expect("a file");
        }
        let ended = self.program(&[
            "--io=1ms", "--svg", &svg, "--trace", &trace, "--facts", &facts,
        ]);
        ended.run().succeeded();
        let [svg, trace, facts] =
            [svg, trace, facts].map(|file| fs::read_to_string(file).expect("a file"));
        assert!(svg.contains("<svg") && svg.trim_end().ends_with("</svg>"));
        assert!(trace.starts_with('{') && trace.trim_end().ends_with('}'));
        assert!(!svg.contains("old\nold") && !trace.contains("old\nold"));
        let law = &self.lesson.law;
        let lasting = law.orders_while_io_lasts().to_string();
        assert_eq!(fact(&facts, "lesson"), Some(self.lesson.name()));
        assert_eq!(fact(&facts, "orders_lasting"), Some(&*lasting));
        assert_eq!(
            fact(&facts, "orders_free"),
            Some(&*law.orders().to_string())
        );
        assert_eq!(fact(&facts, "cannot"), Some(self.lesson.cannot));
        for name in ["b_waited_us", "threads"] {
            let number = fact(&facts, name).map(str::parse::<u64>);
            assert!(matches!(number, Some(Ok(_))), "{name} in {facts}");
        }
        assert!(fact(&facts, "waiting").is_some_and(|text| !text.is_empty()));
    }

    fn any_server_may_reply(&self) {
        for (bytes, reply) in [
            (&b"hello\n"[..], "hello"),
            (b"hello\r\nmore\n\xff", "hello"),
            (b"no line end", "no line end"),
            ("\u{1b}[31m中文\n".as_bytes(), "中文"),
        ] {
            let ended = self.program(&["--from", &serve_once(bytes)]).run();
            ended.succeeded();
            assert!(ended.stdout.contains(reply), "{ended}");
            assert!(!ended.stdout.contains('\u{1b}'), "raw control: {ended}");
        }
    }

    fn a_server_that_fails_is_named(&self) {
        let too_long = vec![b'x'; LONGEST_REPLY + 1];
        let servers = [&b""[..], b"\xff\n", &too_long].map(serve_once);
        for address in servers.into_iter().chain([refusing()]) {
            let ended = self.program(&["--from", &address]).run();
            ended.complained(1);
            assert!(ended.stderr.contains(&address), "{ended}");
            assert!(ended.stdout.contains(" fails: "), "{ended}");
            assert!(ended.stdout.contains("this lesson still cannot"), "{ended}");
        }
    }

    fn files_that_cannot_be_written_are_named(&self) {
        let folder = self.folder.0.to_str().expect("UTF-8").to_owned();
        let nowhere = self.folder.file("no/such/folder");
        let kept = self.folder.file("kept");
        fs::write(&kept, "old").expect("a file");
        let arguments = ["--io=1h", "--svg", &kept, "--trace", &nowhere];
        self.program(&arguments).run().complained(1);
        let content = fs::read_to_string(&kept).expect("a file");
        assert_eq!(content, "old", "a run that did nothing spoilt a file");
        for flag in ["--svg", "--trace", "--facts"] {
            for file in [&folder, &nowhere] {
                // An hour's I/O: it says so before A waits.
                let ended = self.program(&["--io=1h", flag, file]).run();
                ended.complained(1);
                assert_eq!(ended.stdout, "", "{ended}");
                assert!(ended.stderr.contains(file), "{ended}");
            }
            if cfg!(target_os = "linux") {
                let ended = self.program(&["--io=1ms", flag, "/dev/full"]).run();
                ended.complained(1);
                assert!(ended.stderr.contains("/dev/full"), "{ended}");
            }
        }
    }

    fn nobody_has_to_listen(&self) {
        let full = cfg!(target_os = "linux").then_some(Sink::Full);
        for stdout in [Sink::Closed].into_iter().chain(full) {
            for arguments in [&["--io=1h"][..], &["--help"]] {
                let program = self.program(arguments);
                Program { stdout, ..program }.run().complained(1);
            }
        }
        let refusing = refusing();
        for (arguments, status) in [
            (&["--io=1ms"][..], 0),
            (&["--help"], 0),
            (&["--from", &refusing], 1),
            (&["--wrong"], 2),
        ] {
            for stdout in [Sink::Kept, Sink::Closed] {
                let stderr = Sink::Closed;
                let program = self.program(arguments);
                let ended = Program {
                    stdout,
                    stderr,
                    ..program
                }
                .run();
                let status = if stdout == Sink::Closed {
                    status.max(1)
                } else {
                    status
                };
                assert_eq!(ended.status, Some(status), "{ended}");
            }
        }
    }

    fn colour_is_for_those_who_ask(&self) {
        for (environment, colour) in [
            (vec![], false),
            (vec![("CLICOLOR_FORCE", "1")], true),
            (vec![("NO_COLOR", "1")], false),
            (vec![("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
        ] {
            let program = self.program(&["--io=1ms"]);
            let ended = Program {
                environment,
                ..program
            }
            .run();
            ended.succeeded();
            assert_eq!(ended.stdout.contains("\u{1b}["), colour, "{ended}");
        }
    }

    fn help_helps(&self) {
        for flags in [&["--help"][..], &["-h"], &["--io", "1h", "--help"]] {
            let ended = self.program(flags).run();
            ended.succeeded();
            assert!(ended.stdout.contains(self.lesson.name()), "{ended}");
            for line in ended.stdout.lines() {
                assert!(line.chars().count() <= 80, "too wide: {line}");
            }
        }
    }

    fn wrong_flags_are_named(&self) {
        let file = self.folder.file("untouched");
        let mut cases: Vec<Program> = [
            &["--wrong"][..],
            &["-x"],
            &["a\nstray argument"],
            &["--help=me"],
            &["--io"],
            &["--io="],
            &["--io", "soon"],
            &["--io=5"],
            &["--io=-1s"],
            &["--io=99999999999999999999years"],
            &["--io=1ms", "--io=1ms"],
            &["--from"],
            &["--from", "nowhere"],
            &["--from=localhost:0"],
            &["--from=a:1", "--from=a:1"],
            &["--from=a:1", "--io=1ms"],
            &["--svg"],
            &["--svg", &file, "--svg", &file],
            &["--svg", &file, "--trace", &file],
            &["--trace"],
            &["--facts"],
        ]
        .map(|arguments| self.program(arguments))
        .into();
        #[cfg(unix)]
        for flag in [&b"--\xff"[..], b"--io=\xff", b"--from=\xff", b"\xff"] {
            use std::os::unix::ffi::OsStringExt;
            let mut program = self.program(&[]);
            program
                .arguments
                .push(std::ffi::OsString::from_vec(flag.into()));
            cases.push(program);
        }
        for case in cases {
            let ended = case.run();
            ended.complained(2);
            assert_eq!(ended.stdout, "", "{ended}");
            let start = format!("{}: ", self.lesson.name());
            let good = ended.stderr.starts_with(&start) && ended.stderr.ends_with("; try --help\n");
            assert!(good, "{ended}");
        }
        assert!(
            !fs::exists(file).expect("a folder"),
            "a file was made all the same"
        );
    }
}

impl Ended {
    fn succeeded(&self) {
        assert!(self.status == Some(0) && self.stderr.is_empty(), "{self}");
    }

    /// This status, and one clear line on standard error.
    fn complained(&self, status: i32) {
        let line = self.stderr.strip_suffix('\n').unwrap_or_default();
        let clear = !line.is_empty() && !line.contains(char::is_control);
        let panicked = self.stderr.contains("panicked");
        assert!(self.status == Some(status) && clear && !panicked, "{self}");
    }
}

/// The events in the order in which they were printed: all lines before the chart.
fn events(ended: &Ended) -> Vec<(String, String)> {
    let lines = ended.stdout.lines().map_while(timeline::parse_line);
    lines.map(|e| (e.thread.to_string(), e.what)).collect()
}

fn fact<'a>(facts: &'a str, name: &str) -> Option<&'a str> {
    let mut values = facts.lines().filter_map(|line| line.split_once('\t'));
    values.find_map(|(n, value)| (n == name).then_some(value))
}

/// The address of a server that sends these bytes to its first client, and hangs up.
fn serve_once(bytes: &[u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let bytes = bytes.to_owned();
    thread::spawn(move || {
        let (mut client, _) = listener.accept().expect("a client");
        // The client may have had enough before.
        let _ = client.write_all(&bytes);
    });
    address
}

/// An address where nothing listens: it was free a moment ago.
fn refusing() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}

/// A folder for this run's files, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let nth = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("lesson-check-{}-{nth}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).expect("a folder");
        Folder(folder)
    }

    fn file(&self, name: &str) -> String {
        let file = self.0.join(name).into_os_string();
        file.into_string().expect("UTF-8")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
