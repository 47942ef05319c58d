use std::pin::Pin;
use std::task::{Context, Poll};

/// Lets all others that are ready run first: the task goes to the end of the ready queue.
///
/// ```
/// use std::{cell::RefCell, rc::Rc};
///
/// let said = Rc::new(RefCell::new(String::new()));
/// executor::block_on(async {
///     let (here, there) = (said.clone(), said.clone());
///     let other = executor::spawn(async move { there.borrow_mut().push_str("other ") });
///     executor::yield_now().await;
///     here.borrow_mut().push_str("self");
///     other.await.unwrap();
/// });
/// assert_eq!(*said.borrow(), "other self");
/// ```
pub fn yield_now() -> YieldNow {
    YieldNow { yielded: false }
}

/// Made by [`yield_now`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct YieldNow {
    yielded: bool,
}

impl Future for YieldNow {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.yielded {
            return Poll::Ready(());
        }
        self.yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
