//! Handlers of file descriptors.
#![cfg(unix)]

mod trace;

use std::cell::RefCell;
use std::io::{self, PipeReader, PipeWriter, Read, Write, pipe};
use std::os::fd::{AsRawFd, RawFd};
use std::rc::Rc;
use std::time::Duration;

use ioloop::{Interest, IoLoop, Readiness};
use trace::{Trace, stop};

/// F1: a handler that leaves data unread is called again on the next turn; one that has read all is not.
#[test]
fn f1_what_is_left_unread_has_the_handler_called_again() {
    let io_loop = IoLoop::virtual_time().unwrap();
    let trace = Trace::default();
    let (there, mut here) = pipe().unwrap();
    here.write_all(b"abc").unwrap();
    let t = trace.clone();
    let handler = move |mut there: &PipeReader, ready: Readiness| {
        let mut byte = [0];
        there.read_exact(&mut byte).unwrap();
        t.add(format!("{ready:?}: {}", byte[0] as char));
        IoLoop::current().add_callback(t.says("the next turn"));
    };
    io_loop
        .add_handler(there, Interest::READABLE, handler)
        .unwrap();
    io_loop.call_later(Duration::from_millis(1), stop);
    io_loop.run();
    let expected = [
        "readable: a",
        "the next turn",
        "readable: b",
        "the next turn",
        "readable: c",
        "the next turn",
    ];
    assert_eq!(trace.take(), expected);
    drop(here);
}

/// F13: the handler gets what it was added with, and what was asked for; a second one for the same file is an error.
#[test]
fn f13_a_handler_gets_its_object_and_the_events_asked_for() {
    let io_loop = IoLoop::new().unwrap();
    let (there, here) = pipe().unwrap();
    let here = Rc::new(here);
    let number = here.as_raw_fd();
    let handler = move |there: &Rc<PipeWriter>, ready: Readiness| {
        assert_eq!(there.as_raw_fd(), number);
        assert_eq!(ready, Readiness::WRITABLE);
        stop();
    };
    let fd = io_loop
        .add_handler(here.clone(), Interest::WRITABLE, handler)
        .unwrap();
    assert_eq!(fd, number);
    let again = io_loop.add_handler(here, Interest::READABLE, |_, _| ());
    assert_eq!(again.unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    io_loop.run();
    drop(there);
}

/// F13: an end or an error comes, whatever was asked for.
#[test]
fn f13_an_error_comes_unasked() {
    let io_loop = IoLoop::new().unwrap();
    let (there, here) = pipe().unwrap();
    let fd = RefCell::new(None);
    let fd = Rc::new(fd);
    let its_fd = fd.clone();
    let handler = move |_: &PipeWriter, ready: Readiness| {
        if ready.is_ended() {
            let fd: RawFd = its_fd.borrow().unwrap();
            IoLoop::current().remove_handler(fd);
            stop();
        }
    };
    let added = io_loop.add_handler(here, Interest::WRITABLE, handler);
    *fd.borrow_mut() = Some(added.unwrap());
    io_loop.add_callback(move || drop(there));
    io_loop.run();
    assert_eq!(io_loop.sources(), 0);
}

/// F14: what is asked for can be changed, also by the handler; a handler that is removed is not called; to remove an
/// unknown one is no error.
#[test]
fn f14_handlers_can_be_updated_and_removed() {
    let io_loop = IoLoop::virtual_time().unwrap();
    let trace = Trace::default();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut here = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (there, _) = listener.accept().unwrap();
    let fd = there.as_raw_fd();
    let t = trace.clone();
    io_loop
        .add_handler(there, Interest::WRITABLE, move |_, ready| {
            t.add(format!("{ready:?}"));
            let io_loop = IoLoop::current();
            match ready {
                Readiness::WRITABLE => io_loop.update_handler(fd, Interest::READABLE).unwrap(),
                _ => io_loop.remove_handler(fd),
            }
        })
        .unwrap();
    io_loop.call_later(Duration::from_millis(1), move || {
        here.write_all(b"x").unwrap();
        // It is closed later, since it would be one more thing to hear of.
        IoLoop::current().call_later(Duration::from_millis(1), move || {
            drop(here);
            stop();
        });
    });
    io_loop.run();
    assert_eq!(trace.take(), ["writable", "readable"]);
    assert_eq!(io_loop.sources(), 0);
    io_loop.remove_handler(fd);
    let unknown = io_loop.update_handler(fd, Interest::READABLE).unwrap_err();
    assert_eq!(unknown.kind(), io::ErrorKind::NotFound);
}

/// FD14: there is nothing to wait for in a file.
#[test]
#[cfg(target_os = "linux")]
#[cfg_attr(
    miri,
    ignore = "Miri waits for no files, and does not say so as the system does"
)]
fn fd14_a_file_is_refused() {
    let io_loop = IoLoop::new().unwrap();
    let file = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap();
    let error = io_loop.add_handler(file, Interest::READABLE, |_, _| ());
    assert_eq!(error.unwrap_err().kind(), io::ErrorKind::PermissionDenied);
    let folder = std::fs::File::open(std::env::temp_dir()).unwrap();
    let error = io_loop.add_handler(folder, Interest::READABLE, |_, _| ());
    assert_eq!(error.unwrap_err().kind(), io::ErrorKind::PermissionDenied);
    assert_eq!(io_loop.sources(), 0);
}
