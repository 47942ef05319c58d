//! FA05: no name of the reader's is captured, and none that is shadowed is missed.

mod drive;

/// Without a prelude, and with things of its own that bear the names of std's and the macro's.
mod hostile {
    #![no_implicit_prelude]
    #![allow(non_camel_case_types, dead_code)]

    use super::drive::to_end;
    use ::co::Coroutine;
    use ::std::prelude::v1::{derive, test};
    use ::std::{assert_eq, vec};

    enum Option {
        Some,
        None,
    }
    struct Some;
    struct None;
    struct Poll;
    struct Result;
    struct Future;
    struct Yielder;
    struct FromAsync;
    #[derive(::std::cmp::PartialEq, ::std::fmt::Debug)]
    struct value(u8);
    mod core {}
    mod std {}
    struct yielder;
    fn from_async() {}

    #[::co::coroutine]
    fn hostile(
        yielder_: u8,
        __argument3: u8,
        value_: u8,
        _: u8,
        cx: u8,
        __yielder: u8,
    ) -> impl Coroutine<(), Yield = u8, Return = value> {
        let body = 1;
        yield_!(yielder_ + value_);
        let __value = yielder_ + body;
        yield_!({
            let __yielder = __value;
            __yielder + 1
        });
        yield_!(__argument3 + cx + __yielder);
        value(__value)
    }

    #[test]
    fn names_that_the_macro_uses_are_the_readers_to_use() {
        assert_eq!(
            to_end(hostile(1, 2, 3, 4, 5, 6)),
            (vec![4, 3, 13], value(2))
        );
    }

    struct Impostor;

    impl Impostor {
        fn yield_(&self, _: u8) -> u8 {
            9
        }
    }

    #[::co::coroutine]
    fn impostor() -> impl Coroutine<(), Yield = u8, Return = u8> {
        let __yielder = Impostor;
        yield_!(1);
        __yielder.yield_(2)
    }

    #[test]
    fn a_yielder_of_the_readers_is_not_the_macros() {
        assert_eq!(to_end(impostor()), (vec![1], 9));
    }

    mod nested {
        use super::*;

        /// A crate of one's own named `co` is not asked.
        mod co {}

        #[::co::coroutine(start = to_end)]
        pub(super) fn start() -> (::std::vec::Vec<u8>, ()) {
            yield_!(1);
        }
    }

    #[test]
    fn a_module_named_co_is_not_the_crate() {
        assert_eq!(nested::start(), (vec![1], ()));
    }

    #[::co::coroutine]
    fn outer() -> impl Coroutine<(), Yield = u8, Return = u8> {
        yield_!(1);

        #[::co::coroutine]
        fn inner() -> impl Coroutine<(), Yield = &'static str, Return = u8> {
            yield_!("inner");
            2
        }

        let (yielded, result) = to_end(inner());
        assert_eq!(yielded, ["inner"]);
        yield_!(result);
        3
    }

    #[test]
    fn a_coroutine_inside_a_coroutine_has_its_own_yield() {
        assert_eq!(to_end(outer()), (vec![1, 2], 3));
    }
}
