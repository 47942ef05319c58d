//! Several things to wait for at once.

use std::any::type_name;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::marker::PhantomData;

use crate::{Error, Sources, Waitable};

/// Takes one after another: keeps the first error, hands each other one on.
struct Takings<'a> {
    first: Option<Error>,
    others: &'a mut dyn FnMut(Error),
}

impl<'a> Takings<'a> {
    fn new(others: &'a mut dyn FnMut(Error)) -> Takings<'a> {
        Takings {
            first: None,
            others,
        }
    }

    fn take<W: Waitable>(&mut self, what: W) -> Option<W::Value> {
        match what.take(self.others) {
            Ok(value) => return Some(value),
            Err(error) if self.first.is_none() => self.first = Some(error),
            Err(error) => (self.others)(error),
        }
        None
    }

    fn end<V>(self, values: V) -> Result<V, Error> {
        match self.first {
            None => Ok(values),
            Some(error) => Err(error),
        }
    }
}

impl<W: Waitable> Waitable for Vec<W> {
    type Value = Vec<W::Value>;

    fn sources(&self, into: &mut Sources) {
        self.iter().for_each(|what| what.sources(into));
    }

    fn take(self, others: &mut dyn FnMut(Error)) -> Result<Self::Value, Error> {
        let mut takings = Takings::new(others);
        let values = self.into_iter().filter_map(|what| takings.take(what));
        let values = values.collect();
        takings.end(values)
    }
}

impl<W: Waitable, const N: usize> Waitable for [W; N] {
    type Value = [W::Value; N];

    fn sources(&self, into: &mut Sources) {
        self.iter().for_each(|what| what.sources(into));
    }

    fn take(self, others: &mut dyn FnMut(Error)) -> Result<Self::Value, Error> {
        let mut takings = Takings::new(others);
        let values = self.map(|what| takings.take(what));
        takings.end(())?;
        Ok(values.map(|value| value.expect("there was no error, so each has its value")))
    }
}

impl<K: Eq + Hash, W: Waitable, S: BuildHasher + Default> Waitable for HashMap<K, W, S> {
    type Value = HashMap<K, W::Value, S>;

    fn sources(&self, into: &mut Sources) {
        self.values().for_each(|what| what.sources(into));
    }

    fn take(self, others: &mut dyn FnMut(Error)) -> Result<Self::Value, Error> {
        let mut takings = Takings::new(others);
        let pairs = self.into_iter();
        let pairs = pairs.filter_map(|(key, what)| Some((key, takings.take(what)?)));
        let values = pairs.collect();
        takings.end(values)
    }
}

impl<K: Ord, W: Waitable> Waitable for BTreeMap<K, W> {
    type Value = BTreeMap<K, W::Value>;

    fn sources(&self, into: &mut Sources) {
        self.values().for_each(|what| what.sources(into));
    }

    fn take(self, others: &mut dyn FnMut(Error)) -> Result<Self::Value, Error> {
        let mut takings = Takings::new(others);
        let pairs = self.into_iter();
        let pairs = pairs.filter_map(|(key, what)| Some((key, takings.take(what)?)));
        let values = pairs.collect();
        takings.end(values)
    }
}

macro_rules! tuple {
    ($($W:ident $what:ident),+) => {
        impl<$($W: Waitable),+> Waitable for ($($W,)+) {
            type Value = ($($W::Value,)+);

            fn sources(&self, into: &mut Sources) {
                let ($($what,)+) = self;
                $($what.sources(into);)+
            }

            fn take(self, others: &mut dyn FnMut(Error)) -> Result<Self::Value, Error> {
                let ($($what,)+) = self;
                let mut takings = Takings::new(others);
                $(let $what = takings.take($what);)+
                takings.end(())?;
                Ok(($($what.expect("there was no error, so each has its value"),)+))
            }
        }
    };
}

tuple!(A a, B b);
tuple!(A a, B b, C c);
tuple!(A a, B b, C c, D d);

/// Waits for `what`, and does not log its errors of type `E`.
///
/// Of several errors in `what` the first in order is returned; the others are logged, but for those whose cause is an
/// `E`. An `E` that is the first is returned like any other.
///
/// ```
/// use std::num::ParseIntError;
///
/// use promise::{Future, quiet_exceptions, run, wait};
///
/// #[co::coroutine(start = run, wait = wait)]
/// fn sum(texts: [&'static str; 2]) -> Future<i32> {
///     let numbers = texts.map(|text| Future::ready(text.parse::<i32>().map_err(Into::into)));
///     let numbers = yield_!(quiet_exceptions::<ParseIntError, _>(numbers))?;
///     Ok(numbers.iter().sum())
/// }
///
/// assert_eq!(sum(["40", "2"]).try_take().unwrap().unwrap(), 42);
/// let error = sum(["x", ""]).try_take().unwrap().unwrap_err(); // the second error is not logged
/// assert_eq!(error.to_string(), "invalid digit found in string");
/// ```
pub fn quiet_exceptions<E, W>(what: W) -> Quiet<E, W>
where
    E: std::error::Error + Send + Sync + 'static,
    W: Waitable,
{
    Quiet {
        what,
        silenced: PhantomData,
    }
}

/// Something to wait for whose errors of type `E` are not logged; made by [`quiet_exceptions`].
#[must_use = "nothing is waited for unless it is yielded"]
pub struct Quiet<E, W> {
    what: W,
    silenced: PhantomData<fn() -> E>,
}

impl<E, W> Waitable for Quiet<E, W>
where
    E: std::error::Error + Send + Sync + 'static,
    W: Waitable,
{
    type Value = W::Value;

    fn sources(&self, into: &mut Sources) {
        self.what.sources(into);
    }

    fn take(self, others: &mut dyn FnMut(Error)) -> Result<W::Value, Error> {
        self.what.take(&mut |error| {
            if error.downcast_ref::<E>().is_none() {
                others(error);
            }
        })
    }
}

impl<E, W: fmt::Debug> fmt::Debug for Quiet<E, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Quiet")
            .field("what", &self.what)
            .field("silenced", &type_name::<E>())
            .finish()
    }
}
