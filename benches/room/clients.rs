//! Those who are in one room: many sockets on one thread. They check what they get: of each speaker everything, in
//! order, and nothing twice (K4).

use std::io::{self, ErrorKind, Read, Write};
use std::net::{self, SocketAddr};
use std::thread;
use std::time::Duration;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::frame::{self, Frame};

/// So many of them speak: the first ones.
pub(crate) const SPEAKERS: usize = 16;

/// So many enter at the same time.
const AT_A_TIME: usize = 100;

/// When nothing came for so long, nothing comes any more.
const SILENCE: Duration = Duration::from_secs(10);

/// They look so often what has come. To wake them for each message would be the server's work, and most of it.
const PAUSE: Duration = Duration::from_micros(200);

pub(crate) struct Clients {
    poll: Poll,
    events: Events,
    buffer: Vec<u8>,
    clients: Vec<Client>,
    /// What each speaker says behind its number.
    padding: String,
    /// How much each speaker has said.
    said: [u32; SPEAKERS],
    /// What they heard, all of them together.
    pub(crate) heard: Heard,
}

/// How many events came.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Heard {
    pub(crate) welcomes: usize,
    pub(crate) said: usize,
    pub(crate) left: usize,
    /// How many of those who had not read for long found that they are cut off.
    pub(crate) cut_off: usize,
}

struct Client {
    stream: TcpStream,
    state: State,
    /// What came of what is not complete.
    rest: Vec<u8>,
    /// How much it heard of each speaker.
    of: [u32; SPEAKERS],
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Upgrading,
    Inside,
    /// It has not read for long, and may be cut off.
    Deaf,
}

/// Why a client reads no further.
enum End {
    /// The server does not want it any more.
    Closed(String),
    /// It got what it should not have got.
    Wrong(String),
}

fn wrong<T>(what: impl Into<String>) -> Result<T, End> {
    Err(End::Wrong(what.into()))
}

impl Clients {
    /// Nobody yet. What is said later has about so many bytes.
    pub(crate) fn new(bytes: usize) -> io::Result<Clients> {
        Ok(Clients {
            poll: Poll::new()?,
            events: Events::with_capacity(1024),
            buffer: vec![0; 64 * 1024],
            clients: Vec::new(),
            padding: "x".repeat(bytes),
            said: [0; SPEAKERS],
            heard: Heard::default(),
        })
    }

    /// So many more enter a room. All are inside when this returns, and know of each other.
    pub(crate) fn enter(
        &mut self,
        address: SocketAddr,
        room: &str,
        count: usize,
    ) -> Result<(), String> {
        let all = self.clients.len() + count;
        while self.clients.len() < all {
            let next = (self.clients.len() + AT_A_TIME).min(all);
            for nth in self.clients.len()..next {
                let client = self.connect(address, room, nth);
                let client = client.map_err(|why| format!("client {nth} cannot connect: {why}"))?;
                self.clients.push(client);
            }
            self.listen(|heard| heard.welcomes == next)?;
            // What was told before it was heard before it: nobody is behind when the next ones come.
            self.say_and_hear(&[0])?;
        }
        Ok(())
    }

    fn connect(&self, address: SocketAddr, room: &str, nth: usize) -> io::Result<Client> {
        let mut stream = net::TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        end_with_a_reset(&stream)?;
        write!(
            stream,
            "GET /ws?room={room}&name=client{nth} HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\n\
            Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        let registry = self.poll.registry();
        registry.register(&mut stream, Token(nth), Interest::READABLE)?;
        Ok(Client {
            stream,
            state: State::Upgrading,
            rest: Vec::new(),
            of: self.said,
        })
    }

    /// These speakers say something, one after another, and all hear it.
    pub(crate) fn say_and_hear(&mut self, speakers: &[usize]) -> Result<(), String> {
        self.say(speakers)?;
        self.hear()
    }

    /// These speakers say something, one after another.
    pub(crate) fn say(&mut self, speakers: &[usize]) -> Result<(), String> {
        for &speaker in speakers {
            let number = self.said[speaker];
            let text = format!(r#"{{"say":"{speaker} {number} {}"}}"#, self.padding);
            self.clients[speaker].write(&frame::text(&text))?;
            self.said[speaker] += 1;
        }
        Ok(())
    }

    /// Waits until all have heard all.
    pub(crate) fn hear(&mut self) -> Result<(), String> {
        let due = |client: &Client| -> usize {
            let of = client.of.iter().zip(&self.said);
            of.map(|(heard, said)| (said - heard) as usize).sum()
        };
        let inside = self
            .clients
            .iter()
            .filter(|client| client.state == State::Inside);
        let due: usize = inside.map(due).sum();
        let all = self.heard.said + due;
        self.listen(|heard| heard.said == all)
    }

    /// The last ones to enter reset their connections.
    pub(crate) fn reset(&mut self, count: usize) {
        // That is how each connection here ends.
        self.clients.truncate(self.clients.len() - count);
    }

    /// The last ones to enter read no more.
    pub(crate) fn deafen(&mut self, count: usize) -> io::Result<()> {
        let hearing = self.clients.len() - count;
        for client in &mut self.clients[hearing..] {
            client.state = State::Deaf;
            self.poll.registry().deregister(&mut client.stream)?;
        }
        Ok(())
    }

    /// They read what there is, and find at its end that they are cut off.
    pub(crate) fn hear_out_the_deaf(&mut self) -> Result<(), String> {
        let mut deaf = 0;
        for (nth, client) in self.clients.iter_mut().enumerate() {
            if client.state == State::Deaf {
                let registry = self.poll.registry();
                registry
                    .register(&mut client.stream, Token(nth), Interest::READABLE)
                    .map_err(|why| why.to_string())?;
                deaf += 1;
            }
        }
        self.listen(|heard| heard.cut_off == deaf)?;
        let all: u32 = self.said.iter().sum();
        let mut deaf = self
            .clients
            .iter()
            .filter(|client| client.state == State::Deaf);
        match deaf.any(|client| client.of.iter().sum::<u32>() == all) {
            true => Err("nothing was too much for one who did not read".to_owned()),
            false => Ok(()),
        }
    }

    /// Waits until they have heard as much.
    pub(crate) fn listen(&mut self, enough: impl Fn(&Heard) -> bool) -> Result<(), String> {
        while !enough(&self.heard) {
            thread::sleep(PAUSE);
            let polled = self.poll.poll(&mut self.events, Some(SILENCE));
            match polled {
                Err(why) if why.kind() == ErrorKind::Interrupted => continue,
                polled => polled.map_err(|why| why.to_string())?,
            }
            if self.events.is_empty() {
                return Err(format!("silence, after {:?}", self.heard));
            }
            for event in &self.events {
                let Token(nth) = event.token();
                let client = &mut self.clients[nth];
                match client.read(&mut self.buffer, &mut self.heard) {
                    Ok(()) => {}
                    Err(End::Closed(_)) if client.state == State::Deaf => {
                        self.heard.cut_off += 1;
                        let registry = self.poll.registry();
                        registry
                            .deregister(&mut client.stream)
                            .map_err(|why| why.to_string())?;
                    }
                    Err(End::Closed(why) | End::Wrong(why)) => {
                        return Err(format!("client {nth}: {why}"));
                    }
                }
            }
        }
        Ok(())
    }
}

impl Client {
    fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        // Little is under way at any time: there is room for it.
        let written = self.stream.write_all(bytes);
        written.map_err(|why| format!("cannot speak: {why}"))
    }

    /// Takes what has come.
    fn read(&mut self, buffer: &mut [u8], heard: &mut Heard) -> Result<(), End> {
        loop {
            let count = match self.stream.read(buffer) {
                Ok(0) => return Err(End::Closed("was closed".to_owned())),
                Err(why) if why.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(why) if why.kind() == ErrorKind::Interrupted => continue,
                read => read.map_err(|why| End::Closed(format!("was closed: {why}")))?,
            };
            let came = &buffer[..count];
            if self.rest.is_empty() {
                let taken = self.take(came, heard)?;
                self.rest.extend(&came[taken..]);
            } else {
                let mut rest = std::mem::take(&mut self.rest);
                rest.extend(came);
                let taken = self.take(&rest, heard)?;
                rest.drain(..taken);
                self.rest = rest;
            }
            // A short read has taken all that there was; but an end may come behind it.
            if count < buffer.len() && self.state != State::Deaf {
                return Ok(());
            }
        }
    }

    /// Takes all that is complete of it, and says how much that is.
    fn take(&mut self, bytes: &[u8], heard: &mut Heard) -> Result<usize, End> {
        let mut taken = 0;
        if self.state == State::Upgrading {
            let Some(end) = find(bytes, b"\r\n\r\n") else {
                return Ok(0);
            };
            let head = String::from_utf8_lossy(&bytes[..end]);
            if !head.starts_with("HTTP/1.1 101 ") || !head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
            {
                return wrong(format!("was not let in: {head}"));
            }
            self.state = State::Inside;
            taken = end + 4;
        }
        while let Some((frame, length)) = frame::first(&bytes[taken..]).map_err(End::Wrong)? {
            match frame {
                Frame::Text(text) => self.hear(text, heard)?,
                Frame::Ping(payload) => {
                    let answered = self.write(&frame::pong(payload));
                    answered.map_err(End::Closed)?;
                }
                Frame::Close => return Err(End::Closed("was told to go".to_owned())),
            }
            taken += length;
        }
        Ok(taken)
    }

    fn hear(&mut self, event: &[u8], heard: &mut Heard) -> Result<(), End> {
        let what = || String::from_utf8_lossy(event);
        match between(event, br#""kind":""#, b'"') {
            Some(b"said") => {
                let text = between(event, br#""text":""#, b'"').unwrap_or_default();
                let mut words = text.split(|byte| *byte == b' ').map(number);
                let (Some(Some(speaker)), Some(Some(number))) = (words.next(), words.next()) else {
                    return wrong(format!("hears what nobody said: {}", what()));
                };
                let Some(next) = self.of.get_mut(speaker as usize) else {
                    return wrong(format!("hears a speaker who is none: {}", what()));
                };
                if number != *next {
                    return wrong(format!("hears {number} of {speaker} in place of {next}"));
                }
                *next += 1;
                heard.said += 1;
            }
            Some(b"welcome") => heard.welcomes += 1,
            Some(b"left") => heard.left += 1,
            Some(b"entered") => {}
            _ => return wrong(format!("hears {}", what())),
        }
        Ok(())
    }
}

/// Who goes, goes without a word; and leaves nothing behind that keeps a port from being used again.
#[cfg(unix)]
fn end_with_a_reset(stream: &net::TcpStream) -> io::Result<()> {
    Ok(rustix::net::sockopt::set_socket_linger(
        stream,
        Some(Duration::ZERO),
    )?)
}

/// What is not read gives a reset too.
#[cfg(not(unix))]
fn end_with_a_reset(_: &net::TcpStream) -> io::Result<()> {
    Ok(())
}

/// Where `wanted` begins.
fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

/// What is between `before` and the next `end`.
fn between<'a>(bytes: &'a [u8], before: &[u8], end: u8) -> Option<&'a [u8]> {
    let begin = find(bytes, before)? + before.len();
    let length = bytes[begin..].iter().position(|byte| *byte == end)?;
    Some(&bytes[begin..begin + length])
}

fn number(digits: &[u8]) -> Option<u32> {
    str::from_utf8(digits).ok()?.parse().ok()
}
