//! Running a program to its end, or killing it.

use std::ffi::OsString;
use std::fmt;
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Only a program that hangs takes so long.
const WATCHDOG: Duration = Duration::from_secs(60);

/// Where an output of the program goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sink {
    /// To us.
    Kept,
    /// Into a pipe that nobody reads.
    Closed,
    /// To `/dev/full`.
    Full,
}

impl Sink {
    fn stdio(self) -> Stdio {
        match self {
            Sink::Kept => Stdio::piped(),
            Sink::Closed => {
                let (reader, writer) = std::io::pipe().expect("a pipe");
                drop(reader);
                writer.into()
            }
            Sink::Full => {
                let full = OpenOptions::new().write(true).open("/dev/full");
                full.expect("/dev/full is there").into()
            }
        }
    }
}

/// A program to be run.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) exe: String,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) environment: Vec<(&'static str, &'static str)>,
    pub(crate) stdout: Sink,
    pub(crate) stderr: Sink,
}

/// What a program left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    /// How it was called.
    called: String,
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Program {
    pub(crate) fn new(exe: &str, arguments: &[&str]) -> Program {
        Program {
            exe: exe.to_owned(),
            arguments: arguments.iter().map(OsString::from).collect(),
            environment: Vec::new(),
            stdout: Sink::Kept,
            stderr: Sink::Kept,
        }
    }

    /// Runs it. Panics if it hangs, after killing it.
    pub(crate) fn run(self) -> Ended {
        self.run_watching(|_| {})
    }

    /// Runs it, and calls `watcher` with each line of its standard output as it comes.
    pub(crate) fn run_watching(self, watcher: impl FnMut(&str) + Send + 'static) -> Ended {
        let called = format!("{:?} {:?}", self.arguments, self.environment);
        let mut command = Command::new(&self.exe);
        command
            .args(self.arguments)
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE")
            .envs(self.environment)
            .stdin(Stdio::null())
            .stdout(self.stdout.stdio())
            .stderr(self.stderr.stdio());
        let mut child = command.spawn().expect("the program starts");
        // It holds our ends of closed pipes.
        drop(command);
        let stdout = child.stdout.take().map(|out| read_all(out, watcher));
        let stderr = child.stderr.take().map(|err| read_all(err, |_| {}));
        let mut all = |output: Option<mpsc::Receiver<Vec<u8>>>| match output {
            None => String::new(),
            Some(output) => match output.recv_timeout(WATCHDOG) {
                Ok(bytes) => String::from_utf8(bytes).expect("what it writes is UTF-8"),
                Err(_) => {
                    let _ = child.kill();
                    let _ = child.wait();
                    panic!("{called}: still running after {WATCHDOG:?}");
                }
            },
        };
        let (stdout, stderr) = (all(stdout), all(stderr));
        let status = child.wait().expect("it can be waited for").code();
        Ended {
            called,
            status,
            stdout,
            stderr,
        }
    }
}

fn read_all(
    output: impl Read + Send + 'static,
    mut watcher: impl FnMut(&str) + Send + 'static,
) -> mpsc::Receiver<Vec<u8>> {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let mut output = BufReader::new(output);
        let mut bytes = Vec::new();
        let mut seen = 0;
        while output.read_until(b'\n', &mut bytes).is_ok_and(|n| n > 0) {
            watcher(&String::from_utf8_lossy(&bytes[seen..]));
            seen = bytes.len();
        }
        let _ = send.send(bytes);
    });
    receive
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ended {
            called,
            status,
            stdout,
            stderr,
        } = self;
        write!(
            f,
            "{called} ended with {status:?}\n--- stdout\n{stdout}--- stderr\n{stderr}"
        )
    }
}
