//! What travels up when a coroutine waits: only *what to wait for*.
//!
//! A driver cannot know the type of each value that its coroutine waits for. It need not: the coroutine keeps its
//! future, yields a [`Wait`] in which the type is erased, and takes the value from its own future when it is resumed.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use co::{Site, Yield, Yielder};

use crate::state::Source;
use crate::sync::{Mutex, lock};
use crate::{Error, Future, Shared};

/// Goes on with what was waiting.
type Resume = Box<dyn FnOnce() + Send>;

/// What a coroutine waits for, one thing or several, without the types of their values.
///
/// It does not keep the values: they stay with the futures, which the suspended coroutine owns.
#[must_use = "somebody must resume the coroutine that yielded this"]
pub struct Wait {
    first: Arc<dyn Source>,
    /// Allocates nothing while empty.
    rest: Vec<Arc<dyn Source>>,
}

impl Wait {
    /// What of `what` is not done yet; nothing if all of it is.
    fn of(what: &impl Waitable) -> Option<Wait> {
        let mut sources = Sources { pending: None };
        what.sources(&mut sources);
        sources.pending
    }

    /// Whether all of it is done.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.first.is_done() && self.rest.iter().all(|source| source.is_done())
    }

    /// Calls `resume` when all of it is done: once, on the thread that sets the last one.
    ///
    /// Several are waited for one after another, so it takes time in proportion to their number.
    ///
    /// # Errors
    ///
    /// `resume` comes back if all of it is done already. It was not called.
    pub fn on_ready(
        mut self,
        mut resume: Box<dyn FnOnce() + Send>,
    ) -> Result<(), Box<dyn FnOnce() + Send>> {
        loop {
            let Some(next) = self.rest.pop() else {
                return self.first.wait(resume);
            };
            let first = std::mem::replace(&mut self.first, next);
            if first.is_done() {
                continue;
            }
            let lent = lend((self, resume), go_on_waiting, |waiter| first.wait(waiter));
            match lent {
                Ok(()) => return Ok(()),
                Err(back) => (self, resume) = back,
            }
        }
    }
}

fn go_on_waiting((rest, resume): (Wait, Resume)) {
    if let Err(resume) = rest.on_ready(resume) {
        resume();
    }
}

impl fmt::Debug for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait")
            .field("sources", &(1 + self.rest.len()))
            .field("is_ready", &self.is_ready())
            .finish()
    }
}

/// Hands `held` to `then` when the waiter that `register` is given gets called; gives it back if `register` refuses.
///
/// A boxed closure that comes back is opaque: what it owns could only be had by calling it, one call deeper each time.
pub(crate) fn lend<H: Send + 'static>(
    held: H,
    then: impl FnOnce(H) + Send + 'static,
    register: impl FnOnce(Resume) -> Result<(), Resume>,
) -> Result<(), H> {
    let slot = Arc::new(Mutex::new(Some(held)));
    let theirs = slot.clone();
    let waiter = move || {
        let held = lock(&theirs).take();
        if let Some(held) = held {
            then(held);
        }
    };
    match register(Box::new(waiter)) {
        Ok(()) => Ok(()),
        Err(_uncalled) => match lock(&slot).take() {
            Some(held) => Err(held),
            None => Ok(()),
        },
    }
}

/// Collects what a [`Waitable`] waits for.
///
/// Opaque: a [`Waitable`] of your own hands it on to the futures that it is made of.
pub struct Sources {
    pending: Option<Wait>,
}

impl Sources {
    pub(crate) fn add(&mut self, source: Arc<dyn Source>) {
        if source.is_done() {
            return;
        }
        match &mut self.pending {
            Some(wait) => wait.rest.push(source),
            None => {
                self.pending = Some(Wait {
                    first: source,
                    rest: Vec::new(),
                });
            }
        }
    }
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sources").field(&self.pending).finish()
    }
}

/// What a coroutine may yield: it will be done some day, and then has a value or an error.
///
/// A [`Future`], a [`Shared`], and what is made of them: `Vec`, arrays, `HashMap`, `BTreeMap`, tuples of two to four,
/// nested as you like. All of several are waited for, side by side. Values keep
/// their order and their keys. Nothing in it is done at once.
///
/// Errors come only after *all* are done; nothing is given up because another thing failed. Of several errors the
/// first in the list's order is given, whichever came first in time (a `HashMap`'s order is arbitrary); each other
/// one is logged, see [`quiet_exceptions`](crate::quiet_exceptions).
///
/// Anything else is refused by the compiler:
///
/// ```
/// use promise::{Future, run, wait};
///
/// #[co::coroutine(start = run, wait = wait)]
/// fn forty_two() -> Future<u32> {
///     let n = yield_!(Future::ready(Ok(42)))?;
///     Ok(n)
/// }
/// assert_eq!(forty_two().try_take().unwrap().unwrap(), 42);
/// ```
/// ```compile_fail,E0277
/// use promise::{Future, run, wait};
///
/// #[co::coroutine(start = run, wait = wait)]
/// fn forty_two() -> Future<u32> {
///     let n = yield_!(42)?; // `{integer}` is nothing to wait for
///     Ok(n)
/// }
/// ```
///
/// # Examples
///
/// A `Waitable` of your own:
///
/// ```
/// use promise::{Error, Future, Sources, Waitable, run, wait};
///
/// struct Page {
///     title: Future<String>,
///     length: Future<usize>,
/// }
///
/// impl Waitable for Page {
///     type Value = (String, usize);
///
///     fn sources(&self, into: &mut Sources) {
///         self.title.sources(into);
///         self.length.sources(into);
///     }
///
///     fn take(self, others: &mut dyn FnMut(Error)) -> Result<(String, usize), Error> {
///         (self.title, self.length).take(others)
///     }
/// }
///
/// #[co::coroutine(start = run, wait = wait)]
/// fn describe(page: Page) -> Future<String> {
///     let (title, length) = yield_!(page)?;
///     Ok(format!("{title}, {length} bytes"))
/// }
///
/// let page = Page {
///     title: Future::ready(Ok("A".to_owned())),
///     length: Future::ready(Ok(7)),
/// };
/// assert_eq!(describe(page).try_take().unwrap().unwrap(), "A, 7 bytes");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing to wait for",
    label = "a coroutine waits for a `Future`, or for several in a `Vec`, an array, a map or a tuple",
    note = "a value that is at hand needs no `yield_!`; to wait for a closure, submit it to a pool; \
            for a function that takes a callback, see `promise::task`"
)]
pub trait Waitable {
    /// What `yield_!` gives when all went well.
    type Value;

    /// Adds all that is waited for to `into`.
    fn sources(&self, into: &mut Sources);

    /// The values, now that everything is done. Of several errors the first in order is returned, and each other one
    /// handed to `others`.
    ///
    /// # Errors
    ///
    /// The first one in order.
    ///
    /// # Panics
    ///
    /// If something is not done yet.
    fn take(self, others: &mut dyn FnMut(Error)) -> Result<Self::Value, Error>;
}

impl<T: Send + 'static> Waitable for Future<T> {
    type Value = T;

    fn sources(&self, into: &mut Sources) {
        into.add(self.source());
    }

    #[track_caller]
    fn take(self, _: &mut dyn FnMut(Error)) -> Result<T, Error> {
        match self.try_take() {
            Ok(outcome) => outcome,
            Err(_) => panic!("taken before it was done: `sources` says what to wait for"),
        }
    }
}

impl<T: Clone + Send + 'static> Waitable for Shared<T> {
    type Value = T;

    fn sources(&self, into: &mut Sources) {
        self.asked().sources(into);
    }

    #[track_caller]
    fn take(self, others: &mut dyn FnMut(Error)) -> Result<T, Error> {
        self.into_future().take(others)
    }
}

/// Waits for `what`: what `yield_!` does with `#[co::coroutine(start = run, wait = wait)]`.
///
/// Awaiting it evaluates to the value or the error of `what`. If everything is done already the coroutine goes on at
/// once; else it yields a [`Wait`] up, and takes the value when it is resumed. Resumed too early, it yields again.
///
/// An error gets `site` added to its trail. Of several errors those that are not returned are logged, as
/// `Multiple exceptions in yield list`.
///
/// # Panics
///
/// Awaiting panics where [`co::Yield`] does: outside the coroutine that `yielder` belongs to.
///
/// # Examples
///
/// Without the macro:
///
/// ```
/// use promise::{Future, Runner, pair, wait};
///
/// let (promise, number) = pair::<u32>();
/// let answer: Future<u32> = Runner::new().run(co::from_async(|y| async move {
///     let site = &co::Site { coroutine: "answer", yields: "number", file: file!(), line: line!() };
///     let number = wait(y, number, site).await?;
///     Ok(number + 2)
/// }));
/// assert!(!answer.is_done());
/// promise.set(40);
/// assert_eq!(answer.try_take().unwrap().unwrap(), 42);
/// ```
pub fn wait<W: Waitable>(yielder: Yielder<Wait, ()>, what: W, site: &'static Site) -> Waiting<W> {
    Waiting {
        what: Some(what),
        yielder,
        suspension: None,
        site,
    }
}

/// Waits when awaited; made by [`wait`].
// Written by hand: an `async fn` keeps its arguments twice, which makes 264 bytes of what is 104.
#[must_use = "nothing is waited for unless it is awaited"]
pub struct Waiting<W> {
    what: Option<W>,
    yielder: Yielder<Wait, ()>,
    suspension: Option<Yield<Wait, ()>>,
    site: &'static Site,
}

// `what` is never pinned: it is only looked at, and moved out.
impl<W> Unpin for Waiting<W> {}

impl<W: Waitable> std::future::Future for Waiting<W> {
    type Output = Result<W::Value, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        loop {
            if let Some(suspension) = &mut this.suspension {
                ready!(Pin::new(suspension).poll(cx));
            }
            let Some(what) = &this.what else {
                panic!("polled after it gave its value");
            };
            this.suspension = Wait::of(what).map(|wait| this.yielder.yield_(wait));
            if this.suspension.is_none() {
                break;
            }
        }
        let what = this.what.take().expect("it was there a moment ago");
        let site = this.site;
        let mut others = |error: Error| {
            log::error!("Multiple exceptions in yield list: {:#}", error.at(*site));
        };
        let outcome = what.take(&mut others);
        Poll::Ready(outcome.map_err(|error| error.at(*site)))
    }
}

impl<W> fmt::Debug for Waiting<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiting")
            .field("site", &self.site)
            .finish_non_exhaustive()
    }
}
