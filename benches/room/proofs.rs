//! What a room has to bear: many who say nothing, some who never read, some who are gone at once.

use std::ops::Range;

use crate::clients::{Clients, SPEAKERS};
use crate::cost::{Ours, smoke};
use crate::server::{Contestant, Server};

/// The figure, or why this system does not tell it; else how the room did not bear it.
pub(crate) type Proof = Result<Result<f64, String>, String>;

const ROOM: &str = "lobby";

/// Those who speak in each round.
const EVERYBODY: [usize; SPEAKERS] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// Each of ours who says nothing is to take less, in bytes.
const LIGHT: f64 = 15e3;

/// As many never read, and as many do.
pub(crate) const DEAF: usize = 20;
/// While so much is said.
pub(crate) const SAID: usize = 20_000;
/// In so many bytes each.
const LONG: usize = 1024;
/// More than that is not flat. To queue what is said would take five times as much, even if all share it.
const FLAT: f64 = (4 << 20) as f64;

/// As many are gone at once, and as many stay.
pub(crate) const GONE: usize = 100;

/// Bytes of the server for each of so many clients who say nothing.
pub(crate) fn idle(contestant: &Contestant, count: usize) -> Proof {
    let mut server = Server::start(contestant)?;
    // Rooms are small: each hears who enters.
    let mut fill = |rooms: Range<usize>| {
        let clients = rooms.map(|room| {
            let mut clients = Clients::new(LONG).map_err(|why| why.to_string())?;
            clients.enter(server.address, &format!("room-{room}"), 100)?;
            Ok(clients)
        });
        let clients = clients.collect::<Result<Vec<_>, String>>()?;
        Ok::<_, String>((clients, server.taken()?.memory))
    };
    // They are not counted, so that what a program needs once is there.
    let (_first, before) = fill(0..1)?;
    let (_rest, after) = fill(1..count / 100 + 1)?;
    let each = after.and_then(|after| Ok((after - before?) / count as f64));
    match each {
        Ok(each) if each > LIGHT && contestant.kind == Ours => {
            Err(format!("{each} bytes for each"))
        }
        each => Ok(each),
    }
}

/// K6, FI07: how many bytes the server grows while some never read. It may not grow, and has to cut them off; the others
/// hear all.
pub(crate) fn deaf(contestant: &Contestant) -> Proof {
    let mut server = Server::start(contestant)?;
    let mut clients = Clients::new(LONG).map_err(|why| why.to_string())?;
    clients.enter(server.address, ROOM, DEAF)?;
    for _ in 0..SAID / SPEAKERS / 10 {
        clients.say_and_hear(&EVERYBODY)?;
    }
    clients.enter(server.address, ROOM, DEAF)?;
    clients.deafen(DEAF).map_err(|why| why.to_string())?;
    let before = server.taken()?.memory;
    for _ in 0..SAID / SPEAKERS {
        clients.say_and_hear(&EVERYBODY)?;
    }
    let after = server.taken()?.memory;
    let grown = after.and_then(|after| Ok(after - before?));
    if let Ok(grown) = grown
        && grown > FLAT
    {
        return Err(format!("grew by {grown} bytes"));
    }
    clients.hear_out_the_deaf()?;
    Ok(grown)
}

/// K5: nanoseconds of the server's processor for each delivery, while half of them are gone at once, in the middle of it.
/// The others hear all, and of each that is gone.
pub(crate) fn reset(contestant: &Contestant) -> Proof {
    let rounds = if smoke() { 20 } else { 1_000 };
    let mut server = Server::start(contestant)?;
    let mut clients = Clients::new(64).map_err(|why| why.to_string())?;
    clients.enter(server.address, ROOM, 2 * GONE)?;
    let (before, heard) = (server.taken()?, clients.heard.said);
    for round in 0..rounds {
        clients.say(&EVERYBODY)?;
        if round == rounds / 2 {
            clients.reset(GONE);
        }
        clients.hear()?;
    }
    clients.listen(|heard| heard.left == GONE * GONE)?;
    let cpu = server.taken()?.cpu - before.cpu;
    Ok(Ok(
        cpu.as_nanos() as f64 / (clients.heard.said - heard) as f64
    ))
}
