//! The client: what Tornado's `AsyncHTTPClient` does.

mod scripts;
mod wire;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use ioloop::{IoLoop, sleep, spawn, yield_now};
use web::{ClientOptions, FetchError, HttpRequest, Method};

use scripts::{OK, Scripts, fetched, fetched_by, never};
use wire::run;

/// H2, H5.
#[test]
fn h2_fetch_gives_the_response() {
    let scripts = Scripts::new(&[&["HTTP/1.1 201 Just So\r\nX: y\r\nContent-Length: 2\r\n\r\nok"]]);
    let response = run(async || scripts.client().fetch("http://a.b:81/c?d#e").await.unwrap());
    assert_eq!(response.status().as_u16(), 201);
    assert_eq!(response.reason(), "Just So");
    assert_eq!(response.header("x"), Some("y"));
    assert_eq!(response.text(), Ok("ok"));
    assert_eq!(response.effective_url().as_str(), "http://a.b:81/c?d#e");
    assert_eq!(response.request_time(), Duration::ZERO);
    let [head] = &scripts.heads()[..] else {
        panic!("one request");
    };
    assert_eq!(
        head,
        "http://a.b:81\r\nGET /c?d HTTP/1.1\r\naccept-encoding: gzip\r\nhost: a.b:81\r\n\r\n"
    );
}

#[test]
fn h2_a_callback_gets_the_response_or_the_error() {
    let scripts = Scripts::new(&[&[OK, "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n"]]);
    let trace = Rc::new(RefCell::new(Vec::new()));
    run(async || {
        let client = scripts.client();
        for n in 1..=2 {
            let inside = trace.clone();
            client.fetch_with("http://a/", move |outcome| {
                let line = match outcome {
                    Ok(response) => response.text().unwrap().to_owned(),
                    Err(error) => format!("{} {error}", error.code()),
                };
                inside.borrow_mut().push(line);
            });
            while trace.borrow().len() < n {
                yield_now().await;
            }
        }
    });
    assert_eq!(trace.take(), ["ok", "500 HTTP 500: X"]);
}

#[test]
fn h3_a_status_that_is_not_2xx_is_an_error_that_has_the_response() {
    let say = "HTTP/1.1 404 Nope\r\nContent-Length: 3\r\n\r\nbad";
    let error = fetched(say).unwrap_err();
    assert_eq!(error.to_string(), "HTTP 404: Nope");
    assert_eq!(error.code(), 404);
    assert_eq!(error.response().unwrap().text(), Ok("bad"));
    let response = fetched_by(say, HttpRequest::new("http://a/").any_status()).unwrap();
    assert_eq!(response.status().as_u16(), 404);
}

#[test]
fn h4_a_request_has_a_method_headers_and_a_body_and_wins_over_the_options() {
    let scripts = Scripts::new(&[&[OK, OK, OK]]);
    let options = ClientOptions {
        user_agent: "options".to_owned(),
        ..ClientOptions::default()
    };
    run(async || {
        let client = scripts.client_with(options);
        let request = HttpRequest::new("http://a/").method(Method::POST);
        client.fetch(request.body("hello")).await.unwrap();
        let request = HttpRequest::new("http://a/").method(Method::PUT).body("");
        let mut request = request.header("User-Agent", "mine").unwrap();
        // What frames the message is not the caller's to say.
        for (name, value) in [
            ("host", "evil"),
            ("content-length", "7"),
            ("transfer-encoding", "chunked"),
        ] {
            request = request.header(name, value).unwrap();
        }
        client.fetch(request).await.unwrap();
    });
    let ours =
        "accept-encoding: gzip\r\nuser-agent: options\r\nhost: a\r\ncontent-length: 5\r\n\r\n";
    let theirs =
        "user-agent: mine\r\naccept-encoding: gzip\r\nhost: a\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(
        scripts.heads(),
        [
            format!("http://a\r\nPOST / HTTP/1.1\r\n{ours}"),
            format!("hello{theirs}").replacen("hello", "http://a\r\nhelloPUT / HTTP/1.1\r\n", 1)
        ]
    );
}

#[test]
fn h6_some_methods_need_a_body_and_some_cannot_have_one() {
    run(async || {
        let client = Scripts::default().client();
        for method in [Method::POST, Method::PUT, Method::PATCH] {
            let request = HttpRequest::new("http://a/").method(method);
            assert!(matches!(
                client.fetch(request).await,
                Err(FetchError::Invalid(_))
            ));
        }
        for method in [Method::GET, Method::HEAD, Method::CONNECT] {
            let request = HttpRequest::new("http://a/").method(method).body("x");
            assert!(matches!(
                client.fetch(request).await,
                Err(FetchError::Invalid(_))
            ));
        }
    });
}

/// H8: the time in the queue counts.
#[test]
fn h8_above_max_clients_requests_wait_in_the_order_in_which_they_came() {
    let slow: &[&str] = &["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no"];
    let scripts = Scripts::new(&[slow, &[OK, OK, OK]]);
    let order = Rc::new(RefCell::new(Vec::new()));
    let options = ClientOptions {
        max_clients: 1,
        ..ClientOptions::default()
    };
    run(async || {
        let client = scripts.client_with(options);
        let mut tasks = Vec::new();
        for n in 0..4 {
            let mut request = HttpRequest::new(format!("http://a/{n}"));
            if n == 0 || n == 2 {
                request = request.request_timeout(Duration::from_secs(5 + n));
            }
            let fetched = client.fetch(request);
            let order = order.clone();
            tasks.push(spawn(async move {
                let line = fetched
                    .await
                    .map_or_else(|error| error.to_string(), |_| "ok".into());
                order.borrow_mut().push(format!("{n} {line}"));
            }));
        }
        // The first is closed in the middle; the third gives up while it waits.
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(order.take(), ["0 Stream closed", "1 ok", "2 ok", "3 ok"]);
}

#[test]
fn h8_the_time_in_the_queue_counts_and_who_gives_up_leaves_the_queue() {
    run(async || {
        let client = never();
        let begin = IoLoop::current().time();
        let first = spawn(client.fetch("http://a/"));
        let request = HttpRequest::new("http://a/").request_timeout(Duration::from_secs(2));
        let second = spawn(client.fetch(request));
        let third = spawn(client.fetch("http://a/"));
        let error = second.await.unwrap().unwrap_err();
        assert_eq!(error.to_string(), "Timeout in request queue");
        assert_eq!((IoLoop::current().time() - begin).as_secs(), 2);
        assert!(first.await.unwrap().is_err());
        assert!(third.await.unwrap().is_err());
        assert_eq!((IoLoop::current().time() - begin).as_secs(), 14);
    });
}

#[test]
fn a_fetch_that_is_dropped_closes_its_connection_and_gives_its_place_back() {
    run(async || {
        let client = never();
        let first = spawn(client.fetch("http://a/"));
        let second = spawn(client.fetch("http://a/"));
        sleep(Duration::from_secs(1)).await;
        first.abort();
        let begin = IoLoop::current().time();
        assert!(second.await.unwrap().is_err());
        assert_eq!((IoLoop::current().time() - begin).as_secs(), 7);
        sleep(Duration::ZERO).await;
        assert_eq!(IoLoop::current().tasks(), 0);
    });
}
