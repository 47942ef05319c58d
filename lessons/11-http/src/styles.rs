//! A in four styles. Each fetches `url` from the service, and tells the city.

use ioloop::convert;
use promise::{Future, wait};
use timeline::tell;
use web::{AsyncHttpClient, FetchError, HttpClient};

use crate::{Fetched, Place};

/// Blocking, as in lesson 1: `fetch` returns when the response is there. For a program without a loop.
///
/// # Errors
///
/// The fetch's: they come to the caller, like any other.
///
/// # Panics
///
/// Where a loop runs.
pub fn blocking(url: &str) -> Result<(), FetchError> {
    tell("A begins");
    let client = HttpClient::new().map_err(FetchError::Connect)?;
    let response = client.fetch(url)?;
    tell(format!("A gets {:?}", Place::of(&response)?.city));
    tell("A ends");
    Ok(())
}

/// With a callback, as in lesson 2: A leaves, and what comes next is in another function. So is the error. Nobody can wait
/// for it; `done` is called at its end.
///
/// # Panics
///
/// If no loop runs on this thread.
pub fn callback(client: &AsyncHttpClient, url: &str, done: impl FnOnce() + 'static) {
    tell("A begins");
    client.fetch_with(url, |fetched| {
        match fetched.and_then(|response| Place::of(&response)) {
            Ok(place) => tell(format!("callback gets {:?}", place.city)),
            Err(error) => tell(format!("callback gets {error}")),
        }
        done();
    });
    tell("A leaves");
}

/// With a future, as in lessons 7 and 8.
///
/// # Errors
///
/// The fetch's: they arrive at the `await`, and go on to whoever awaits this.
pub async fn future(client: AsyncHttpClient, url: String) -> Result<(), FetchError> {
    tell("A begins");
    let response = client.fetch(url).await?;
    tell(format!("A gets {:?}", Place::of(&response)?.city));
    tell("A ends");
    Ok(())
}

/// In a coroutine, as in lesson 6. It runs at the call, up to its `yield_!`; its errors come there.
#[co::coroutine(start = ioloop::run, wait = wait)]
pub fn coroutine(url: String) -> Future<()> {
    tell("A begins");
    let response = yield_!(fetch(url))??;
    tell(format!("A gets {:?}", Place::of(&response)?.city));
    tell("A ends");
    Ok(())
}

/// Tornado's `fetch`: what a coroutine can yield.
fn fetch(url: String) -> Future<Fetched> {
    convert(AsyncHttpClient::new().fetch(url))
}
