use std::fmt;
use std::time::Duration;

use http::HeaderValue;

/// A cookie to set. `HttpOnly` and `SameSite=Lax` unless told otherwise.
///
/// Nothing in it can be more than it should be: what has no place in a cookie is refused.
///
/// ```
/// use web::Cookie;
///
/// let cookie = Cookie::new("user", "anna")?.secure();
/// assert_eq!(cookie.to_string(), "user=anna; Path=/; HttpOnly; SameSite=Lax; Secure");
/// assert!(Cookie::new("user", "anna; Domain=elsewhere").is_err());
/// # Ok::<(), web::InvalidCookie>(())
/// ```
#[derive(Clone, Debug)]
pub struct Cookie {
    name: String,
    value: String,
    path: String,
    max_age: Option<Duration>,
    script: bool,
    secure: bool,
}

/// What was to be in a cookie has no place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidCookie;

impl fmt::Display for InvalidCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a cookie's name, value or path has characters that are not allowed there")
    }
}

impl std::error::Error for InvalidCookie {}

impl Cookie {
    /// A cookie for all paths, until the browser is closed.
    ///
    /// # Errors
    ///
    /// A name that is no token, or a value with spaces, quotes, commas, semicolons, backslashes, control characters, or
    /// characters that are not ASCII: encode it.
    pub fn new(name: &str, value: &str) -> Result<Self, InvalidCookie> {
        let token = |c: u8| c.is_ascii_graphic() && !br#"()<>@,;:\"/[]?={}"#.contains(&c);
        let octet = |c: u8| c.is_ascii_graphic() && !br#"",;\"#.contains(&c);
        if name.is_empty() || !name.bytes().all(token) || !value.bytes().all(octet) {
            return Err(InvalidCookie);
        }
        Ok(Self {
            name: name.to_owned(),
            value: value.to_owned(),
            path: "/".to_owned(),
            max_age: None,
            script: false,
            secure: false,
        })
    }

    /// Only for this path, and what is beneath it.
    ///
    /// # Errors
    ///
    /// A path that has a semicolon, control characters, or characters that are not ASCII.
    pub fn path(mut self, path: &str) -> Result<Self, InvalidCookie> {
        let allowed = |c: u8| (c.is_ascii_graphic() || c == b' ') && c != b';';
        if !path.bytes().all(allowed) {
            return Err(InvalidCookie);
        }
        self.path = path.to_owned();
        Ok(self)
    }

    /// How long it is kept; zero has the browser forget it.
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// Lets the scripts of the page see it.
    #[must_use]
    pub fn for_scripts(mut self) -> Self {
        self.script = true;
        self
    }

    /// Only over TLS.
    #[must_use]
    pub fn secure(mut self) -> Self {
        self.secure = true;
        self
    }

    pub(crate) fn to_header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.to_string()).ok()
    }
}

impl fmt::Display for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}; Path={}", self.name, self.value, self.path)?;
        if let Some(age) = self.max_age {
            write!(f, "; Max-Age={}", age.as_secs())?;
        }
        if !self.script {
            f.write_str("; HttpOnly")?;
        }
        f.write_str("; SameSite=Lax")?;
        if self.secure {
            f.write_str("; Secure")?;
        }
        Ok(())
    }
}
