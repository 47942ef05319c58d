//! The instructions of a process with one server and nothing else.

use std::env;
use std::process::ExitCode;

use crate::bare::Bare;
use crate::contestants::{Axum, AxumOnMany, HyperHere, HyperOnTokio, Server, Web};
use crate::cost::valgrind;
use crate::serve;

/// If this process is to serve, it does it here: so many clients, requests at once of each, and rounds.
pub(crate) fn asked() -> Option<ExitCode> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [flag, name, clients, at_once, rounds] = &arguments[..] else {
        return None;
    };
    if flag != "--alone" {
        return None;
    }
    let numbers = (
        clients.parse().ok()?,
        at_once.parse().ok()?,
        rounds.parse().ok()?,
    );
    match play(name, numbers) {
        Ok(()) => println!("0"),
        Err(why) => {
            eprintln!("{why}");
            return Some(ExitCode::FAILURE);
        }
    }
    Some(ExitCode::SUCCESS)
}

/// Serves as the contestant of that name.
fn play(name: &str, numbers: (usize, usize, u64)) -> Result<(), String> {
    match name {
        Bare::NAME => play_as::<Bare>(numbers),
        Web::NAME => play_as::<Web>(numbers),
        HyperHere::NAME => play_as::<HyperHere>(numbers),
        HyperOnTokio::NAME => play_as::<HyperOnTokio>(numbers),
        Axum::NAME => play_as::<Axum>(numbers),
        AxumOnMany::NAME => play_as::<AxumOnMany>(numbers),
        _ => Err(format!("who is {name}?")),
    }
}

fn play_as<S: Server>((clients, at_once, rounds): (usize, usize, u64)) -> Result<(), String> {
    let served = serve::<S>(clients, at_once).and_then(|mut clients| {
        clients.begin(rounds)?;
        clients.end()
    });
    served.map_err(|error| error.to_string())
}

/// Instructions in user space for each request: those of some rounds, without those of a run with fewer rounds.
pub(crate) fn instructions(name: &str, clients: usize, at_once: usize) -> Result<f64, String> {
    let each = clients * at_once;
    let few = 1 + 1_000 / each as u64;
    let many = 11 * few;
    let of = |rounds: u64| {
        let [clients, at_once] = [clients, at_once].map(|number| number.to_string());
        valgrind::instructions(&["--alone", name, &clients, &at_once, &rounds.to_string()])
    };
    Ok((of(many)? - of(few)?) / ((many - few) * each as u64) as f64)
}
