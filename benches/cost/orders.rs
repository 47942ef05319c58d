//! The other ends of connections: a process of this program that takes orders, so that what it does is not counted.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::alone;

/// The process, as this one sees it. It ends when this is dropped.
pub(crate) struct Orders {
    child: Child,
    orders: Option<ChildStdin>,
    says: BufReader<ChildStdout>,
}

impl Orders {
    /// Starts this program with these arguments, to [`obey`].
    pub(crate) fn start(arguments: &[&str]) -> io::Result<Orders> {
        let mut child = Command::new(alone::this().map_err(io::Error::other)?)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let orders = child.stdin.take();
        let says = BufReader::new(child.stdout.take().expect("it is piped"));
        Ok(Orders {
            child,
            orders,
            says,
        })
    }

    /// Has it do what it does so many times.
    pub(crate) fn begin(&mut self, rounds: u64) -> io::Result<()> {
        let orders = self.orders.as_mut().expect("it is there until the end");
        writeln!(orders, "{rounds}")
    }

    /// Waits until it has.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        let mut line = String::new();
        match self.says.read_line(&mut line)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

impl Drop for Orders {
    fn drop(&mut self) {
        // It ends when there are no more orders.
        drop(self.orders.take());
        let _ = self.child.wait();
    }
}

/// What the process does: a round, as often as it is told.
pub(crate) fn obey(mut round: impl FnMut() -> io::Result<()>) -> io::Result<()> {
    for order in io::stdin().lines() {
        let rounds: u64 = order?.parse().map_err(io::Error::other)?;
        for _ in 0..rounds {
            round()?;
        }
        println!("done");
    }
    Ok(())
}
