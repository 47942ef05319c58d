//! Requests that come over the network, served by one thread.

use std::io::{Read, Write};
use std::net;
use std::rc::Rc;
use std::sync::mpsc::channel;
use std::thread;

use ioloop::{IoLoop, TcpListener, spawn};
use lesson_08_event_loop::{Requests, listen};
use slow_server::SlowServer;
use timeline::Story;

/// Sends `line`, and gives the answer.
fn ask(address: net::SocketAddr, line: &str) -> String {
    let mut stream = net::TcpStream::connect(address).unwrap();
    stream.write_all(line.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// F1: A was there first, and its reply comes when all the others have been answered.
#[test]
fn b_and_c_are_answered_while_a_waits() {
    let (slow, gate) = SlowServer::gated().unwrap();
    let (seen, happened) = channel();
    let story = Story::new().watch(move |event| seen.send(event.what.clone()).unwrap());
    let mut answers = None;
    let recording = story.run(|| {
        let io_loop = IoLoop::new().unwrap();
        let requests = Rc::new(Requests::on(io_loop.clone()));
        io_loop.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = listener.local_addr().unwrap();
            drop(spawn(listen(requests.clone(), listener, slow.address())));
            let (promise, done) = promise::pair();
            thread::spawn(move || {
                let a = thread::spawn(move || ask(address, "A\n"));
                while happened.recv().unwrap() != "A suspended" {}
                let quick = ["B\r\n", "C", "D\n", "\n", "\u{fe}\n"].map(|line| {
                    let mut stream = net::TcpStream::connect(address).unwrap();
                    stream.write_all(line.as_bytes()).unwrap();
                    stream.shutdown(net::Shutdown::Write).unwrap();
                    let mut answer = String::new();
                    stream.read_to_string(&mut answer).unwrap();
                    answer
                });
                // Goes away without a word: nobody minds.
                drop(net::TcpStream::connect(address).unwrap());
                gate.open();
                promise.set((quick, a.join().unwrap()));
            });
            answers = Some(done.await.unwrap());
        });
    });
    let (quick, a) = answers.unwrap();
    let no = "send A, B or C\n";
    assert_eq!(quick, ["B: done\n", "C: done\n", no, no, no]);
    assert_eq!(a, "A: a reply of 9 bytes\n");
    let expected = [
        "A begins",
        "I/O begins",
        "A suspended",
        "B begins",
        "B ends",
        "C begins",
        "C ends",
        "I/O ends",
        "A resumed with \"io result\"",
        "A ends",
    ];
    assert_eq!(recording.unwrap().told(), expected);
}
