//! Four fetches, one after another and at the same time: `cargo run -p lesson-11-http --example parallel`

use std::net::Ipv4Addr;
use std::time::Instant;

use ioloop::{IoLoop, block_on, convert};
use lesson_11_http::{FOUR, Place, in_turn, list, map, stand_in};
use web::{AsyncHttpClient, Server};

/// What they give, and how long it takes by the loop's clock. The service takes 100 ms for the first address, and 100 more
/// for each of the others.
pub(crate) async fn report(client: &AsyncHttpClient, service: &str) -> String {
    let after = |nth| 100 * (nth + 1);
    let url = |(nth, ip)| format!("{service}?ip={ip}&after={}", after(nth));
    let urls: Vec<String> = FOUR.into_iter().enumerate().map(url).collect();

    let mut report = String::new();
    let mut row = |what: &str, cities: String, begin: Instant| {
        let took = (IoLoop::current().time() - begin).as_secs_f64();
        report += &format!("{what:<19}{took:.1} s  {cities}\n");
    };
    let now = || IoLoop::current().time();
    let cities = |places: Vec<Place>| {
        let cities: Vec<_> = places.into_iter().map(|place| place.city).collect();
        cities.join(", ")
    };

    let begin = now();
    let places = in_turn(client, &urls).await.expect("the service answers");
    row("one after another", cities(places), begin);

    let begin = now();
    let places = list(client, &urls).await.expect("the service answers");
    row("a list", cities(places), begin);

    let begin = now();
    let fetches = FOUR.into_iter().zip(&urls);
    let fetches = fetches.map(|(ip, url)| (ip.parse().expect("an address"), client.fetch(url)));
    let fetches = fetches.map(|(ip, fetch)| (ip, convert(fetch)));
    let cities = map(fetches.collect()).await.expect("the service answers");
    let some: Ipv4Addr = FOUR[2].parse().expect("an address");
    row("a map", format!("{some}: {}", cities[&some]), begin);
    report
}

fn main() {
    block_on(async {
        let server = Server::new(stand_in(None));
        let address = server.listen("127.0.0.1:0").expect("a port");
        let service = format!("http://{address}/where");
        print!("{}", report(&AsyncHttpClient::new(), &service).await);
    });
}
