//! Figures that take a process with one server and nothing else.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use crate::bare::Bare;
use crate::clients::Clients;
use crate::contestants::{Ours, Server, Smol, Tokio, TokioMany};
use crate::cost::alone::{figure, passes, resident, this};
use crate::cost::{Kind, smoke};
use crate::echo;
#[cfg(feature = "peers")]
use crate::uring::{Compio, Glommio, Monoio};

/// The job of the process: what it holds more when so many connections wait, in bytes for each.
const HELD: &str = "held";

/// The job of the process: so many connections, so many rounds of messages.
const SERVE: &str = "serve";

macro_rules! everybody {
    ($($(#[$with:meta])? $server:ident),*) => {
        /// All contestants.
        pub(crate) fn everybody() -> impl Iterator<Item = (Kind, &'static str)> {
            [$($(#[$with])? ($server::KIND, $server::NAME)),*].into_iter()
        }

        /// Does the job as the contestant of that name.
        fn play(job: &str, name: &str, connections: usize, rounds: u64) -> Result<f64, String> {
            match name {
                $($(#[$with])? $server::NAME => play_as::<$server>(job, connections, rounds),)*
                _ => Err(format!("who is {name}?")),
            }
        }
    };
}

everybody!(
    Bare,
    Ours,
    Tokio,
    TokioMany,
    Smol,
    #[cfg(feature = "peers")]
    Monoio,
    #[cfg(feature = "peers")]
    Glommio,
    #[cfg(feature = "peers")]
    Compio
);

/// If this process is to do a job, it does it here, and prints the figure.
pub(crate) fn asked() -> Option<ExitCode> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [flag, job, name, connections, rounds] = &arguments[..] else {
        return None;
    };
    if flag != "--alone" {
        return None;
    }
    let (connections, rounds) = (connections.parse().ok()?, rounds.parse().ok()?);
    match play(job, name, connections, rounds) {
        Ok(figure) => println!("{figure}"),
        Err(why) => {
            eprintln!("{why}");
            return Some(ExitCode::FAILURE);
        }
    }
    Some(ExitCode::SUCCESS)
}

fn play_as<S: Server>(job: &str, connections: usize, rounds: u64) -> Result<f64, String> {
    let serve = |connections, rounds| {
        let (mut clients, streams) = Clients::connect(connections)?;
        let mut server = S::new(streams)?;
        echo::begin(rounds * connections as u64);
        clients.begin(rounds)?;
        server.echo();
        clients.end()?;
        // What is left does not matter, and to drop it takes time.
        std::mem::forget(server);
        Ok(clients)
    };
    let serve = |connections, rounds| {
        let served: std::io::Result<Clients> = serve(connections, rounds);
        served.map_err(|error| format!("{connections} connections: {error}"))
    };
    if job == SERVE {
        drop(serve(connections, rounds)?);
        return Ok(0.0);
    }
    // One that is not counted, so that what a program needs once is there.
    drop(serve(10, 1)?);
    let before = resident()?;
    // Each has echoed a message, and waits for the next.
    let _clients = serve(connections, rounds)?;
    Ok((resident()? - before) / connections as f64)
}

/// Bytes in memory for each of so many connections that wait.
pub(crate) fn held(name: &str, connections: usize) -> Result<Vec<f64>, String> {
    passes(&["--alone", HELD, name, &connections.to_string(), "1"])
}

/// Instructions in user space for each message, as valgrind's callgrind counts them: those of some rounds, without those
/// of a run with fewer rounds.
pub(crate) fn instructions(name: &str, connections: usize) -> Result<f64, String> {
    if smoke() {
        return Err("not counted in a smoke run".to_owned());
    }
    let few = 1 + 1_000 / connections as u64;
    let many = 11 * few;
    let more = counted(name, connections, many)? - counted(name, connections, few)?;
    Ok(more / ((many - few) * connections as u64) as f64)
}

/// All instructions of a process.
fn counted(name: &str, connections: usize, rounds: u64) -> Result<f64, String> {
    let valgrind = Command::new("valgrind")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    if valgrind.is_err() {
        return Err("valgrind is not on this machine".to_owned());
    }
    let out = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let out: PathBuf = out.join(format!("callgrind.{}", std::process::id()));
    let mut command = Command::new("valgrind");
    command
        .args(["--tool=callgrind", "-q"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(this()?)
        .args(["--alone", SERVE, name])
        .args([connections.to_string(), rounds.to_string()]);
    figure(&mut command)?;
    let text = fs::read_to_string(&out).map_err(|error| error.to_string())?;
    // The file goes if it can; the next one has the same name.
    let _ = fs::remove_file(&out);
    let total = text.lines().find_map(|line| {
        let counts = line
            .strip_prefix("totals:")
            .or_else(|| line.strip_prefix("summary:"))?;
        counts.split_whitespace().next()?.parse().ok()
    });
    total.ok_or_else(|| "callgrind gave no total".to_owned())
}
