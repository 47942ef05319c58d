use http::header::{COOKIE, HOST, ORIGIN};
use url::Url;

use crate::Request;

/// Whether the page that opens a WebSocket is one of this server: its `Origin` is this scheme, host and port, exactly.
///
/// A browser says where a page is from, and page and cookies of another place would otherwise get in here. Who is no
/// browser may leave it out; then there must be no cookie.
///
/// `scheme` is how the server looks from outside: `"http"`, or `"https"` behind a proxy that has the certificate.
#[must_use]
pub fn same_origin(request: &Request, scheme: &str) -> bool {
    let headers = request.headers();
    let mut origins = headers.get_all(ORIGIN).iter();
    let Some(origin) = origins.next() else {
        return !headers.contains_key(COOKIE);
    };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let (Ok(origin), Some(host), None) = (origin.to_str(), host, origins.next()) else {
        return false;
    };
    let ours = Url::parse(&format!("{scheme}://{host}"));
    ours.is_ok_and(|ours| ours.origin().is_tuple() && ours.origin().ascii_serialization() == origin)
}
