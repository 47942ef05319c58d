//! The other ends of the connections: a process, so that what they cost is not counted.

use std::env;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};

use crate::cost::alone;
use crate::echo::MESSAGE;

/// The process, as this one sees it. It ends when this is dropped.
pub(crate) struct Clients {
    child: Child,
    orders: Option<ChildStdin>,
    says: BufReader<ChildStdout>,
}

impl Clients {
    /// Starts it, and gives this end of so many connections.
    pub(crate) fn connect(connections: usize) -> io::Result<(Clients, Vec<TcpStream>)> {
        let listener = alone::listen()?;
        let address = listener.local_addr()?.to_string();
        let mut child = Command::new(alone::this().map_err(io::Error::other)?)
            .args(["--clients", &address, &connections.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let orders = child.stdin.take();
        let says = BufReader::new(child.stdout.take().expect("it is piped"));
        let clients = Clients {
            child,
            orders,
            says,
        };
        let streams: io::Result<Vec<_>> = (0..connections)
            .map(|_| {
                let (stream, _) = listener.accept()?;
                stream.set_nodelay(true)?;
                Ok(stream)
            })
            .collect();
        Ok((clients, streams?))
    }

    /// Has every client send a message and take the echo, so many times.
    pub(crate) fn begin(&mut self, rounds: u64) -> io::Result<()> {
        let orders = self.orders.as_mut().expect("it is there until the end");
        writeln!(orders, "{rounds}")
    }

    /// Waits until they have.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        let mut line = String::new();
        match self.says.read_line(&mut line)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

impl Drop for Clients {
    fn drop(&mut self) {
        // It ends when there are no more orders.
        drop(self.orders.take());
        let _ = self.child.wait();
    }
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
    for order in io::stdin().lines() {
        let rounds: u64 = order?.parse().map_err(io::Error::other)?;
        for _ in 0..rounds {
            for stream in &mut streams {
                stream.write_all(&message)?;
            }
            for stream in &mut streams {
                stream.read_exact(&mut echo)?;
            }
        }
        println!("done");
    }
    Ok(())
}
