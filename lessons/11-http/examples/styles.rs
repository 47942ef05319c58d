//! A in four styles, and B beside it: `cargo run -p lesson-11-http --example styles`

use std::num::NonZero;

use ioloop::{IoLoop, spawn};
use lesson_01_blocking::request_b;
use lesson_11_http::{FOUR, blocking, callback, coroutine, future, stand_in};
use timeline::{Story, tell};
use web::{AsyncHttpClient, Cores};

/// Serves A and B, and says of A's error where it comes out.
type Serve = fn(String);

const STYLES: [(&str, Serve); 4] = [
    ("blocking", |url| {
        if let Err(error) = blocking(&url) {
            tell(format!("the caller gets {error}"));
        }
        request_b();
    }),
    ("callback", |url| {
        let io_loop = IoLoop::current();
        io_loop.add_callback(move || {
            callback(&AsyncHttpClient::new(), &url, || IoLoop::current().stop());
            request_b();
        });
        io_loop.run();
    }),
    ("future", |url| {
        ioloop::block_on(async {
            let a = spawn(future(AsyncHttpClient::new(), url));
            let b = spawn(async { request_b() });
            if let Err(error) = a.await.expect("A does not panic") {
                tell(format!("who awaits A gets {error}"));
            }
            b.await.expect("B does not panic");
        });
    }),
    ("coroutine", |url| {
        ioloop::block_on(async {
            let a = coroutine(url);
            request_b();
            if let Err(error) = a.await {
                tell(format!("who awaits A gets {error}"));
            }
        });
    }),
];

/// What is told in each style: where the service answers, and where it has no such page.
pub(crate) fn report() -> String {
    // On a thread of its own: a caller that blocks could not serve it.
    let service = Cores::serve("127.0.0.1:0", NonZero::new(1), || stand_in(None));
    let service = service.expect("a port on this machine");
    let ip = FOUR[0];
    let mut report = String::new();
    for page in ["where", "wher"] {
        report += &format!("/{page}?ip={ip}\n");
        for (style, serve) in STYLES {
            let url = format!("http://{}/{page}?ip={ip}", service.address());
            let told = Story::new().run(|| serve(url)).expect("nobody panics");
            report += &format!("  {style:<11}{}\n", told.told().join(", "));
        }
    }
    report
}

fn main() {
    print!("{}", report());
}
