//! `multipart/form-data`.

use bytes::Bytes;
use memchr::memmem;

use crate::error::{HttpError, Result};

/// More than a form has.
const PARTS: usize = 100;
/// More than the headers of a part have.
const HEADER_BYTES: usize = 8 << 10;

/// A file that was sent with a form.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct File {
    /// The name of the form's field.
    pub field: String,
    /// What the client calls the file: any text at all, so not a path to write to.
    pub name: String,
    /// What the client says that it is.
    pub content_type: String,
    /// What is in it.
    pub body: Bytes,
}

type Arguments = Vec<(String, String)>;

/// The arguments and the files of a form. It looks at each byte once, and at 100 parts at most.
pub(crate) fn multipart(content_type: &str, body: &Bytes) -> Result<(Arguments, Vec<File>)> {
    let broken = |what: &str| HttpError::bad_request(format!("multipart/form-data: {what}"));
    let boundary = parameter(content_type, "boundary").unwrap_or_default();
    if boundary.is_empty() || boundary.len() > 70 {
        return Err(broken("no boundary"));
    }
    let delimiter = format!("\r\n--{boundary}");
    let finder = memmem::Finder::new(&delimiter);
    let (mut arguments, mut files) = (Vec::new(), Vec::new());

    // The first delimiter needs no line before it.
    let first = &delimiter.as_bytes()[2..];
    let mut at = match body.starts_with(first) {
        true => first.len(),
        false => finder.find(body).ok_or_else(|| broken("no parts"))? + delimiter.len(),
    };
    loop {
        let rest = &body[at..];
        if rest.starts_with(b"--") {
            return Ok((arguments, files));
        }
        if !rest.starts_with(b"\r\n") {
            return Err(broken("a delimiter without an end"));
        }
        if arguments.len() + files.len() == PARTS {
            return Err(broken("too many parts"));
        }
        at += 2;
        let end = finder.find(&body[at..]);
        let end = at + end.ok_or_else(|| broken("a part without an end"))?;
        let part = body.slice(at..end);
        let head = &part[..part.len().min(HEADER_BYTES)];
        let head =
            memmem::find(head, b"\r\n\r\n").ok_or_else(|| broken("headers without an end"))?;
        let headers = std::str::from_utf8(&part[..head]).map_err(|_| broken("not UTF-8"))?;
        let value = part.slice(head + 4..);
        let disposition = header(headers, "content-disposition").unwrap_or_default();
        let field = parameter(disposition, "name").ok_or_else(|| broken("a part has no name"))?;
        match parameter(disposition, "filename") {
            Some(name) => files.push(File {
                field,
                name,
                content_type: header(headers, "content-type")
                    .unwrap_or("application/octet-stream")
                    .to_owned(),
                body: value,
            }),
            None => {
                let value = String::from_utf8(value.into()).map_err(|_| broken("not UTF-8"))?;
                arguments.push((field, value));
            }
        }
        at = end + delimiter.len();
    }
}

fn header<'a>(headers: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = headers
        .split("\r\n")
        .filter_map(|line| line.split_once(':'));
    let (_, value) = pairs.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    Some(value.trim())
}

/// A parameter of a header's value: `name=value` or `name="value"`, after the first `;`.
fn parameter(value: &str, name: &str) -> Option<String> {
    let mut rest = value.split_once(';')?.1;
    loop {
        let (known, value) = rest.split_once('=')?;
        let value = value.trim_start();
        let (value, after) = match value.strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => {
                let end = value.find(';').unwrap_or(value.len());
                (value[..end].trim().to_owned(), &value[end..])
            }
        };
        if known.trim().eq_ignore_ascii_case(name) {
            return Some(value);
        }
        rest = after.split_once(';')?.1;
    }
}

/// What is before the closing quote, and what is after it. A backslash quotes a quote and a backslash.
fn unquoted(quoted: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = quoted.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &quoted[at + 1..])),
            '\\' => match chars.next_if(|(_, next)| matches!(next, '"' | '\\')) {
                Some((_, next)) => value.push(next),
                // Browsers write the paths of Windows as they are.
                None => value.push('\\'),
            },
            c => value.push(c),
        }
    }
    None
}
