//! What holds a waiting A, beside its value: counted on the loop's thread.
#![allow(unsafe_code, reason = "an allocator that counts")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use ioloop::IoLoop;
use lesson_11_http::application;
use web::{AsyncHttpClient, ClientOptions, Server};

struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
}

// SAFETY: `System` does the work; counting allocates nothing. (What grows is allocated anew, by the default method.)
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        HELD.set(HELD.get() + layout.size() as isize);
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        HELD.set(HELD.get() - layout.size() as isize);
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const COUNT: usize = 100;

/// Reads to the blank line.
fn head_of(stream: &mut TcpStream) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
}

/// A hundred As wait, each with its client's connection and one to a service that says nothing.
#[test]
fn a_waiting_a_and_its_two_connections() {
    let service = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/where", service.local_addr().unwrap());
    let io_loop = IoLoop::new().unwrap();
    let held = io_loop.block_on(async {
        let options = ClientOptions {
            max_clients: COUNT,
            ..ClientOptions::default()
        };
        let server = Server::new(application(AsyncHttpClient::with(options), &url));
        let address = server.listen("127.0.0.1:0").unwrap();
        let before = HELD.get();
        let (promise, all_wait) = promise::pair();
        thread::spawn(move || {
            let ask = |_| {
                let mut client = TcpStream::connect(address).unwrap();
                client
                    .write_all(b"GET /A HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    .unwrap();
                let (mut asked, _) = service.accept().unwrap();
                head_of(&mut asked);
                (client, asked)
            };
            promise.set((0..COUNT).map(ask).collect::<Vec<_>>());
        });
        let kept = all_wait.await.unwrap();
        let held = (HELD.get() - before) / COUNT as isize;
        drop(kept);
        held
    });
    const NOTES: &str = include_str!("../README.md");
    assert!(NOTES.contains("some 64 KiB on the heap"));
    let about = 48 << 10..80 << 10;
    assert!(about.contains(&held), "{held} bytes");
}
