//! What a turn of the loop is, seen in exact orders.

use std::cell::RefCell;
use std::future::ready;
use std::rc::Rc;
use std::time::Duration;

use ioloop::{IoLoop, moment, sleep, yield_now};
use promise::{Future, wait};

type Written = Rc<RefCell<String>>;

/// Runs `program`, and gives what it wrote.
fn written<F: std::future::Future>(program: impl FnOnce(Written) -> F) -> String {
    let written = Written::default();
    let io_loop = IoLoop::virtual_time().unwrap();
    io_loop.block_on(program(written.clone()));
    written.take()
}

/// Two tasks write five letters each, and await `between` after each.
async fn letters<F>(written: Written, between: fn() -> F)
where
    F: std::future::Future + 'static,
{
    let writes = |letter| {
        let written = written.clone();
        ioloop::spawn(async move {
            for _ in 0..5 {
                written.borrow_mut().push(letter);
                between().await;
            }
        })
    };
    for task in [writes('a'), writes('b')] {
        task.await.unwrap();
    }
}

/// C9: what is ready already is no reason to stop.
#[test]
fn c9_who_awaits_only_what_is_ready_keeps_the_thread() {
    let written = written(|written| letters(written, || ready(())));
    assert_eq!(written, "aaaaabbbbb");
}

/// C10.
#[test]
fn c10_yield_now_gives_the_others_a_turn() {
    let written = written(|written| letters(written, yield_now));
    assert_eq!(written, "ababababab");
}

/// The same in coroutines, by way of a thread of one's own: what a coroutine holds has to be `Send`.
type Sent = std::sync::Arc<std::sync::Mutex<String>>;

#[co::coroutine(start = ioloop::run, wait = wait)]
fn writes(letter: char, sent: Sent, between: fn() -> Future<()>) -> Future<()> {
    for _ in 0..5 {
        sent.lock().unwrap().push(letter);
        yield_!(between())?;
    }
    Ok(())
}

fn letters_of_coroutines(between: [fn() -> Future<()>; 2]) -> String {
    let sent = Sent::default();
    let io_loop = IoLoop::virtual_time().unwrap();
    io_loop.block_on(async {
        let [one, two] = between;
        // Both begin at the call.
        let a = writes('a', sent.clone(), one);
        let b = writes('b', sent.clone(), two);
        a.await.unwrap();
        b.await.unwrap();
    });
    let written = sent.lock().unwrap();
    written.clone()
}

fn done() -> Future<()> {
    Future::ready(Ok(()))
}

/// C9, C10: Tornado's three orders.
#[test]
fn c9_c10_a_coroutine_over_done_futures_keeps_the_thread_and_a_moment_gives_it_away() {
    assert_eq!(letters_of_coroutines([done, done]), "aaaaabbbbb");
    assert_eq!(letters_of_coroutines([moment, moment]), "ababababab");
    assert_eq!(letters_of_coroutines([moment, done]), "abbbbbaaaa");
}

/// F5, F7: callbacks, then tasks, then timers; what they add waits for the next turn.
#[test]
fn f5_f7_a_turn_has_its_order() {
    let io_loop = IoLoop::virtual_time().unwrap();
    let written = Written::default();
    let write = |letter| {
        let written = written.clone();
        move || written.borrow_mut().push(letter)
    };
    io_loop.call_later(Duration::ZERO, write('t'));
    let (task, again) = (write('p'), write('d'));
    drop(io_loop.spawn(async move { task() }));
    io_loop.add_callback(move || {
        again();
        IoLoop::current().add_callback(again);
        IoLoop::current().add_callback(|| IoLoop::current().stop());
    });
    io_loop.add_callback(write('c'));
    io_loop.run();
    // Two callbacks, the task, the timer; and in the next turn what the first callback added.
    assert_eq!(*written.borrow(), "dcptd");
}

/// F9: equal deadlines are first in, first out.
#[test]
fn f9_timers_come_in_the_order_of_their_deadlines_and_equal_ones_as_they_were_set() {
    let written = written(|written| async move {
        let sleeps = |(letter, ms)| {
            let written = written.clone();
            ioloop::spawn(async move {
                sleep(Duration::from_millis(ms)).await;
                written.borrow_mut().push(letter);
            })
        };
        let all = [('d', 20), ('a', 10), ('e', 20), ('b', 10), ('c', 10)].map(sleeps);
        for one in all {
            one.await.unwrap();
        }
    });
    assert_eq!(written, "abcde");
}
