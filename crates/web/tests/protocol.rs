//! What a server answers to what is not quite HTTP. "hyper's choice" stands beside what its parser decides.

mod logged;
mod wire;

use web::{Application, Handler, Reply, Request};

use logged::logged;
use wire::say;

/// Says what it has understood.
struct Echo;

impl Handler for Echo {
    async fn get(&mut self, request: &mut Request, reply: &mut Reply) -> web::Result {
        reply.write(format!("{} {} [", request.method(), request.path()));
        reply.write(request.body());
        reply.write("]");
        Ok(())
    }

    async fn post(&mut self, request: &mut Request, reply: &mut Reply) -> web::Result {
        self.get(request, reply).await
    }
}

/// What comes back: for each answer the status, and the body if it is the handler's.
fn answers(bytes: &str) -> Vec<String> {
    let mut said = String::new();
    logged(|| said = say(Application::new().route("(?s).*", || Echo), bytes));
    let answers = said.split("HTTP/1.").skip(1);
    let short = answers.map(|answer| {
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let mut short = head[2..5].to_owned();
        if !body.is_empty() && !body.starts_with('<') {
            short += &format!(" {body}");
        }
        if head.contains("connection: close") {
            short += ", close";
        }
        short
    });
    short.collect()
}

const NEXT: &str = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";

/// The answers to a request with these lines after `Host`, and this body, and one more request behind.
fn post(lines: &str, body: &str) -> Vec<String> {
    answers(&format!(
        "POST / HTTP/1.1\r\nHost: a\r\n{lines}\r\n\r\n{body}{NEXT}"
    ))
}

fn chunked(body: &str) -> Vec<String> {
    post("Transfer-Encoding: chunked", body)
}

fn get(lines: &str) -> Vec<String> {
    answers(&format!("GET / HTTP/1.1\r\n{lines}\r\n\r\n{NEXT}"))
}

const REFUSED: [&str; 1] = ["400, close"];
const NEXT_TOO: &str = "200 GET /next []";

/// FG01.
#[test]
fn fg01_a_length_is_one_number_and_nothing_else() {
    for length in [
        "+3",
        "-3",
        "0x3",
        "1_0",
        "3, 3",
        "3 3",
        "",
        "18446744073709551616",
    ] {
        assert_eq!(
            post(&format!("Content-Length: {length}"), "abc"),
            REFUSED,
            "{length}"
        );
    }
    assert_eq!(
        post("Content-Length: 3\r\nContent-Length: 4", "abc"),
        REFUSED
    );
    // hyper's choice: the same one twice is one, which RFC 9110 allows.
    let same = post("Content-Length: 3\r\nContent-Length: 3", "abc");
    assert_eq!(same, ["200 POST / [abc]", NEXT_TOO]);
}

/// FG01. hyper's choice: with both it goes by the chunks, as RFC 9112 allows, and closes, as it demands: what may have
/// been smuggled in behind is never read.
#[test]
fn fg01_with_both_a_length_and_chunks_nothing_behind_is_read() {
    let both = ["Content-Length: 3", "Transfer-Encoding: chunked"];
    for lines in [both, [both[1], both[0]]] {
        let answers = post(&lines.join("\r\n"), "0\r\n\r\n");
        assert_eq!(answers, ["200 POST / [], close"]);
    }
}

/// FG02.
#[test]
fn fg02_the_only_coding_is_chunked_and_once() {
    let body = "1\r\nx\r\n0\r\n\r\n";
    let coding = |coding: &str| post(&format!("Transfer-Encoding: {coding}"), body);
    assert_eq!(coding("ChunKED"), ["200 POST / [x]", NEXT_TOO]);
    for odd in [
        "xchunked",
        "chunked, gzip",
        "identity",
        "\x0bchunked",
        "chunked\0",
    ] {
        assert_eq!(coding(odd), REFUSED, "{odd:?}");
    }
    for several in [
        "gzip, chunked",
        "chunked, chunked",
        "chunked\r\nTransfer-Encoding: chunked",
    ] {
        assert_eq!(coding(several), ["501, close"], "{several:?}");
    }
    let old = format!("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
    assert_eq!(answers(&old), REFUSED);
}

/// FG03.
#[test]
fn fg03_a_chunk_is_its_length_in_hex_and_line_ends_are_crlf() {
    assert_eq!(
        chunked("2;a=b\r\nxy\r\n0A\r\n0123456789\r\n0\r\nT: t\r\n\r\n")[0],
        "200 POST / [xy0123456789]"
    );
    let broken = [
        "10000000000000001\r\nx\r\n0\r\n\r\n",
        "-1\r\nx\r\n0\r\n\r\n",
        "+1\r\nx\r\n0\r\n\r\n",
        "0x1\r\nx\r\n0\r\n\r\n",
        "\r\nx\r\n0\r\n\r\n",
        "g\r\nx\r\n0\r\n\r\n",
        "1\nx\n0\n\n",
        "1\r\nxyz\r\n0\r\n\r\n",
        "1;a\nb\r\nx\r\n0\r\n\r\n",
    ];
    for body in broken {
        assert_eq!(chunked(body), REFUSED, "{body:?}");
    }
}

/// FG03. The limits are hyper's choice: 16 KiB of extensions in a body, and the limits of headers for trailers.
#[test]
fn fg03_extensions_and_trailers_have_limits() {
    let long = "x".repeat(100_000);
    assert_eq!(chunked(&format!("1;{long}\r\nx\r\n0\r\n\r\n")), REFUSED);
    assert_eq!(
        chunked(&format!("1\r\nx\r\n0\r\nT: {long}\r\n\r\n")),
        REFUSED
    );
    let many = "T: t\r\n".repeat(200);
    assert_eq!(chunked(&format!("1\r\nx\r\n0\r\n{many}\r\n")), REFUSED);
}

/// FG03: any byte in the place of another in a chunked body is refused, or read as the bytes that are there.
#[test]
fn fg03_a_chunked_body_with_one_byte_changed_is_never_read_as_more_than_it_is() {
    let body = "2\r\nxy\r\n0\r\n\r\n";
    for at in 0..body.len() {
        for byte in b"\0\t\r\n 012;gx" {
            let mut changed = body.as_bytes().to_vec();
            changed[at] = *byte;
            let changed = String::from_utf8(changed).unwrap();
            // Closed at once behind it: what lacks bytes is no body.
            let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
            let all = answers(&format!("{head}{changed}"));
            let reference = reference(changed.as_bytes());
            match (all.first().map(String::as_str), reference) {
                (Some(ok), Some(body)) if ok.starts_with("200") => {
                    assert_eq!(ok, format!("200 POST / [{body}]"), "{changed:?}");
                }
                (Some(ok), None) => assert!(!ok.starts_with("200"), "{changed:?} {ok}"),
                _ => {}
            }
        }
    }
}

/// A slow reader of chunks that takes nothing but what the RFC says, with spaces before the line's end, which is hyper's
/// choice.
fn reference(mut bytes: &[u8]) -> Option<String> {
    let mut body = Vec::new();
    loop {
        let end = bytes.windows(2).position(|end| end == b"\r\n")?;
        let line = std::str::from_utf8(&bytes[..end]).ok()?;
        let size = line.split(';').next()?.trim_end_matches([' ', '\t']);
        let size = usize::from_str_radix(size, 16).ok()?;
        bytes = &bytes[end + 2..];
        if size == 0 {
            return String::from_utf8(body).ok();
        }
        body.extend_from_slice(bytes.get(..size)?);
        bytes = bytes.get(size..)?.strip_prefix(b"\r\n")?;
    }
}

/// FG05.
#[test]
fn fg05_a_request_has_one_host_that_is_one() {
    for host in [
        "Host: a",
        "Host: a.b:80",
        "Host: [::1]:80",
        "Host:",
        "hOST: a:",
    ] {
        assert_eq!(get(host), ["200 GET / []", NEXT_TOO], "{host}");
    }
    let odd = [
        "X: y",
        "Host: a\r\nHost: a",
        "Host: a b",
        "Host: a@b",
        "Host: a/b",
        "Host: a, b",
        "Host: a:b",
        "Host: a:99999",
        "Host: :80",
        "Host: [::1",
    ];
    for host in odd {
        assert_eq!(get(host), REFUSED, "{host}");
        // Also after one that was sound.
        let two = format!("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n{host}\r\n\r\n");
        assert_eq!(answers(&two), ["200 GET / []", REFUSED[0]], "{host}");
    }
    assert_eq!(answers("GET / HTTP/1.0\r\n\r\n"), ["200 GET / []"]);
}

/// FG06.
#[test]
fn fg06_what_is_no_header_is_refused() {
    for line in [
        "X : a",
        "X: a\r\n b",
        "X: a\0b",
        "X: a\rb",
        "X",
        ": x",
        "X\tY: z",
        "(: a",
    ] {
        assert_eq!(get(&format!("Host: a\r\n{line}")), REFUSED, "{line:?}");
    }
}

/// FG06. hyper's choice: a line may end in a bare LF. Nothing is before us that would see it otherwise.
#[test]
fn fg06_a_bare_lf_ends_a_line() {
    assert_eq!(answers("GET / HTTP/1.1\nHost: a\n\n"), ["200 GET / []"]);
}

/// FG08. hyper's choice: 431 where the whole head is too large, whatever part of it is.
#[test]
fn fg08_a_long_target_and_a_long_method_are_refused() {
    let target = |bytes| {
        answers(&format!(
            "GET /{} HTTP/1.1\r\nHost: a\r\n\r\n",
            "x".repeat(bytes)
        ))
    };
    assert!(target(8000)[0].starts_with("200"));
    assert_eq!(target(10_000), ["414, close"]);
    assert_eq!(target(1_000_000), ["431, close"]);
    let method = |bytes| {
        answers(&format!(
            "{} / HTTP/1.1\r\nHost: a\r\n\r\n",
            "X".repeat(bytes)
        ))
    };
    assert_eq!(method(1000), ["501, close"]);
    assert_eq!(method(100_000), ["431, close"]);
}

/// FG18.
#[test]
fn fg18_all_forms_of_a_target() {
    let answer = |request: &str| answers(&format!("{request} HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_eq!(answer("GET http://b/x?y"), ["200 GET /x []"]);
    assert_eq!(answer("GET http://b"), ["200 GET / []"]);
    assert_eq!(answer("OPTIONS *"), ["204"]);
    assert_eq!(answer("GET *"), REFUSED);
    assert_eq!(answer("CONNECT a:80"), ["405, close"]);
    assert_eq!(answer("GET a:80"), REFUSED);
    assert_eq!(answer("GET x"), REFUSED);
    assert_eq!(answer("GET http:///x"), REFUSED);
    assert_eq!(answer("\r\n\r\nGET /"), ["200 GET / []"]);
}

/// FG18.
#[test]
fn fg18_other_versions_and_other_protocols_are_refused() {
    for line in [
        "GET / HTTP/2.0",
        "GET / HTTP/1.2",
        "GET /",
        "GET  / HTTP/1.1",
        "\x16\x03\x01\x02",
    ] {
        assert_eq!(
            answers(&format!("{line}\r\nHost: a\r\n\r\n")),
            REFUSED,
            "{line:?}"
        );
    }
}
