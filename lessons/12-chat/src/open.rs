//! The room, open until Ctrl-C.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use ioloop::{block_on, timeout};
use lesson_08_event_loop::long_io;
use lesson_12_chat::{Answer, Rooms, Rules, application};
use log::{LevelFilter, Log, Metadata, Record};
use slow_server::{Address, SlowServer};
use web::{InvalidOptions, Options, Server};

pub(crate) const HELP: &str = "
Without a flag: the story of A, B and C, and then the room, open for browsers.

  --room          the room alone; its own flags come behind this one:
                  --listen HOST:PORT  where (default 127.0.0.1:8012);
                                      0.0.0.0:8012 lets the neighbours in
                  --from HOST:PORT    who answers /ask (default: a server of
                                      its own, after a second)
";

/// How long a question waits for its answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long those who are in have to go.
const GRACE: Duration = Duration::from_secs(3);

/// Opens the room, says where, and closes it when it is told to.
pub(crate) fn open(arguments: &[OsString]) -> ExitCode {
    let mut options = Options::new("12-chat --room");
    let listen = options.define("listen", "127.0.0.1:8012".to_owned(), "where: HOST:PORT");
    let from = options.define("from", String::new(), "who answers /ask: HOST:PORT");
    match options.parse(arguments) {
        Ok(()) => {}
        Err(InvalidOptions::Help(help)) => {
            print!("{help}");
            return ExitCode::SUCCESS;
        }
        Err(wrong) => return complain(2, wrong),
    }
    let mut ours = None;
    let asked = match from.get().as_str() {
        "" => match SlowServer::after(Duration::from_secs(1)) {
            Ok(server) => ours.insert(server).address(),
            Err(why) => return complain(1, format!("no server for /ask: {why}")),
        },
        from => match from.parse() {
            Ok(address) => address,
            Err(why) => return complain(2, format!("--from: {why}")),
        },
    };
    // It says who came, on standard error; if somebody else does already, all the better.
    if log::set_logger(&Lines).is_ok() {
        log::set_max_level(LevelFilter::Info);
    }
    match block_on(stand(&listen.get(), asked)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) if why.kind() == io::ErrorKind::InvalidInput => {
            let example = "such as 127.0.0.1:8012";
            complain(
                2,
                format!("--listen: '{}' is no host:port, {example}", listen.get()),
            )
        }
        Err(why) => complain(1, format!("no room at {}: {why}", listen.get())),
    }
}

async fn stand(listen: &str, asked: Address) -> io::Result<()> {
    let ask = move || -> Answer {
        let io = long_io(asked.clone());
        Box::pin(async {
            match timeout(PATIENCE, io).await {
                Ok(Ok(reply)) => return reply,
                Ok(Err(error)) => log::error!("no answer: {error}"),
                Err(late) => log::error!("no answer: {late}"),
            }
            "there is no answer".to_owned()
        })
    };
    let server = Server::new(application(Rooms::that_ask(Rules::default(), ask)));
    let address = server.listen(listen)?;
    let mut out = io::stdout();
    writeln!(
        out,
        "The room is open: http://{address}/ (Ctrl-C closes it)"
    )?;
    out.flush()?;
    told_to_stop().await?;
    server.shutdown(GRACE).await;
    Ok(())
}

#[cfg(unix)]
async fn told_to_stop() -> io::Result<()> {
    const INTERRUPT: i32 = 2;
    const TERMINATE: i32 = 15;
    let mut signals = ioloop::Signals::new([INTERRUPT, TERMINATE])?;
    signals.next().await.map(drop)
}

/// Elsewhere Ctrl-C ends the program, and the system closes the connections.
#[cfg(not(unix))]
async fn told_to_stop() -> io::Result<()> {
    std::future::pending().await
}

fn complain(status: u8, why: impl std::fmt::Display) -> ExitCode {
    // If standard error is closed, there is nobody left to tell.
    let _ = writeln!(io::stderr(), "12-chat: {why}");
    ExitCode::from(status)
}

/// What is logged, a line each.
struct Lines;

impl Log for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let _ = writeln!(io::stderr(), "{}", record.args());
    }

    fn flush(&self) {}
}
