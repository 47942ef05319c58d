//! Coroutines as methods: every receiver, traits, associated functions (FA04).

mod drive;

use co::Coroutine;
use drive::to_end;
use std::pin::Pin;
use std::rc::Rc;

#[derive(Clone, Default)]
struct Counter {
    n: u8,
}

impl Counter {
    const STEP: u8 = 2;

    #[co::coroutine]
    fn new(n: u8) -> impl Coroutine<(), Yield = u8, Return = Self> {
        yield_!(n);
        Self { n }
    }

    #[co::coroutine]
    fn by_value(self) -> impl Coroutine<(), Yield = u8, Return = Self> {
        yield_!(self.n);
        self
    }

    #[co::coroutine]
    fn by_mut_value(mut self, by: u8) -> impl Coroutine<(), Yield = u8, Return = Self> {
        self.n += by;
        yield_!(self.n);
        self
    }

    #[co::coroutine]
    fn by_ref(&self) -> impl Coroutine<(), Yield = &u8, Return = u8> {
        yield_!(&self.n);
        self.n + Self::STEP
    }

    #[co::coroutine]
    fn by_mut(&mut self, by: u8) -> impl Coroutine<(), Yield = u8, Return = ()> {
        for _ in 0..2 {
            self.n += by;
            yield_!(self.n);
        }
    }

    #[co::coroutine]
    fn by_long_lifetime<'a>(
        &'a self,
        _other: &str,
    ) -> impl Coroutine<(), Yield = &'a u8, Return = ()> {
        yield_!(&self.n);
    }

    #[co::coroutine]
    fn by_box(self: Box<Self>) -> impl Coroutine<(), Yield = u8, Return = u8> {
        yield_!(self.n);
        self.n
    }

    #[co::coroutine]
    fn by_rc(self: Rc<Self>) -> impl Coroutine<(), Yield = u8, Return = usize> {
        yield_!(self.n);
        Rc::strong_count(&self)
    }

    #[co::coroutine]
    fn by_pin(self: Pin<&mut Self>) -> impl Coroutine<(), Yield = u8, Return = ()> {
        yield_!(self.n);
        self.get_mut().n += 1;
    }
}

#[test]
fn every_receiver() {
    assert_eq!(to_end(Counter::new(1)).1.n, 1);
    let mut counter = Counter { n: 1 };
    assert_eq!(to_end(counter.clone().by_value()).0, [1]);
    assert_eq!(to_end(counter.clone().by_mut_value(4)).1.n, 5);
    assert_eq!(to_end(counter.by_ref()), (vec![&1], 3));
    assert_eq!(to_end(counter.by_mut(10)).0, [11, 21]);
    assert_eq!(to_end(counter.by_long_lifetime("")).0, [&21]);
    assert_eq!(to_end(Box::new(counter.clone()).by_box()), (vec![21], 21));
    assert_eq!(to_end(Rc::new(counter.clone()).by_rc()), (vec![21], 1));
    to_end(Pin::new(&mut counter).by_pin());
    assert_eq!(counter.n, 22);
}

trait Source {
    fn items(&self) -> impl Coroutine<(), Yield = u8, Return = ()>;

    #[co::coroutine]
    fn twice(&self) -> impl Coroutine<(), Yield = u8, Return = usize>
    where
        Self: Sized,
    {
        for item in to_end(self.items()).0 {
            yield_!(item);
            yield_!(item);
        }
        2
    }
}

impl Source for Vec<u8> {
    #[co::coroutine]
    fn items(&self) -> impl Coroutine<(), Yield = u8, Return = ()> {
        for item in self {
            yield_!(*item);
        }
    }
}

#[test]
fn methods_of_a_trait_with_and_without_a_default() {
    assert_eq!(to_end(vec![1, 2].twice()), (vec![1, 1, 2, 2], 2));
}
