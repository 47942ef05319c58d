//! Outcomes as they finish. Row D7.

use promise::{Error, Future, Promise, WaitIterator, pair, run, wait};

/// Three promises, and the story of those who finish.
fn three() -> ([Promise<u8>; 3], Future<Vec<String>>) {
    #[co::coroutine(start = run, wait = wait)]
    fn story(futures: [Future<u8>; 3]) -> Future<Vec<String>> {
        let mut finishes = WaitIterator::new((0..).zip(futures));
        let mut story = Vec::new();
        while let Some(next) = finishes.next() {
            let (index, outcome) = yield_!(next)?;
            story.push(match outcome {
                Ok(value) => format!("{index}: {value}"),
                Err(error) => format!("{index}: {error}"),
            });
        }
        assert!(finishes.done());
        Ok(story)
    }
    let ((a, x), (b, y), (c, z)) = (pair(), pair(), pair());
    ([a, b, c], story([x, y, z]))
}

#[test]
fn d7_outcomes_come_as_they_finish_with_their_keys_and_an_error_does_not_end_it() {
    let ([a, b, c], story) = three();
    c.set(3);
    a.fail(Error::message("no"));
    assert!(!story.is_done());
    b.set(2);
    let story = story.try_take().unwrap().unwrap();
    assert_eq!(story, ["2: 3", "0: no", "1: 2"]);
}

#[test]
fn d7_those_that_are_done_already_come_first_and_in_order() {
    let (promise, late) = pair();
    let ready = |n| Future::ready(Ok(n));
    let mut finishes = WaitIterator::new([("late", late), ("a", ready(1)), ("b", ready(2))]);
    let mut given = Vec::new();
    for _ in 0..2 {
        let next = finishes.next().unwrap().try_take().unwrap().unwrap();
        given.push((next.0, next.1.unwrap()));
    }
    let last = finishes.next().unwrap();
    assert!(finishes.done() && finishes.next().is_none());
    promise.set(3);
    let last = last.try_take().unwrap().unwrap();
    given.push((last.0, last.1.unwrap()));
    assert_eq!(given, [("a", 1), ("b", 2), ("late", 3)]);
}

#[test]
fn d7_of_nothing_it_is_done_at_once() {
    let mut nothing = WaitIterator::<u8, u8>::new([]);
    assert!(nothing.done());
    assert!(nothing.next().is_none());
}

#[test]
fn d7_questions_asked_before_the_answers_are_answered_in_order() {
    let ((a, x), (b, y)) = (pair(), pair());
    let mut finishes = WaitIterator::new([('x', x), ('y', y)]);
    let (first, second) = (finishes.next().unwrap(), finishes.next().unwrap());
    b.set(1);
    assert!(first.is_done() && !second.is_done());
    a.set(2);
    assert_eq!(first.try_take().unwrap().unwrap().0, 'y');
    assert_eq!(second.try_take().unwrap().unwrap().0, 'x');
}
