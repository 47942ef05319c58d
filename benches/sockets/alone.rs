//! Figures that take a process with one server and nothing else.

use std::env;
use std::process::ExitCode;

use crate::bare::Bare;
use crate::clients;
use crate::contestants::{Ours, Server, Smol, Tokio, TokioMany};
use crate::cost::alone::{passes, resident};
use crate::cost::orders::Orders;
use crate::cost::{Kind, valgrind};
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
        let (mut clients, streams) = clients::connect(connections)?;
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
        let served: std::io::Result<Orders> = serve(connections, rounds);
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

/// Instructions in user space for each message: those of some rounds, without those of a run with fewer rounds.
pub(crate) fn instructions(name: &str, connections: usize) -> Result<f64, String> {
    let few = 1 + 1_000 / connections as u64;
    let many = 11 * few;
    let counted = |rounds: u64| {
        let (connections, rounds) = (connections.to_string(), rounds.to_string());
        valgrind::instructions(&["--alone", SERVE, name, &connections, &rounds])
    };
    let more = counted(many)? - counted(few)?;
    Ok(more / ((many - few) * connections as u64) as f64)
}
