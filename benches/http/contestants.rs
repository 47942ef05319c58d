//! Those who know what HTTP is.

use std::convert::Infallible;
use std::io;
use std::net::TcpListener;
use std::time::Duration;

use axum::serve::ListenerExt;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use ioloop::IoLoop;
use tokio::runtime::{Builder, Runtime};

use crate::cost::{self, Kind, Peer};
use crate::futures_io::FuturesIo;
use crate::hello::{BODY, TYPE};

/// Says hello to whoever asks.
pub(crate) trait Server: 'static {
    const KIND: Kind = Peer;
    const NAME: &'static str;

    /// Serves who connects, for ever, on this thread (and on others, if it is made so).
    fn serve(listener: TcpListener) -> io::Result<()>;
}

/// The framework of this workspace.
pub(crate) struct Web;

struct Hello;

impl web::Handler for Hello {
    async fn get(&mut self, _: &mut web::Request, reply: &mut web::Reply) -> web::Result {
        reply.write(BODY);
        Ok(())
    }
}

impl Server for Web {
    const KIND: Kind = cost::Ours;
    const NAME: &'static str = "web";

    fn serve(listener: TcpListener) -> io::Result<()> {
        let limits = web::Limits {
            // While the others have their turn.
            idle: Duration::from_secs(3600),
            ..web::Limits::default()
        };
        let application = web::Application::new().limits(limits);
        let application = application.route("/hello", || Hello);
        IoLoop::new()?.block_on(async {
            let server = web::Server::new(application);
            server.accept(ioloop::TcpListener::from_std(listener)?);
            std::future::pending().await
        })
    }
}

/// What a service of hyper's says, with nothing around it.
async fn hello(_: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::new(Bytes::from_static(BODY.as_bytes())));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(TYPE));
    Ok(response)
}

/// hyper on the event loop of this workspace.
pub(crate) struct HyperHere;

impl Server for HyperHere {
    const KIND: Kind = cost::Ours;
    const NAME: &'static str = "hyper on ioloop";

    fn serve(listener: TcpListener) -> io::Result<()> {
        let io_loop = IoLoop::new()?;
        io_loop.block_on(async {
            let listener = ioloop::TcpListener::from_std(listener)?;
            loop {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                let connection = http1::Builder::new()
                    .serve_connection(FuturesIo::new(stream), service_fn(hello));
                drop(ioloop::spawn(connection));
            }
        })
    }
}

/// hyper on tokio's runtime for one thread.
pub(crate) struct HyperOnTokio;

impl Server for HyperOnTokio {
    const NAME: &'static str = "hyper on tokio, current thread";

    fn serve(listener: TcpListener) -> io::Result<()> {
        listener.set_nonblocking(true)?;
        one_thread()?.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            loop {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                let connection =
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(hello));
                drop(tokio::spawn(connection));
            }
        })
    }
}

/// axum on tokio's runtime for one thread.
pub(crate) struct Axum;

impl Server for Axum {
    const NAME: &'static str = "axum on tokio, current thread";

    fn serve(listener: TcpListener) -> io::Result<()> {
        one_thread()?.block_on(serve_axum(listener))
    }
}

/// axum on tokio's runtime for as many threads as there are cores.
pub(crate) struct AxumOnMany;

impl Server for AxumOnMany {
    const NAME: &'static str = "axum on tokio, many threads";

    fn serve(listener: TcpListener) -> io::Result<()> {
        let runtime = Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(serve_axum(listener))
    }
}

fn one_thread() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

async fn serve_axum(listener: TcpListener) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let hello = || async { ([(CONTENT_TYPE, TYPE)], BODY) };
    let router = axum::Router::new().route("/hello", axum::routing::get(hello));
    let listener = tokio::net::TcpListener::from_std(listener)?.tap_io(|stream| {
        stream.set_nodelay(true).expect("it is connected");
    });
    axum::serve(listener, router).await
}
