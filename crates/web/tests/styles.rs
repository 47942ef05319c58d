//! One server, and the ways to fetch from it: blocking, with a callback, with a future, in a coroutine; over sockets.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use ioloop::{IoLoop, convert};
use promise::{Future, wait};
use web::{
    Application, AsyncHttpClient, FetchError, Handler, HttpClient, HttpResponse, Reply, Request,
    Server,
};

/// Where is this address? A stand-in for a service that told the country.
struct Where;

impl Handler for Where {
    async fn get(&mut self, request: &mut Request, reply: &mut Reply) -> web::Result {
        let ip = request.argument("ip")?;
        reply.write_json(&BTreeMap::from([("country", "nowhere"), ("ip", &ip)]))?;
        Ok(())
    }
}

fn server() -> Server {
    Server::new(Application::new().route("/where", || Where))
}

fn url(address: SocketAddr, ip: &str) -> String {
    format!("http://{address}/where?ip={ip}")
}

fn ip(response: &HttpResponse) -> String {
    let mut json: BTreeMap<String, String> = response.json().unwrap();
    json.remove("ip").unwrap()
}

/// H1: a thread without a loop fetches from one that has one.
#[test]
fn h1_the_blocking_client_needs_no_loop() {
    let (sender, receiver) = mpsc::channel();
    let served = thread::spawn(move || {
        let io_loop = IoLoop::new().unwrap();
        let server = server();
        let address = io_loop.block_on(async { server.listen("127.0.0.1:0").unwrap() });
        sender.send((address, io_loop.handle())).unwrap();
        io_loop.run();
        io_loop.block_on(server.shutdown(Duration::from_secs(10)));
    });
    let (address, handle) = receiver.recv().unwrap();
    let client = HttpClient::new().unwrap();
    for n in ["1", "2"] {
        assert_eq!(ip(&client.fetch(url(address, n)).unwrap()), n);
    }
    let error = client.fetch(format!("http://{address}/")).unwrap_err();
    assert_eq!(error.to_string(), "HTTP 404: Not Found");
    drop(client);
    handle.stop();
    served.join().unwrap();
}

#[test]
#[should_panic(expected = "a loop runs on this thread already")]
fn h1_the_blocking_client_does_not_block_a_loop() {
    ioloop::block_on(async {
        let _ = HttpClient::new().unwrap().fetch("http://127.0.0.1:1/");
    });
}

#[test]
fn h2_with_a_callback() {
    let io_loop = IoLoop::new().unwrap();
    let got = Rc::new(RefCell::new(None));
    let inside = got.clone();
    let server = server();
    io_loop.add_callback(move || {
        let address = server.listen("127.0.0.1:0").unwrap();
        let client = AsyncHttpClient::new();
        client.fetch_with(url(address, "1"), move |response| {
            *inside.borrow_mut() = Some(ip(&response.unwrap()));
            IoLoop::current().stop();
        });
    });
    io_loop.run();
    assert_eq!(got.take().as_deref(), Some("1"));
}

type Fetched = Result<HttpResponse, FetchError>;

/// H13: a list and a map of four addresses at once.
#[test]
fn h13_several_at_once_awaited_and_yielded() {
    #[co::coroutine(start = ioloop::run, wait = wait)]
    fn both(
        list: Vec<Future<Fetched>>,
        map: BTreeMap<&'static str, Future<Fetched>>,
    ) -> Future<Vec<String>> {
        let (list, map) = yield_!((list, map))?;
        let responses = list.iter().chain(map.values());
        Ok(responses
            .map(|fetched| ip(fetched.as_ref().unwrap()))
            .collect())
    }

    let four = ["1", "2", "3", "4"];
    ioloop::block_on(async {
        let server = server();
        let address = server.listen("127.0.0.1:0").unwrap();
        let client = AsyncHttpClient::new();
        let fetches = four.map(|n| client.fetch(url(address, n)));
        let responses = executor::join_all(fetches).await.unwrap();
        let ips: Vec<_> = responses
            .iter()
            .map(|fetched| ip(fetched.as_ref().unwrap()))
            .collect();
        assert_eq!(ips, four);

        let fetch = |n| convert(client.fetch(url(address, n)));
        let list = four.map(fetch).into();
        let map = four.map(|n| (n, fetch(n))).into();
        assert_eq!(both(list, map).await.unwrap(), [four, four].concat());
    });
}

#[test]
fn nobody_listens_and_the_error_says_so() {
    ioloop::block_on(async {
        let free = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let error = AsyncHttpClient::new()
            .fetch(url(free, "1"))
            .await
            .unwrap_err();
        let FetchError::Connect(error) = error else {
            panic!("{error}");
        };
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
        let error = AsyncHttpClient::new()
            .fetch("https://127.0.0.1/")
            .await
            .unwrap_err();
        assert!(error.to_string().contains("TLS"), "{error}");
    });
}
