//! The client: Tornado's `AsyncHTTPClient` and `HTTPClient`.

mod body;
mod connections;
mod error;
mod fetch;
mod redirect;
mod request;
mod response;
mod slots;
mod websocket;

pub use error::{FetchError, Phase};
pub use fetch::{AsyncHttpClient, ClientOptions, Fetch, HttpClient};
pub use request::HttpRequest;
pub use response::HttpResponse;
