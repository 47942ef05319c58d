//! A program under every order of readiness: what the hook between the system and the loop is for.

use std::cell::RefCell;
use std::io::Write;
use std::net;
use std::rc::Rc;
use std::time::Duration;

use futures::io::AsyncReadExt;
use ioloop::{IoLoop, TcpStream, Then, sleep, spawn};

/// What is chosen at each place of one run, and of how many; the next run differs in the last place that has another.
#[derive(Default)]
struct Choices {
    made: Vec<(usize, usize)>,
    next: usize,
}

impl Choices {
    fn choose(&mut self, of: usize) -> usize {
        if self.next == self.made.len() {
            self.made.push((0, of));
        }
        let (choice, known) = self.made[self.next];
        assert_eq!(known, of, "the same choices lead to the same place");
        self.next += 1;
        choice
    }

    /// The next run; false if there was the last.
    fn advance(&mut self) -> bool {
        self.next = 0;
        while let Some((choice, of)) = self.made.pop() {
            if choice + 1 < of {
                self.made.push((choice + 1, of));
                return true;
            }
        }
        false
    }
}

/// A stream, and its peer's end.
fn connected() -> (TcpStream, net::TcpStream) {
    let listener = net::TcpListener::bind("127.0.0.1:0").unwrap();
    let peer = net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (stream, _) = listener.accept().unwrap();
    (TcpStream::from_std(stream).unwrap(), peer)
}

/// Two replies and a timer, in every order: 3! = 6, each seen once. Whenever the program would sleep, the hook chooses what
/// happens next in the world outside.
#[test]
fn two_replies_and_a_timer_come_in_every_order() {
    let choices = Rc::new(RefCell::new(Choices::default()));
    let mut seen = Vec::new();
    loop {
        let io_loop = IoLoop::virtual_time().unwrap();
        let trace = Rc::new(RefCell::new(String::new()));
        let (streams, mut peers): (Vec<_>, Vec<_>) =
            io_loop.enter(|| [connected(), connected()].into_iter().unzip());
        let chooses = choices.clone();
        io_loop.steer(move |batch| {
            if !batch.ready().is_empty() {
                while !batch.ready().is_empty() {
                    batch.deliver(0);
                }
                return Then::Return;
            }
            if !batch.may_wait() {
                return Then::Return;
            }
            let timer = usize::from(batch.next_deadline().is_some());
            let choice = chooses.borrow_mut().choose(peers.len() + timer);
            if choice == peers.len() {
                return Then::Jump;
            }
            // It says something, and ends.
            peers.remove(choice).write_all(b"x").unwrap();
            Then::Wait
        });
        let there = trace.clone();
        io_loop.block_on(async move {
            let mut tasks = Vec::new();
            for (mut stream, letter) in streams.into_iter().zip(['a', 'b']) {
                let there = there.clone();
                tasks.push(spawn(async move {
                    assert_eq!(stream.read(&mut [0; 2]).await.unwrap(), 1);
                    there.borrow_mut().push(letter);
                }));
            }
            tasks.push(spawn(async move {
                sleep(Duration::from_secs(3600)).await;
                there.borrow_mut().push('t');
            }));
            for task in tasks {
                task.await.unwrap();
            }
        });
        seen.push(trace.take());
        if !choices.borrow_mut().advance() {
            break;
        }
    }
    seen.sort();
    assert_eq!(seen, ["abt", "atb", "bat", "bta", "tab", "tba"]);
}
