use std::fmt;
use std::io;
use std::task::{Context, Poll};

use mio::Interest;
use reactor::Source;
use signal_hook_mio::v1_0::Signals as Caught;

/// Signals, as something to read. On Unix only.
///
/// The signal's handler does no more than to write a byte to a pipe; the loop finds that readable, like any other source.
/// So whatever is done about a signal is done in a task, where everything is allowed. Tornado has
/// `add_callback_from_signal` for that.
///
/// While it lives the signals do not do what they do by default (Ctrl-C does not end the program), and after it they do
/// nothing.
///
/// ```no_run
/// use ioloop::{Signals, block_on};
///
/// block_on(async {
///     let mut signals = Signals::new([2])?; // SIGINT: Ctrl-C
///     let number = signals.next().await?;
///     println!("signal {number}, good bye");
/// #   Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Signals {
    io: Source<Shared>,
}

/// What is read from needs no `&mut`, but that of signals does.
struct Shared(std::cell::RefCell<Caught>);

impl mio::event::Source for Shared {
    fn register(
        &mut self,
        registry: &mio::Registry,
        token: mio::Token,
        interests: Interest,
    ) -> io::Result<()> {
        self.0.get_mut().register(registry, token, interests)
    }

    fn reregister(
        &mut self,
        registry: &mio::Registry,
        token: mio::Token,
        interests: Interest,
    ) -> io::Result<()> {
        self.0.get_mut().reregister(registry, token, interests)
    }

    fn deregister(&mut self, registry: &mio::Registry) -> io::Result<()> {
        self.0.get_mut().deregister(registry)
    }
}

impl Signals {
    /// Catches the signals with these numbers from now on.
    ///
    /// # Errors
    ///
    /// What the system says. [`Elsewhere`](crate::Elsewhere) outside a loop.
    ///
    /// # Panics
    ///
    /// For a signal that cannot be caught, or must not be: SIGKILL, SIGSTOP, SIGILL, SIGFPE, SIGSEGV.
    pub fn new(numbers: impl IntoIterator<Item = i32>) -> io::Result<Self> {
        let caught = Caught::new(numbers)?;
        let io = Source::with_interest(Shared(caught.into()), Interest::READABLE)?;
        Ok(Self { io })
    }

    /// Waits for the next signal, and gives its number. Several of one number that come at the same time may be one.
    ///
    /// Dropped before, it has lost none.
    ///
    /// # Errors
    ///
    /// [`Elsewhere`](crate::Elsewhere) where its loop does not run.
    pub async fn next(&mut self) -> io::Result<i32> {
        std::future::poll_fn(|cx| self.poll_next(cx)).await
    }

    /// Gives the next signal if there is one; else has the task woken when there is.
    ///
    /// # Errors
    ///
    /// As [`next`](Self::next).
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<i32>> {
        self.io.poll_read_with(cx, |caught| {
            let number = caught.0.borrow_mut().pending().next();
            number.ok_or_else(|| io::ErrorKind::WouldBlock.into())
        })
    }
}

impl fmt::Debug for Signals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signals").finish_non_exhaustive()
    }
}
