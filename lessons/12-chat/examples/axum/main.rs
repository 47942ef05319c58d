//! The same room, with the same page, on axum: `cargo run -p lesson-12-chat --example axum`.

mod room;

use std::io;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::runtime::Builder;

/// The page, without the headers that ours has.
fn page() -> Router {
    let html = (
        [(CONTENT_TYPE, "text/html")],
        include_str!("../../page/index.html"),
    );
    let css = (
        [(CONTENT_TYPE, "text/css")],
        include_str!("../../page/chat.css"),
    );
    let script = (
        [(CONTENT_TYPE, "text/javascript")],
        include_str!("../../page/chat.js"),
    );
    Router::new()
        .route("/", get(async || html))
        .route("/chat.css", get(async || css))
        .route("/chat.js", get(async || script))
}

fn main() -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:8013").await?;
        println!("The room is open: http://{}/", listener.local_addr()?);
        axum::serve(listener, page().merge(room::rooms())).await
    })
}
