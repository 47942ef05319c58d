//! The client: where it goes, and where it does not.

mod scripts;
mod wire;

use web::{FetchError, HttpRequest, Method};

use scripts::{OK, Scripts, fetched, fetched_by};
use wire::run;

fn leads(status: u16, to: &str) -> String {
    format!("HTTP/1.1 {status} X\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n")
}

fn lines(heads: &[String]) -> Vec<String> {
    heads
        .iter()
        .map(|head| {
            let mut lines = head.split("\r\n");
            let (origin, line) = (lines.next().unwrap(), lines.next().unwrap());
            format!("{origin} {}", line.trim_end_matches(" HTTP/1.1"))
        })
        .collect()
}

#[test]
fn h10_redirects_are_followed_and_the_method_changes_as_in_tornado_6() {
    for (status, method, then) in [
        (301, Method::GET, "GET"),
        (301, Method::POST, "GET"),
        (302, Method::POST, "GET"),
        (302, Method::PUT, "PUT"),
        (303, Method::PUT, "GET"),
        (303, Method::HEAD, "HEAD"),
        (307, Method::POST, "POST"),
        (308, Method::PUT, "PUT"),
    ] {
        let scripts = Scripts::new(&[&[&leads(status, "../b?c"), OK]]);
        let mut request = HttpRequest::new("http://a/x/y").method(method.clone());
        if method != Method::GET && method != Method::HEAD {
            request = request
                .body("")
                .header("Content-Type", "text/plain")
                .unwrap();
        }
        let response = run(async || scripts.client().fetch(request).await.unwrap());
        assert_eq!(response.effective_url().as_str(), "http://a/b?c");
        let heads = scripts.heads();
        assert_eq!(
            lines(&heads)[1],
            format!("http://a {then} /b?c"),
            "{status} {method}"
        );
        let has_type = heads[1].contains("content-type");
        assert_eq!(
            has_type,
            matches!(then, "PUT" | "POST"),
            "{status} {method}"
        );
    }
}

#[test]
fn fh04_a_loop_of_redirects_ends_after_5() {
    let there = leads(302, "http://a/");
    let scripts = Scripts::new(&[&[&there[..]; 6]]);
    run(async || {
        let error = scripts.client().fetch("http://a/").await.unwrap_err();
        assert!(matches!(error, FetchError::TooManyRedirects));
    });
    assert_eq!(scripts.heads().len(), 6);
}

#[test]
fn fh04_with_no_redirects_to_follow_one_is_a_response() {
    let request = HttpRequest::new("http://a/").max_redirects(0).any_status();
    let response = fetched_by(leads(302, "http://b/"), request).unwrap();
    assert_eq!(response.header("location"), Some("http://b/"));
}

#[test]
fn fh04_who_we_are_is_not_told_to_another_origin() {
    let request = |to: &str| {
        let scripts = Scripts::new(&[&[&leads(307, to), OK], &[OK]]);
        let request = HttpRequest::new("http://a/")
            .header("Authorization", "Basic x")
            .and_then(|request| request.header("Cookie", "a=b"))
            .and_then(|request| request.header("X-Mine", "1"))
            .unwrap();
        run(async || scripts.client().fetch(request).await.unwrap());
        let head = scripts.heads().pop().unwrap();
        assert!(head.contains("x-mine: 1"));
        (head.contains("authorization"), head.contains("cookie"))
    };
    assert_eq!(request("/b"), (true, true));
    assert_eq!(request("http://a:80/b"), (true, true));
    for other in [
        "http://b/",
        "http://a:81/",
        "https://a/",
        "//a.b/",
        "http://A.a/",
    ] {
        assert_eq!(request(other), (false, false), "{other}");
    }
}

#[test]
fn fh04_it_leads_nowhere_but_to_http() {
    for to in [
        "file:///etc/passwd",
        "ftp://a/",
        "data:,x",
        "javascript:1",
        "http://u:p@b/",
        "http://b:0/",
    ] {
        let error = fetched(leads(302, to)).unwrap_err();
        assert!(matches!(error, FetchError::Invalid(_)), "{to}: {error}");
    }
    let error = fetched(leads(302, "http://[")).unwrap_err();
    assert!(matches!(error, FetchError::Malformed(_)), "{error}");
}

#[test]
fn fh05_no_line_end_gets_into_a_request() {
    for evil in ["a\r\nX: y", "a\nb", "a\rb", "a\0b"] {
        assert!(HttpRequest::new("http://a/").header("x", evil).is_err());
        assert!(HttpRequest::new("http://a/").header(evil, "x").is_err());
        assert!(Method::from_bytes(evil.as_bytes()).is_err());
        for url in [
            format!("http://a/{evil}"),
            format!("http://{evil}/"),
            format!("http://a/?{evil}"),
        ] {
            let error = run(async || Scripts::default().client().fetch(url).await.unwrap_err());
            assert!(matches!(error, FetchError::Invalid(_)));
        }
    }
}

/// FH08: one parser, that of the WHATWG, for every address; the table has what has deceived others.
#[test]
fn fh08_an_address_is_what_the_one_parser_says() {
    let goes = |url: &str| {
        let scripts = Scripts::new(&[&[OK]]);
        let outcome = run(async || scripts.client().fetch(url).await);
        match outcome {
            Ok(_) => scripts.heads()[0]
                .split("\r\n")
                .take(2)
                .collect::<Vec<_>>()
                .join(" "),
            Err(FetchError::Invalid(_)) => "invalid".to_owned(),
            Err(error) => panic!("{url}: {error}"),
        }
    };
    let table = [
        ("http://EXAMPLE.com", "http://example.com GET / HTTP/1.1"),
        ("http://a:80/", "http://a GET / HTTP/1.1"),
        ("http://a:65535/", "http://a:65535 GET / HTTP/1.1"),
        ("http://a:65536/", "invalid"),
        ("http://a:0/", "invalid"),
        ("http://a:-1/", "invalid"),
        ("http://a@b/", "invalid"),
        ("http://a:b@c/", "invalid"),
        ("http://a\\@b/", "http://a GET /@b/ HTTP/1.1"),
        ("http://a#@b/", "http://a GET / HTTP/1.1"),
        ("http://a?@b/", "http://a GET /?@b/ HTTP/1.1"),
        ("http:a", "http://a GET / HTTP/1.1"),
        ("http:///a", "http://a GET / HTTP/1.1"),
        ("http://", "invalid"),
        ("/a", "invalid"),
        ("a", "invalid"),
        ("ftp://a/", "invalid"),
        ("http://0x7f.1/", "http://127.0.0.1 GET / HTTP/1.1"),
        ("http://[::1]:81/", "http://[::1]:81 GET / HTTP/1.1"),
        ("http://[fe80::1%25eth0]/", "invalid"),
        ("http://[::1/", "invalid"),
        (
            "http://bücher.example/ü?ü",
            "http://xn--bcher-kva.example GET /%C3%BC?%C3%BC HTTP/1.1",
        ),
        ("http://a b/", "invalid"),
        ("http://a%00b/", "invalid"),
        (
            "http://a/a b|\"<>",
            "http://a GET /a%20b|%22%3C%3E HTTP/1.1",
        ),
        ("http://a/../b/./c", "http://a GET /b/c HTTP/1.1"),
    ];
    for (url, expected) in table {
        assert_eq!(goes(url), expected, "{url}");
    }
}
