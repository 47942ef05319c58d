//! Several fetches.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use executor::join_all;
use promise::{Future, wait};
use web::{AsyncHttpClient, FetchError, HttpResponse};

use crate::Place;

/// What becomes of a fetch.
pub type Fetched = Result<HttpResponse, FetchError>;

/// One after another: each is begun when the one before it has ended.
///
/// # Errors
///
/// That of the first that fails.
pub async fn in_turn(client: &AsyncHttpClient, urls: &[String]) -> Result<Vec<Place>, FetchError> {
    let mut places = Vec::new();
    for url in urls {
        let response = client.fetch(url).await?;
        places.push(Place::of(&response)?);
    }
    Ok(places)
}

/// All at the same time; the places in the order of the addresses.
///
/// # Errors
///
/// That of the first in the list that fails.
///
/// # Panics
///
/// Where no loop runs.
pub async fn list(client: &AsyncHttpClient, urls: &[String]) -> Result<Vec<Place>, FetchError> {
    let fetches = urls.iter().map(|url| client.fetch(url));
    let all = join_all(fetches).await.expect("no fetch panics");
    all.into_iter()
        .map(|fetched| Place::of(&fetched?))
        .collect()
}

/// All at the same time, in a coroutine: the cities under the keys of the fetches.
#[co::coroutine(start = ioloop::run, wait = wait)]
pub fn map(fetches: BTreeMap<Ipv4Addr, Future<Fetched>>) -> Future<BTreeMap<Ipv4Addr, String>> {
    let all = yield_!(fetches)?;
    let mut cities = BTreeMap::new();
    for (ip, fetched) in all {
        cities.insert(ip, Place::of(&fetched?)?.city);
    }
    Ok(cities)
}
