//! What must not get out, nor in.

mod logged;
mod wire;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use ioloop::sleep;
use web::{Application, Cookie, Handler, HeaderName, HeaderValue, Reply, Request, Server};

use logged::logged;
use wire::{Peer, ask, run};

/// FG11.
#[test]
fn fg11_no_header_cookie_or_address_can_have_a_line_end() {
    struct Headers;
    impl Handler for Headers {
        async fn get(&mut self, _: &mut Request, reply: &mut Reply) -> web::Result {
            for evil in ["a\r\nX: y", "a\nb", "a\rb", "a\0b", "\r\n\r\n<script>"] {
                assert!(reply.set_header("x-a", evil).is_err());
                assert!(reply.add_header("x-a", evil).is_err());
                assert!(reply.set_header(evil, "a").is_err());
                assert!(reply.redirect(evil).is_err());
                assert!(Cookie::new(evil, "a").is_err());
                assert!(Cookie::new("a", evil).is_err());
                assert!(Cookie::new("a", "b").unwrap().path(evil).is_err());
            }
            reply.set_cookie(&Cookie::new("a", "b").unwrap().path("/x y").unwrap());
            reply.set_cookie(&Cookie::new("c", "").unwrap().max_age(Duration::ZERO));
            Ok(())
        }
    }
    let answer = ask(Application::new().route("/", || Headers), "GET / HTTP/1.1");
    assert_eq!(answer.status, 200);
    let cookies: Vec<&str> = answer
        .head
        .lines()
        .filter(|line| line.starts_with("set-"))
        .collect();
    assert_eq!(
        cookies,
        [
            "set-cookie: a=b; Path=/x y; HttpOnly; SameSite=Lax",
            "set-cookie: c=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"
        ]
    );
}

/// FG11: for every byte, whatever stands around it.
#[test]
fn fg11_of_all_bytes_those_that_could_end_a_line_are_refused_everywhere() {
    for byte in 0..=u8::MAX {
        let text = [b"a", &[byte][..], b"b"].concat();
        let ends = matches!(byte, b'\r' | b'\n' | 0);
        let value = HeaderValue::from_bytes(&text);
        assert!(!ends || value.is_err(), "{byte}");
        assert!(!ends || HeaderName::from_bytes(&text).is_err(), "{byte}");
        if let Ok(text) = std::str::from_utf8(&text) {
            // What a cookie takes is a part of one, and nothing more.
            if let Ok(cookie) = Cookie::new("a", text) {
                assert_eq!(cookie.to_string().split(';').count(), 4, "{byte}");
            }
        }
    }
}

/// A folder with a file, and a secret beside it. Removed when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let base = std::env::temp_dir().join(format!("web-{name}-{}", std::process::id()));
        fs::create_dir_all(base.join("static/sub")).unwrap();
        fs::write(base.join("secret.txt"), "secret").unwrap();
        for file in ["page.html", "sub/index.html", "a b.txt", "sub/..name"] {
            fs::write(base.join("static").join(file), format!("this is {file}")).unwrap();
        }
        fs::write(base.join("static/big.bin"), vec![b'x'; 600_000]).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::symlink;
            symlink("../secret.txt", base.join("static/out.txt")).unwrap();
            symlink(base.join("secret.txt"), base.join("static/absolute.txt")).unwrap();
            symlink("..", base.join("static/up")).unwrap();
            symlink("page.html", base.join("static/in.html")).unwrap();
        }
        Self(base)
    }

    fn application(&self) -> Application {
        Application::new()
            .static_files("/static/", self.0.join("static"))
            .unwrap()
    }

    fn get(&self, path: &str) -> wire::Answer {
        let mut answer = None;
        logged(|| answer = Some(ask(self.application(), &format!("GET {path} HTTP/1.1"))));
        answer.unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

/// I6.
#[test]
fn i6_static_files_and_their_addresses() {
    struct Links;
    impl Handler for Links {
        async fn get(&mut self, _: &mut Request, reply: &mut Reply) -> web::Result {
            reply.write(reply.static_url("page.html"));
            reply.render("links.html", ())?;
            Ok(())
        }
    }
    let folder = Folder::new("static");
    let answer = folder.get("/static/page.html");
    assert_eq!(answer.body, "this is page.html");
    assert_eq!(
        answer.header("content-type"),
        Some("text/html; charset=UTF-8")
    );
    assert_eq!(answer.header("content-length"), Some("17"));
    assert_eq!(folder.get("/static/sub/").body, "this is sub/index.html");
    assert_eq!(folder.get("/static/a%20b.txt").body, "this is a b.txt");
    assert_eq!(folder.get("/static/sub/..name").body, "this is sub/..name");
    assert_eq!(folder.get("/static/big.bin").body.len(), 600_000);
    assert_eq!(folder.get("/static/nothing").status, 404);
    #[cfg(unix)]
    assert_eq!(folder.get("/static/in.html").body, "this is page.html");

    let tag = answer.header("etag").unwrap();
    let again = ask(
        folder.application(),
        &format!("GET /static/page.html HTTP/1.1\r\nIf-None-Match: {tag}"),
    );
    assert_eq!((again.status, &*again.body), (304, ""));

    let template = "{{ static_url('page.html') }} {{ static_url('nothing') }}";
    let application = folder
        .application()
        .template("links.html", template)
        .unwrap();
    let links = ask(application.route("/", || Links), "GET / HTTP/1.1").body;
    let version = tag.trim_matches('"');
    let url = format!("/static/page.html?v={version}");
    assert_eq!(
        links.replace("&#x2f;", "/"),
        format!("{url}{url} /static/nothing")
    );
    assert_eq!(
        folder.get(&url).header("cache-control"),
        Some("public, max-age=31536000, immutable")
    );
}

#[test]
fn fg12_nothing_outside_of_the_folder_can_be_had() {
    let folder = Folder::new("outside");
    let paths = [
        "../secret.txt",
        "sub/../../secret.txt",
        "sub/../page.html",
        "%2e%2e/secret.txt",
        "%2E%2e%2fsecret.txt",
        "..%2fsecret.txt",
        "%252e%252e/secret.txt",
        "..%5csecret.txt",
        "..\\secret.txt",
        "/page.html",
        "%2fetc/passwd",
        "/etc/passwd",
        "//etc/passwd",
        "./page.html",
        "sub//index.html",
        "page.html%00",
        "page.html%00.txt",
        "page.html/",
        "page.html/x",
        "C:/page.html",
        "page.html::$DATA",
        "out.txt",
        "absolute.txt",
        "up/secret.txt",
        "sub",
        "",
    ];
    for path in paths {
        let answer = folder.get(&format!("/static/{path}"));
        assert_eq!(answer.status, 404, "{path}: {}", answer.body);
        assert!(!answer.body.contains("secret"), "{path}");
    }
    assert_eq!(folder.get("/static/%ff").status, 400);
}

/// FG12: every path of three pieces of those that have let somebody out somewhere.
#[test]
fn fg12_no_path_of_odd_pieces_leads_out() {
    let folder = Folder::new("pieces");
    let pieces = [
        "..",
        "%2e%2e",
        "/",
        "%2f",
        "\\",
        "%5c",
        "sub",
        ".",
        "secret.txt",
        "%00",
        "up",
        "//",
    ];
    run(async || {
        let server = Server::new(folder.application());
        let (mut peer, _) = Peer::of(&server);
        for a in pieces {
            for b in pieces {
                for c in pieces {
                    let path = format!("/static/{a}{b}{c}{b}secret.txt");
                    peer.send(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"))
                        .await;
                    let answer = peer.answer().await;
                    assert_eq!(answer.status, 404, "{path}");
                }
            }
        }
    });
}

#[test]
fn fg14_a_panic_of_a_handler_is_500_and_closes_its_connection_alone() {
    struct Panics;
    impl Handler for Panics {
        async fn get(&mut self, request: &mut Request, reply: &mut Reply) -> web::Result {
            reply.write("half");
            match request.path_argument(0) {
                "now" => panic!("at {}", "once"),
                "later" => sleep(Duration::from_secs(1)).await,
                "flushed" => reply.flush().await?,
                _ => return Ok(()),
            }
            panic!("later");
        }
    }
    let server = || Server::new(Application::new().route("/(.*)", || Panics));
    let lines = logged(|| {
        run(async || {
            let server = server();
            let (mut other, _) = Peer::of(&server);
            for path in ["now", "later"] {
                let (mut peer, served) = Peer::of(&server);
                peer.send(format!("GET /{path} HTTP/1.1\r\nHost: a\r\n\r\n"))
                    .await;
                let answer = peer.answer().await;
                assert_eq!(
                    (answer.status, answer.header("connection")),
                    (500, Some("close"))
                );
                assert!(!answer.body.contains("half"));
                assert_eq!(peer.rest().await, "");
                drop(peer);
                served.await.unwrap();
            }
            let (mut peer, _) = Peer::of(&server);
            peer.send("GET /flushed HTTP/1.1\r\nHost: a\r\n\r\n").await;
            assert!(peer.rest().await.ends_with("4\r\nhalf\r\n"));
            other.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
            assert_eq!(other.answer().await.body, "half");
        });
    });
    assert_eq!(
        lines[0],
        "ERROR Uncaught panic GET /now (127.0.0.1): at once"
    );
    assert_eq!(
        lines[2],
        "ERROR Uncaught panic GET /later (127.0.0.1): later"
    );
}

struct Ok200;

impl Handler for Ok200 {}

#[test]
fn fg20_the_log_has_no_control_characters_and_no_secrets() {
    let lines = logged(|| {
        let request = "GET /a%0d%0aFAKE\u{9b}\u{2028}x?token=secret HTTP/1.1\r\n\
                       Authorization: Basic secret\r\nCookie: secret=1";
        ask(Application::new().route("(?s).*", || Ok200), request);
    });
    let [line] = &lines[..] else {
        panic!("{lines:?}");
    };
    assert!(!line.contains("secret"), "{line}");
    assert!(!line.chars().any(char::is_control), "{line:?}");
    assert!(
        line.starts_with("WARN 405 GET /a%0d%0aFAKE\\u{9b}\\u{2028}x ("),
        "{line}"
    );
}

struct Form;

impl Handler for Form {
    async fn post(&mut self, request: &mut Request, reply: &mut Reply) -> web::Result {
        reply.write(format!("{:?}", request.arguments("a")?));
        for file in request.files()? {
            let body = String::from_utf8_lossy(&file.body);
            reply.write(format!(
                " {} {:?} {} {body:?}",
                file.field, file.name, file.content_type
            ));
        }
        Ok(())
    }
}

fn form(content_type: &str, body: &str) -> (u16, String) {
    run(async || {
        let server = Server::new(Application::new().route("/", || Form));
        let (mut peer, _) = Peer::of(&server);
        let length = body.len();
        peer.send(format!(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: {content_type}\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        ))
        .await;
        let answer = peer.answer().await;
        (answer.status, answer.body)
    })
}

fn part(head: &str, body: &str) -> String {
    format!("--XX\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n")
}

#[test]
fn fg21_a_form_of_several_parts() {
    let parts = [
        part("name=a", "1\r\n--X"),
        part(r#"name="f"; filename="D:\a\"b.txt""#, "\r\n\r\n"),
        part(r#"filename=x; name="a b""#, ""),
        part(r#"name="a""#, "é"),
    ];
    let body = format!("preamble\r\n{}--XX--\r\nepilogue", parts.concat());
    let (status, said) = form("Multipart/Form-Data; boundary=\"XX\"", &body);
    let file = r#"f "D:\\a\"b.txt" application/octet-stream "\r\n\r\n""#;
    let other = r#"a b "x" application/octet-stream """#;
    assert_eq!(
        (status, said),
        (200, format!(r#"["1\r\n--X", "é"] {file} {other}"#))
    );
}

#[test]
fn fg21_a_form_that_is_broken_is_400() {
    let good = part("name=a", "1");
    let end = "--XX--\r\n";
    let kind = "multipart/form-data; boundary=XX";
    assert_eq!(form(kind, &format!("{good}{end}")).0, 200);
    let broken = [
        (kind, ""),
        (kind, &good),
        (kind, &format!("{good}--XX")),
        (kind, "--XX\r\nContent-Disposition: form-data; name=a"),
        (kind, "--XX\r\n\r\n\r\n--XX--"),
        (kind, &format!("{}{end}", part("", "x"))),
        (kind, &format!("{}{end}", part("name=\"a", "x"))),
        ("multipart/form-data", &format!("{good}{end}")),
        ("multipart/form-data; boundary=", &format!("{good}{end}")),
    ];
    for (kind, body) in broken {
        assert_eq!(form(kind, body).0, 400, "{kind} {body:?}");
    }
    assert_eq!(form(kind, &format!("{}{end}", good.repeat(100))).0, 200);
    assert_eq!(form(kind, &format!("{}{end}", good.repeat(101))).0, 400);
}

/// FG21: a megabyte that is almost nothing but the beginnings of delimiters, and one of nothing but arguments. Looked at
/// byte by byte this is done before anybody notices; anything quadratic is 10^12 steps.
#[test]
fn fg21_a_form_is_read_in_linear_time() {
    let kind = "multipart/form-data; boundary=XX";
    let near = format!("{}--XX--", part("name=a", &"\r\n--X".repeat(200_000)));
    assert_eq!(form(kind, &near).0, 200);
    let heads = format!("--XX\r\n{}", "a: b; c=\"\\\"\r\n".repeat(70_000));
    assert_eq!(form(kind, &heads).0, 400);
    let quotes = format!(
        "--XX\r\nContent-Disposition: form-data{}\r\n\r\n\r\n--XX--",
        ";a=\"".repeat(1500)
    );
    assert_eq!(form(kind, &quotes).0, 400);
    let arguments = "a=1&".repeat(250_000);
    assert_eq!(form("application/x-www-form-urlencoded", &arguments).0, 200);
}
