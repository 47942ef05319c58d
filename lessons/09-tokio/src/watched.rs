//! What a runtime does, told as the story of a request.

use std::pin::pin;

use timeline::{holds, serves, tell};

/// `request`, whose polls are watched: the events inside belong to `name`, and when a poll ends and it waits for the first
/// time, "... suspended" is told. How often it has to wait after that is not.
///
/// tokio has no stable hook for its polls, so this stands between it and the request.
pub async fn watched<F: Future>(name: &str, request: F) -> F::Output {
    let bytes = size_of_val(&request);
    let mut request = pin!(request);
    let mut suspended = false;
    std::future::poll_fn(|cx| {
        serves(name);
        let polled = request.as_mut().poll(cx);
        if polled.is_pending() && !suspended {
            suspended = true;
            tell(format!("{name} suspended"));
            holds(bytes);
        }
        polled
    })
    .await
}
