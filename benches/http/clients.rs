//! Those who ask: a process, so that what they cost is not counted.

use std::env;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::ExitCode;

use crate::cost::orders::{Orders, obey};
use crate::hello::{REPLY, REQUEST, is_reply};

/// Starts so many clients, each with a connection, on which it asks so many times at once. In a round each of them does,
/// and takes the replies.
pub(crate) fn start(address: SocketAddr, clients: usize, at_once: usize) -> io::Result<Orders> {
    let address = address.to_string();
    let (clients, at_once) = (clients.to_string(), at_once.to_string());
    Orders::start(&["--clients", &address, &clients, &at_once])
}

/// If this process is to be the clients, it is them here.
pub(crate) fn asked() -> Option<ExitCode> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [flag, address, clients, at_once] = &arguments[..] else {
        return None;
    };
    if flag != "--clients" {
        return None;
    }
    let address = address.parse().ok()?;
    Some(
        match play(address, clients.parse().ok()?, at_once.parse().ok()?) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("a client fails: {error}");
                ExitCode::FAILURE
            }
        },
    )
}

fn play(address: SocketAddr, clients: usize, at_once: usize) -> io::Result<()> {
    let connect = |_| {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(stream)
    };
    let mut streams = (0..clients).map(connect).collect::<io::Result<Vec<_>>>()?;
    let requests = REQUEST.repeat(at_once);
    let mut replies = vec![0; REPLY.len() * at_once];
    obey(|| {
        for stream in &mut streams {
            stream.write_all(&requests)?;
        }
        for stream in &mut streams {
            stream.read_exact(&mut replies)?;
            if !replies.chunks(REPLY.len()).all(is_reply) {
                let said = String::from_utf8_lossy(&replies);
                return Err(io::Error::other(format!("another reply: {said}")));
            }
        }
        Ok(())
    })
}
