//! The servers: each is a process of this program, so that what is counted is the server's alone.

use std::env;
use std::future::pending;
use std::io::{self, BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::thread;
use std::time::Duration;

use lesson_12_chat::{Rooms, Rules, application};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use web::Limits;

use crate::axums;
use crate::cost::alone::{self, resident};
use crate::cost::{Clocks, Kind, Ours, Peer};

/// Who has a room.
pub(crate) struct Contestant {
    pub(crate) kind: Kind,
    pub(crate) name: &'static str,
    /// Serves until its process ends, and says where.
    serve: fn(),
}

pub(crate) const CONTESTANTS: [Contestant; 3] = [
    Contestant {
        kind: Ours,
        name: "12-chat",
        serve: serve_ours,
    },
    Contestant {
        kind: Peer,
        name: "axum, current thread",
        serve: || serve_axums(Builder::new_current_thread()),
    },
    Contestant {
        kind: Peer,
        name: "axum, multi-thread",
        serve: || serve_axums(Builder::new_multi_thread()),
    },
];

fn serve_ours() {
    let rules = Rules {
        // The one in which all are, and those of who says nothing.
        rooms: 200,
        members: 1_000,
        pace: None,
        ..Rules::default()
    };
    let limits = Limits {
        connections: 20_000,
        ..Limits::default()
    };
    let application = application(Rooms::new(rules)).limits(limits);
    let served: io::Result<()> = ioloop::block_on(async {
        let server = web::Server::new(application);
        println!("{}", server.listen("127.0.0.1:0")?);
        pending().await
    });
    served.unwrap();
}

fn serve_axums(mut builder: Builder) {
    use axum::serve::ListenerExt;
    let runtime: Runtime = builder.enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{}", listener.local_addr().unwrap());
        // As ours has it.
        let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
        axum::serve(listener, axums::rooms()).await.unwrap();
    });
}

/// A server's process, as this one sees it. It ends when this is dropped.
pub(crate) struct Server {
    child: Child,
    orders: Option<ChildStdin>,
    says: BufReader<ChildStdout>,
    pub(crate) address: SocketAddr,
}

/// What it has taken so far.
pub(crate) struct Taken {
    pub(crate) cpu: Duration,
    /// Bytes in memory; or why they are not known.
    pub(crate) memory: Result<f64, String>,
}

impl Server {
    pub(crate) fn start(contestant: &Contestant) -> Result<Server, String> {
        let start = || {
            let mut child = Command::new(alone::this().map_err(io::Error::other)?)
                .args(["--serve", contestant.name])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()?;
            let orders = child.stdin.take();
            let mut says = BufReader::new(child.stdout.take().expect("it is piped"));
            let mut line = String::new();
            says.read_line(&mut line)?;
            Ok(Server {
                child,
                orders,
                says,
                address: line.trim().parse().map_err(io::Error::other)?,
            })
        };
        start().map_err(|why: io::Error| format!("{}: {why}", contestant.name))
    }

    /// Asks it what it has taken so far.
    pub(crate) fn taken(&mut self) -> Result<Taken, String> {
        let mut ask = || {
            let orders = self.orders.as_mut().expect("it is there until the end");
            writeln!(orders)?;
            let mut line = String::new();
            self.says.read_line(&mut line)?;
            Ok(line)
        };
        let line = ask().map_err(|why: io::Error| why.to_string())?;
        let gone = || format!("the server ended: {line:?}");
        let (cpu, memory) = line.trim().split_once(' ').ok_or_else(gone)?;
        Ok(Taken {
            cpu: Duration::from_nanos(cpu.parse().map_err(|_| gone())?),
            memory: memory.parse().map_err(|_| memory.to_owned()),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends when nobody can ask any more.
        drop(self.orders.take());
        let _ = self.child.wait();
    }
}

/// If this process is to be a server, it is one here.
pub(crate) fn asked() -> Option<ExitCode> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [flag, name] = &arguments[..] else {
        return None;
    };
    let contestant = CONTESTANTS.iter().find(|one| one.name == name);
    let contestant = contestant.filter(|_| flag == "--serve")?;
    let begin = Clocks::read();
    thread::spawn(move || {
        for _ in io::stdin().lines() {
            let cpu = begin.until_now().cpu.as_nanos();
            match resident() {
                Ok(memory) => println!("{cpu} {memory}"),
                Err(why) => println!("{cpu} {why}"),
            }
        }
        std::process::exit(0);
    });
    (contestant.serve)();
    Some(ExitCode::SUCCESS)
}
