use std::any::Any;
use std::error::Error as StdError;
use std::fmt;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use co::Site;

/// What went wrong, and through which coroutines it came.
///
/// It holds any error of the standard kind as its cause, and a trail: one [`Site`] for each coroutine that the error
/// crossed, innermost first. It is cheap to clone, because one error may have many receivers.
///
/// `{}` prints the cause. `{:#}` and `{:?}` print the whole chain, a line each: the cause, what caused that, then the
/// trail.
///
/// Like other types that hold any error, it is not an error of the standard kind itself; else there could be no
/// conversion from every other, which is what `?` needs.
///
/// # Examples
///
/// ```
/// use promise::Error;
///
/// fn port(text: &str) -> Result<u16, Error> {
///     Ok(text.parse()?)
/// }
/// let site = co::Site { coroutine: "connect", yields: "port(text)", file: "src/net.rs", line: 12 };
/// let error = port("http").unwrap_err().at(site);
/// assert_eq!(error.to_string(), "invalid digit found in string");
/// assert_eq!(
///     format!("{error:#}"),
///     "invalid digit found in string\n  in connect, at yield_!(port(text)), src/net.rs:12",
/// );
/// assert!(error.downcast_ref::<std::num::ParseIntError>().is_some());
/// ```
#[derive(Clone)]
pub struct Error(Arc<Chain>);

#[derive(Clone)]
struct Chain {
    cause: Arc<dyn StdError + Send + Sync>,
    trail: Vec<Site>,
}

#[derive(Debug)]
struct Message(String);

#[derive(Debug)]
struct Broken;

#[derive(Debug)]
struct Panicked(String);

impl Error {
    /// An error that is only a text.
    #[must_use]
    pub fn message(text: impl Into<String>) -> Self {
        Message(text.into()).into()
    }

    /// What the future gets when its promise is dropped unset.
    #[must_use]
    pub fn broken() -> Self {
        Broken.into()
    }

    /// A panic that was caught, from its payload. The payload is dropped; its text is kept, if it has one.
    #[must_use]
    pub fn panicked(payload: Box<dyn Any + Send>) -> Self {
        let text = match payload.downcast_ref::<&str>() {
            Some(text) => (*text).to_owned(),
            None => match payload.downcast_ref::<String>() {
                Some(text) => text.clone(),
                None => "a value that is no text".to_owned(),
            },
        };
        quietly(|| drop(payload));
        Panicked(text).into()
    }

    /// Whether a promise was dropped unset.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.downcast_ref::<Broken>().is_some()
    }

    /// The text of the panic, if it was one.
    #[must_use]
    pub fn panic_message(&self) -> Option<&str> {
        self.downcast_ref::<Panicked>()
            .map(|Panicked(text)| &**text)
    }

    /// The cause, if it is an `E`.
    #[must_use]
    pub fn downcast_ref<E: StdError + 'static>(&self) -> Option<&E> {
        self.0.cause.downcast_ref()
    }

    /// The places that the error came through, innermost first.
    #[must_use]
    pub fn trail(&self) -> &[Site] {
        &self.0.trail
    }

    /// Adds a place to the trail: the error came out of the `yield_!` there. Other clones keep their trails.
    #[must_use]
    pub fn at(mut self, site: Site) -> Self {
        Arc::make_mut(&mut self.0).trail.push(site);
        self
    }
}

/// Calls what may panic, and lets nothing of that out.
pub(crate) fn quietly(call: impl FnOnce()) {
    let ended = panic::catch_unwind(AssertUnwindSafe(call));
    // What a panic carries may panic when it is dropped. It gets one try; what comes of that is leaked.
    let ended = ended.or_else(|payload| panic::catch_unwind(AssertUnwindSafe(|| drop(payload))));
    mem::forget(ended);
}

impl<E: StdError + Send + Sync + 'static> From<E> for Error {
    fn from(cause: E) -> Self {
        Error(Arc::new(Chain {
            cause: Arc::new(cause),
            trail: Vec::new(),
        }))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Chain { cause, trail } = &*self.0;
        write!(f, "{cause}")?;
        if !f.alternate() {
            return Ok(());
        }
        let mut deeper = cause.source();
        while let Some(cause) = deeper {
            write!(f, "\n  because of: {cause}")?;
            deeper = cause.source();
        }
        for site in trail {
            let Site {
                coroutine,
                yields,
                file,
                line,
            } = site;
            write!(f, "\n  in {coroutine}, at yield_!({yields}), {file}:{line}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:#}")
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broken promise: it was dropped before it was set")
    }
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "panicked: {}", self.0)
    }
}

impl StdError for Message {}
impl StdError for Broken {}
impl StdError for Panicked {}
