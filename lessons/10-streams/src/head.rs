//! What stands before the blank line.

use std::error::Error;
use std::fmt;

/// The first line's status, and the headers.
pub(crate) struct Head {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
}

/// How one knows where the body ends.
pub(crate) enum Body {
    None,
    Length(usize),
    Chunks,
    UntilClose,
}

impl Head {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let text = std::str::from_utf8(bytes).map_err(|_| Malformed("the head"))?;
        let (first, rest) = text.split_once("\r\n").ok_or(Malformed("the head"))?;
        let status = match first.split(' ').collect::<Vec<_>>()[..] {
            ["HTTP/1.0" | "HTTP/1.1", status, ..] if status.len() == 3 => number(status, 10),
            _ => None,
        };
        let status = status.ok_or(Malformed("the status"))?;
        let mut headers = Vec::new();
        for line in rest.split("\r\n").filter(|line| !line.is_empty()) {
            // The first colon: a value may have others.
            let (name, value) = line.split_once(':').ok_or(Malformed("a header"))?;
            if name.is_empty() || name.contains(char::is_whitespace) {
                return Err(Malformed("the name of a header"));
            }
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let status = u16::try_from(status).map_err(|_| Malformed("the status"))?;
        Ok(Self { status, headers })
    }

    /// The values of all headers of this name, which is in small letters.
    fn all(&self, wanted: &'static str) -> impl Iterator<Item = &str> {
        let is = move |(name, _): &&(String, String)| name == wanted;
        self.headers.iter().filter(is).map(|(_, value)| &**value)
    }

    /// RFC 9112, section 6.3: what stands first there, counts first.
    pub(crate) fn body(&self) -> Result<Body, Malformed> {
        if matches!(self.status, 204 | 304) {
            return Ok(Body::None);
        }
        let mut codings = self.all("transfer-encoding");
        let mut lengths = self.all("content-length");
        if let Some(coding) = codings.next() {
            let chunked = coding.eq_ignore_ascii_case("chunked");
            // A length as well: that is how one answer is smuggled in as two.
            if !chunked || codings.next().is_some() || lengths.next().is_some() {
                return Err(Malformed("the transfer coding"));
            }
            return Ok(Body::Chunks);
        }
        let Some(length) = lengths.next() else {
            return Ok(Body::UntilClose);
        };
        if lengths.any(|other| other != length) {
            return Err(Malformed("two lengths"));
        }
        let length = number(length, 10).ok_or(Malformed("the length"))?;
        Ok(Body::Length(length))
    }
}

/// Digits and nothing else: `parse` would take a sign, too.
pub(crate) fn number(digits: &str, radix: u32) -> Option<usize> {
    let all = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    all.then(|| usize::from_str_radix(digits, radix).ok())?
}

/// What of an answer is not as the standard says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed(pub(crate) &'static str);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "malformed: {}", self.0)
    }
}

impl Error for Malformed {}
