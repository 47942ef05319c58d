//! A number that is used again at once. The only test of its program, so that nobody else opens a file meanwhile.
#![cfg(unix)]

mod trace;

use std::cell::RefCell;
use std::io::{self, PipeReader, PipeWriter, Read, Write, pipe};
use std::os::fd::AsRawFd;
use std::rc::Rc;
use std::time::Duration;

use ioloop::{Interest, IoLoop};
use trace::{Trace, stop};

/// F15, FD01: two are ready in one turn; the first one's handler removes and closes the other, and opens a third one,
/// which gets the number of the closed one: neither the second handler nor the third is called for that event.
#[test]
fn f15_fd01_a_descriptor_closed_and_used_again_within_one_batch() {
    let io_loop = IoLoop::virtual_time().unwrap();
    let trace = Trace::default();
    let pipes = [pipe().unwrap(), pipe().unwrap()];
    let [(one, mut to_one), (two, mut to_two)] = pipes;
    let fds = [one.as_raw_fd(), two.as_raw_fd()];
    let third: Rc<RefCell<Option<PipeWriter>>> = Rc::default();
    for (name, pipe, other) in [("one", one, fds[1]), ("two", two, fds[0])] {
        let (t, third) = (trace.clone(), third.clone());
        let handler = move |mut this: &PipeReader, _| {
            this.read_exact(&mut [0]).unwrap();
            t.says(name)();
            let io_loop = IoLoop::current();
            // The loop has it alone: with its handler it is closed.
            io_loop.remove_handler(other);
            let (reader, writer) = io::pipe().unwrap();
            assert_eq!(reader.as_raw_fd(), other, "the number is used again");
            let t = t.clone();
            io_loop
                .add_handler(reader, Interest::READABLE, move |_, _| t.add("three"))
                .unwrap();
            *third.borrow_mut() = Some(writer);
        };
        io_loop
            .add_handler(pipe, Interest::READABLE, handler)
            .unwrap();
    }
    // Ready in one poll: both were written to before it.
    to_one.write_all(b"x").unwrap();
    to_two.write_all(b"x").unwrap();
    io_loop.call_later(Duration::from_millis(1), stop);
    io_loop.run();
    let ran = trace.take();
    assert!(ran == ["one"] || ran == ["two"], "{ran:?}");
}
