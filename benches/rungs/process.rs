//! The process that plays one rung, and what can be seen of it from outside.

use std::env;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::panic;
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use slow_server::Address;
use timeline::{Event, Story};

use crate::cost;
use crate::rung::{RUNGS, Rung};

/// What a process is to do.
#[derive(Clone, Copy)]
pub(crate) enum Job {
    /// Serve A, B and C, and say when each was served.
    Serve,
    /// Begin so many As, and say when the last was served.
    Many(usize),
    /// Begin so many As, whose replies never come.
    Wait(usize),
}

/// How long a process may take before it is ended.
const AT_MOST: Duration = Duration::from_secs(30);

/// What a process holds, in bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Held {
    pub(crate) threads: f64,
    pub(crate) resident: f64,
    pub(crate) address_space: f64,
    /// Open files: a connection is one.
    pub(crate) files: usize,
}

/// A process that plays one rung; ended when dropped.
pub(crate) struct Played {
    child: Child,
    begin: Instant,
}

impl Played {
    /// Starts it. It waits for [`Played::go`].
    pub(crate) fn start(rung: &Rung, job: Job, server: &Address) -> io::Result<Played> {
        let (job, count) = match job {
            Job::Serve => ("serve", 1),
            Job::Many(count) => ("many", count),
            Job::Wait(count) => ("wait", count),
        };
        let mut child = Command::new(env::current_exe()?)
            .args([
                "--rung",
                rung.name,
                job,
                &count.to_string(),
                server.as_str(),
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut ready = [0];
        let out = child.stdout.as_mut().expect("it is piped");
        out.read_exact(&mut ready)?;
        let begin = Instant::now();
        Ok(Played { child, begin })
    }

    /// Lets it begin.
    pub(crate) fn go(&mut self) -> io::Result<()> {
        self.begin = Instant::now();
        let mut into = self
            .child
            .stdin
            .take()
            .expect("it is piped, and taken once");
        into.write_all(b"\n")
    }

    /// Waits for its end, and returns what it said.
    pub(crate) fn said(mut self) -> Result<String, String> {
        while !self.is_over()? {
            thread::sleep(Duration::from_millis(1));
        }
        let mut said = String::new();
        let out = self.child.stdout.as_mut().expect("it is piped");
        out.read_to_string(&mut said)
            .map_err(|why| why.to_string())?;
        Ok(said)
    }

    /// What it holds now, as far as the system tells.
    pub(crate) fn holds(&self) -> Result<Held, String> {
        let unknown = |why: io::Error| match why.kind() {
            io::ErrorKind::NotFound => "this system does not tell".to_owned(),
            _ => format!("not seen: {why}"),
        };
        let status = self.read("status").map_err(unknown)?;
        Ok(Held {
            threads: number(&status, "Threads:"),
            resident: number(&status, "VmRSS:") * 1024.0,
            address_space: number(&status, "VmSize:") * 1024.0,
            files: fs::read_dir(self.file("fd")).map_err(unknown)?.count(),
        })
    }

    /// The same, exactly. `status` takes resident memory from counters that each thread adds to now and then; this walks
    /// all pages.
    pub(crate) fn holds_exactly(&self) -> Result<Held, String> {
        let mut held = self.holds()?;
        if let Ok(pages) = self.read("smaps_rollup") {
            held.resident = number(&pages, "Rss:") * 1024.0;
        }
        Ok(held)
    }

    fn file(&self, name: &str) -> String {
        format!("/proc/{}/{name}", self.child.id())
    }

    fn read(&self, name: &str) -> io::Result<String> {
        fs::read_to_string(self.file(name))
    }

    /// What it holds when that no longer changes: for a tenth of a second.
    pub(crate) fn holds_at_last(&mut self) -> Result<Held, String> {
        let (mut last, mut same) = (self.holds()?, 0);
        while same < 5 {
            if self.is_over()? {
                return Err("its process ended".to_owned());
            }
            thread::sleep(Duration::from_millis(20));
            let now = self.holds()?;
            same = if now == last { same + 1 } else { 0 };
            last = now;
        }
        self.holds_exactly()
    }

    /// Whether it has ended. An error if it failed, or takes too long.
    fn is_over(&mut self) -> Result<bool, String> {
        let status = self.child.try_wait().map_err(|why| why.to_string())?;
        match status {
            None if self.begin.elapsed() > AT_MOST => {
                Err(format!("no end within {} s", AT_MOST.as_secs()))
            }
            None => Ok(false),
            Some(status) if status.success() => Ok(true),
            Some(status) => {
                let errors = BufReader::new(self.child.stderr.take().expect("asked once"));
                let lines = errors.lines().map_while(Result::ok);
                let why = lines.last().unwrap_or_default();
                Err(if why.is_empty() {
                    status.to_string()
                } else {
                    why
                })
            }
        }
    }
}

/// The number behind a name at the start of a line; not a number if there is none.
fn number(text: &str, name: &str) -> f64 {
    let mut values = text.lines().filter_map(|line| line.strip_prefix(name));
    let value = values
        .next()
        .and_then(|rest| rest.split_whitespace().next());
    value
        .and_then(|value| value.parse().ok())
        .unwrap_or(f64::NAN)
}

impl Drop for Played {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The other process: does the job that its arguments say.
pub(crate) fn play(arguments: &[String]) -> ExitCode {
    let [name, job, count, server] = arguments else {
        eprintln!("this is for the bench itself");
        return ExitCode::from(2);
    };
    let rung = RUNGS.iter().find(|rung| rung.name == name);
    let rung = rung.expect("the bench named one of its rungs");
    let count: usize = count.parse().expect("the bench wrote a number");
    let server: Address = server
        .parse()
        .expect("the bench wrote its server's address");
    cost::alone::raise_the_limit_of_open_files();
    // The bench shows the last line.
    panic::set_hook(Box::new(|panic| {
        let what = panic.payload_as_str().unwrap_or("a panic");
        match fs::read_dir("/proc/self/task") {
            Ok(threads) => eprintln!("stopped with {} threads: {what}", threads.count()),
            Err(_) => eprintln!("{what}"),
        }
    }));
    println!();
    let mut line = String::new();
    io::stdin().read_line(&mut line).expect("the bench writes");
    match &**job {
        "wait" => {
            (rung.begin)(&server, count);
            loop {
                thread::park();
            }
        }
        "serve" => tell_times(|| (rung.serve)(server), rung, 1),
        _ => tell_times(|| (rung.begin)(&server, count), rung, count),
    }
}

/// Says after how many nanoseconds B and C were served (0 without them), and A; or on standard error why not.
fn tell_times(program: impl FnOnce(), rung: &Rung, count: usize) -> ExitCode {
    let recording = match Story::new().run(program) {
        Ok(recording) => recording,
        Err(panicked) => {
            eprintln!("{}", panicked.panics.join("; "));
            return ExitCode::FAILURE;
        }
    };
    let of = |what: &str| {
        let told = |event: &&Event| event.what == what;
        let mut events = recording.events.iter().rev().filter(told);
        (
            events.clone().count(),
            events.next().map(|event| event.at.as_nanos()),
        )
    };
    let (served, last) = of(rung.last);
    if served < count {
        let failed =
            |event: &&Event| event.what.contains(" fails") || event.what.ends_with(" lost");
        let why = recording
            .events
            .iter()
            .find(failed)
            .map(|event| &*event.what);
        eprintln!(
            "{served} of {count} served: {}",
            why.unwrap_or("nobody says why")
        );
        return ExitCode::FAILURE;
    }
    let others = of("B ends").1.max(of("C ends").1);
    println!("{} {}", others.unwrap_or(0), last.unwrap_or(0));
    ExitCode::SUCCESS
}
