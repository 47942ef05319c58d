//! The other ends of the connections: a process, so that what they cost is not counted.

use std::env;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::ExitCode;

use crate::cost::alone;
use crate::cost::orders::{Orders, obey};
use crate::echo::MESSAGE;

/// Starts it, and gives this end of so many connections. In a round each client sends a message and takes the echo.
pub(crate) fn connect(connections: usize) -> io::Result<(Orders, Vec<TcpStream>)> {
    let listener = alone::listen()?;
    let address = listener.local_addr()?.to_string();
    let clients = Orders::start(&["--clients", &address, &connections.to_string()])?;
    let streams: io::Result<Vec<_>> = (0..connections)
        .map(|_| {
            let (stream, _) = listener.accept()?;
            stream.set_nodelay(true)?;
            Ok(stream)
        })
        .collect();
    Ok((clients, streams?))
}

/// If this process is to be the clients, it is them here.
pub(crate) fn asked() -> Option<ExitCode> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [flag, address, connections] = &arguments[..] else {
        return None;
    };
    if flag != "--clients" {
        return None;
    }
    let played = play(address.parse().ok()?, connections.parse().ok()?);
    Some(match played {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("a client fails: {error}");
            ExitCode::FAILURE
        }
    })
}

fn play(address: SocketAddr, connections: usize) -> io::Result<()> {
    let connect = |_| {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(stream)
    };
    let mut streams = (0..connections)
        .map(connect)
        .collect::<io::Result<Vec<_>>>()?;
    let (message, mut echo) = ([7; MESSAGE], [0; MESSAGE]);
    obey(|| {
        for stream in &mut streams {
            stream.write_all(&message)?;
        }
        for stream in &mut streams {
            stream.read_exact(&mut echo)?;
        }
        Ok(())
    })
}
