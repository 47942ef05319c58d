#![doc = include_str!("../README.md")]

mod access;
mod application;
mod body;
mod check;
mod client;
mod connection;
mod cookie;
mod cores;
mod error;
mod form;
mod handler;
mod io;
mod limits;
mod options;
mod pattern;
mod reply;
mod request;
mod sending;
mod server;
mod state;
mod static_files;
mod upgrade;
mod watch;
mod websocket;

pub use application::{Application, Route};
pub use client::{
    AsyncHttpClient, ClientOptions, Fetch, FetchError, HttpClient, HttpRequest, HttpResponse, Phase,
};
pub use cookie::{Cookie, InvalidCookie};
pub use cores::Cores;
pub use error::{HttpError, Result};
pub use form::File;
pub use handler::Handler;
pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, Version, header};
pub use limits::Limits;
pub use minijinja::context;
pub use options::{Defined, InvalidOptions, Options};
pub use reply::Reply;
pub use request::{Group, Request};
pub use server::Server;
pub use tungstenite::Utf8Bytes;
pub use upgrade::Upgraded;
pub use url::Url;
pub use websocket::{
    CloseCode, CloseFrame, Closed, Drained, Message, WebSocket, WebSocketConnection,
    WebSocketHandler, WebSocketLimits, WriteError, same_origin,
};
