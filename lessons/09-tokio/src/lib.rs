#![doc = include_str!("../README.md")]

mod law;
mod watched;

use lesson_01_blocking::{request_b, request_c};
use slow_server::{Address, AskError, CONNECT_WITHIN, Fault, LONGEST_LINE, reply_of};
use std::io::{self, ErrorKind};
use timeline::{tell, thread};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::spawn;
use tokio::time::timeout;

pub use law::{LESSON, MANY_THREADS};
pub use watched::watched;

/// Serves A, B and C: three tasks, on this thread.
///
/// # Panics
///
/// If a request panics, or if a runtime runs on this thread already.
pub fn serve(server: Address) {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime on this thread");
    runtime.block_on(requests(server));
}

/// Serves A, B and C: three tasks, on `workers` threads that take them from each other. This thread only waits.
///
/// # Panics
///
/// As [`serve`], and if `workers` is 0.
pub fn serve_on_threads(workers: usize, server: Address) {
    let runtime = Builder::new_multi_thread()
        .worker_threads(workers)
        .on_thread_start(|| thread::enter("worker"))
        .enable_all()
        .build();
    let runtime = runtime.expect("threads");
    runtime.block_on(requests(server));
}

/// The same on any runtime of tokio.
///
/// # Panics
///
/// If a request panics. If it is polled outside of a runtime.
pub async fn requests(server: Address) {
    let a = spawn(watched("A", request_a("A", server)));
    let b = spawn(async { request_b() });
    let c = spawn(async { request_c() });
    if let Err(error) = a.await.unwrap() {
        tell(format!("A fails: {error}"));
    }
    b.await.unwrap();
    c.await.unwrap();
}

/// Waits for its reply, and returns how long it was.
///
/// # Errors
///
/// The I/O's.
pub async fn request_a(name: &str, server: Address) -> Result<usize, AskError> {
    tell(format!("{name} begins"));
    let reply = long_io(server).await?;
    tell(format!("{name} resumed with {reply:?}"));
    tell(format!("{name} ends"));
    Ok(reply.len())
}

/// Asks the slow server, and holds no thread.
///
/// # Errors
///
/// Those of [`Address::ask`].
pub async fn long_io(server: Address) -> Result<String, AskError> {
    tell("I/O begins");
    let reply = ask(&server).await;
    let reply = reply.map_err(|fault| AskError {
        address: server,
        fault,
    })?;
    tell("I/O ends");
    Ok(reply)
}

async fn ask(server: &Address) -> Result<String, Fault> {
    let connected = timeout(CONNECT_WITHIN, connect(server)).await;
    let connected = connected.unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()));
    let stream = connected.map_err(Fault::Unreachable)?;
    let mut stream = BufReader::with_capacity(512, stream.take(LONGEST_LINE));
    let mut line = Vec::new();
    let read = stream.read_until(b'\n', &mut line).await;
    read.map_err(Fault::Interrupted)?;
    reply_of(line)
}

async fn connect(server: &Address) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(server.as_str()).await?;
    // Where nothing listens, TCP may connect a socket to itself, if it gave it that very port.
    if stream.local_addr()? == stream.peer_addr()? {
        return Err(ErrorKind::ConnectionRefused.into());
    }
    Ok(stream)
}
