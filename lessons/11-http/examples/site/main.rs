//! A, B and C, and a few pages, for your browser: `cargo run -p lesson-11-http --example site -- --port 8000`

use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use lesson_11_http::{Where, application, stand_in};
use slow_server::SlowServer;
use timeline::{Story, Style, line};
use web::{
    Application, AsyncHttpClient, Handler, HttpError, Options, Reply, Request, Server, StatusCode,
    context,
};

/// Greets.
struct Page;

impl Handler for Page {
    const ALLOW: &'static str = "GET, HEAD, POST";

    async fn get(&mut self, request: &mut Request, reply: &mut Reply) -> web::Result {
        let name = request.argument_or("name", "world")?;
        reply.render("page.html", context! { name })?;
        Ok(())
    }

    async fn post(&mut self, request: &mut Request, reply: &mut Reply) -> web::Result {
        let name = request.argument("name")?; // or 400
        reply.render("page.html", context! { name })?;
        Ok(())
    }
}

/// Answers with the status that is asked for.
struct Status;

impl Handler for Status {
    const ALLOW: &'static str = "GET, HEAD";

    async fn get(&mut self, request: &mut Request, reply: &mut Reply) -> web::Result {
        let status = StatusCode::from_bytes(request.path_argument(0).as_bytes())?;
        if !status.is_client_error() && !status.is_server_error() {
            return Err(HttpError::new(StatusCode::BAD_REQUEST).because("no status of an error"));
        }
        reply.send_error(status);
        Ok(())
    }
}

/// All that the site has. A asks the service at `service`.
pub(crate) fn site(client: AsyncHttpClient, service: &str) -> io::Result<Application> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/site");
    application(client, service)
        .route("/", || Page)
        .route(r"/status/(\d{3})", || Status)
        .route("/where", || Where { slow: None })
        .templates(&folder)
        .static_files("/static/", folder.join("static"))
}

/// Writes what is logged to standard error, as it is.
struct Log;

impl log::Log for Log {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() <= log::Level::Info
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            eprintln!("{}", record.args());
        }
    }

    fn flush(&self) {}
}

async fn serve(port: u16, wait: u32) -> io::Result<()> {
    let slow = SlowServer::after(Duration::from_secs(wait.into()))?;
    let service = Server::new(stand_in(Some(slow.address())));
    let url = format!("http://{}/where", service.listen("127.0.0.1:0")?);
    let server = Server::new(site(AsyncHttpClient::new(), &url)?);
    let address = server.listen(("127.0.0.1", port)).map_err(|error| {
        io::Error::new(
            error.kind(),
            format!("cannot listen at port {port}: {error}"),
        )
    })?;
    println!("http://{address}/  A takes {wait} s. Ctrl-C ends it.");
    interrupted().await?;
    // Those that are being served are served to their end.
    server.shutdown(Duration::from_secs(10)).await;
    Ok(())
}

#[cfg(unix)]
async fn interrupted() -> io::Result<()> {
    ioloop::Signals::new([2, 15])?.next().await.map(drop)
}

#[cfg(not(unix))]
async fn interrupted() -> io::Result<()> {
    std::future::pending().await
}

fn main() -> ExitCode {
    let mut options = Options::new("site");
    let port = options.define("port", 8000, "where to listen; 0 for any");
    let wait = options.define("wait", 5, "how many seconds A waits for its service");
    options.parse_command_line();
    log::set_logger(&Log).expect("the first logger");
    log::set_max_level(log::LevelFilter::Info);
    let style = Style::of_terminal();
    let story = Story::new().watch(move |event| println!("{}", line(event, style)));
    let mut served = Ok(());
    let ended = story.run(|| served = ioloop::block_on(serve(port.get(), wait.get())));
    drop(ended);
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("site: {error}");
            ExitCode::FAILURE
        }
    }
}
