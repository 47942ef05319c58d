//! Several futures, one after another as they finish.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use crate::sync::{Mutex, lock};
use crate::wait::lend;
use crate::{Error, Future, Promise, pair};

/// One that has finished: which, and how.
type Finished<K, T> = (K, Result<T, Error>);

/// Gives the outcomes of several futures in the order in which they finish.
///
/// Each has a key that tells which it is: a place in a list, a name, whatever you like, but all of one type. An error
/// is an outcome like others, and ends nothing.
///
/// # Examples
///
/// ```
/// use promise::{Future, WaitIterator, pair, run, wait};
///
/// #[co::coroutine(start = run, wait = wait)]
/// fn ranking(runners: [(&'static str, Future<()>); 3]) -> Future<Vec<&'static str>> {
///     let mut finishes = WaitIterator::new(runners);
///     let mut ranking = Vec::new();
///     while let Some(next) = finishes.next() {
///         let (name, outcome) = yield_!(next)?;
///         if outcome.is_ok() {
///             ranking.push(name);
///         }
///     }
///     Ok(ranking)
/// }
///
/// let ((a, ada), (b, bob), (c, cy)) = (pair(), pair(), pair());
/// let ranking = ranking([("Ada", ada), ("Bob", bob), ("Cy", cy)]);
/// c.set(());
/// drop(b);
/// a.set(());
/// assert_eq!(ranking.try_take().unwrap().unwrap(), ["Cy", "Ada"]);
/// ```
pub struct WaitIterator<K, T> {
    /// How many `next` has still to give.
    left: usize,
    results: Arc<Mutex<Results<K, T>>>,
}

/// One of the two is empty.
struct Results<K, T> {
    finished: VecDeque<Finished<K, T>>,
    asked: VecDeque<Promise<Finished<K, T>>>,
}

impl<K: Send + 'static, T: Send + 'static> WaitIterator<K, T> {
    /// Waits for all of `futures`, with their keys. Those that are done already finish in their order here.
    pub fn new(futures: impl IntoIterator<Item = (K, Future<T>)>) -> WaitIterator<K, T> {
        let results = Results {
            finished: VecDeque::new(),
            asked: VecDeque::new(),
        };
        let results = Arc::new(Mutex::new(results));
        let mut left = 0;
        for (key, future) in futures {
            left += 1;
            let source = future.source();
            let there = results.clone();
            let finish = move |(key, future)| finish(&there, key, future);
            if let Err((key, future)) = lend((key, future), finish, |call| source.wait(call)) {
                self::finish(&results, key, future);
            }
        }
        WaitIterator { left, results }
    }

    /// The next one that finishes; `None` if all were given. Its future never fails by itself: the outcome is in it.
    ///
    /// It may be asked again before the last answer is there; answers come in the order of asking. An answer that is
    /// dropped is lost.
    #[expect(
        clippy::should_implement_trait,
        reason = "Tornado's name; not an iterator, since each item has to be waited for"
    )]
    pub fn next(&mut self) -> Option<Future<(K, Result<T, Error>)>> {
        self.left = self.left.checked_sub(1)?;
        let mut results = lock(&self.results);
        if let Some(finished) = results.finished.pop_front() {
            drop(results);
            return Some(Future::ready(Ok(finished)));
        }
        let (promise, future) = pair();
        results.asked.push_back(promise);
        Some(future)
    }

    /// Whether `next` has given all.
    #[must_use]
    pub fn done(&self) -> bool {
        self.left == 0
    }
}

fn finish<K, T>(results: &Mutex<Results<K, T>>, key: K, future: Future<T>) {
    let outcome = future.try_take();
    let finished = (key, outcome.expect("called when it is done"));
    let mut results = lock(results);
    match results.asked.pop_front() {
        None => results.finished.push_back(finished),
        Some(promise) => {
            drop(results);
            promise.set(finished);
        }
    }
}

impl<K, T> fmt::Debug for WaitIterator<K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitIterator")
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}
