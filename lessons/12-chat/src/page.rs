//! What a browser gets before the WebSocket.

use web::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use web::{Application, Handler, Limits, Reply, Request};

use crate::{Member, Rooms};

/// Scripts, styles and connections of this server alone, and nothing in the page's own text. In a frame of another page
/// it is not shown.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A file of the page, which is in the program.
struct File {
    kind: &'static str,
    content: &'static str,
}

const HTML: File = File {
    kind: "text/html; charset=utf-8",
    content: include_str!("../page/index.html"),
};
const CSS: File = File {
    kind: "text/css; charset=utf-8",
    content: include_str!("../page/chat.css"),
};
const SCRIPT: File = File {
    kind: "text/javascript; charset=utf-8",
    content: include_str!("../page/chat.js"),
};

impl Handler for &'static File {
    const ALLOW: &'static str = "GET, HEAD";

    async fn get(&mut self, _: &mut Request, reply: &mut Reply) -> web::Result {
        reply.set_header(CONTENT_TYPE, self.kind)?;
        reply.set_header(CONTENT_SECURITY_POLICY, POLICY)?;
        reply.set_header(X_CONTENT_TYPE_OPTIONS, "nosniff")?;
        reply.set_header(REFERRER_POLICY, "no-referrer")?;
        // It changes with the program.
        reply.set_header(CACHE_CONTROL, "no-cache")?;
        reply.write(self.content);
        Ok(())
    }
}

/// The page at `/`, and the rooms behind it at `/ws`.
#[must_use]
pub fn application(rooms: Rooms) -> Application {
    Application::new()
        .route("/", || &HTML)
        .route("/chat.css", || &CSS)
        .route("/chat.js", || &SCRIPT)
        .websocket("/ws", move || Member::new(rooms.clone()))
        .limits(Limits {
            // Nothing is uploaded here.
            body: 0,
            ..Limits::default()
        })
}
