//! Peers that are pinged, and those that are gone, deaf or slow.

mod frames;
mod wire;

use std::time::{Duration, Instant};

use ioloop::{IoLoop, sleep, timeout};
use web::{
    Application, Closed, Message, Request, Server, WebSocket, WebSocketHandler, WebSocketLimits,
};

use frames::{Frame, PING, PONG, TEXT, Told, echo, frame, telling};
use wire::{Peer, run};

fn every(seconds: u64) -> WebSocketLimits {
    WebSocketLimits {
        ping_interval: Some(Duration::from_secs(seconds)),
        ..WebSocketLimits::default()
    }
}

fn now() -> Instant {
    IoLoop::current().time()
}

fn seconds(since: Instant) -> u64 {
    (now() - since).as_secs()
}

/// Reads to the end, and answers nothing. Gives what came, each with its second.
async fn mute(peer: &mut Peer, since: Instant) -> Vec<(u64, Frame)> {
    let mut frames = Vec::new();
    while let Some(frame) = peer.frame().await {
        frames.push((seconds(since), frame));
    }
    frames
}

/// J12, FI10: two pings that nobody answers, and the time of a third.
#[test]
fn j12_fi10_a_peer_that_has_vanished_is_cut_off_after_two_pings() {
    run(async || {
        let told = Told::default();
        let server = telling(&told, WebSocketLimits::default(), echo);
        let begin = now();
        let (mut peer, served) = Peer::open(&server).await;
        let ping = (PING, Vec::new());
        assert_eq!(
            mute(&mut peer, begin).await,
            [(20, ping.clone()), (40, ping)]
        );
        assert_eq!(seconds(begin), 60);
        served.await.unwrap();
        assert_eq!(told.lines(), ["open", "the connection is lost"]);
    });
}

/// Whatever comes is a sign of life: a pong, a message, one byte of a frame.
#[test]
fn j12_a_peer_that_gives_a_sign_of_life_stays() {
    let whole = frame(TEXT, "long enough for what comes");
    for kind in 0..3 {
        run(async || {
            let told = Told::default();
            let server = telling(&told, every(10), async |_, _| Ok(()));
            let (mut peer, _) = Peer::open(&server).await;
            for byte in &whole[..20] {
                for _ in 0..2 {
                    assert_eq!(peer.frame().await, Some((PING, Vec::new())));
                }
                match kind {
                    0 => peer.send(frame(PONG, "")).await,
                    1 => peer.send(frame(TEXT, "x")).await,
                    _ => peer.send([*byte]).await,
                }
            }
            assert!(!told.socket().is_closed());
        });
    }
}

#[test]
fn j12_without_an_interval_nobody_is_pinged() {
    for interval in [None, Some(Duration::ZERO)] {
        run(async || {
            let told = Told::default();
            let limits = WebSocketLimits {
                ping_interval: interval,
                ..WebSocketLimits::default()
            };
            let server = telling(&told, limits, echo);
            let (mut peer, _) = Peer::open(&server).await;
            sleep(Duration::from_secs(1_000_000)).await;
            peer.send(frame(TEXT, "x")).await;
            assert_eq!(peer.frame().await, Some((TEXT, b"x".into())));
        });
    }
}

#[test]
fn j12_missed_pings_are_those_in_a_row() {
    for (missed, ends) in [(0, 20), (1, 20), (2, 30), (5, 60)] {
        run(async || {
            let told = Told::default();
            let limits = WebSocketLimits {
                missed_pings: missed,
                ..every(10)
            };
            let server = telling(&told, limits, echo);
            let (mut peer, _) = Peer::open(&server).await;
            let begin = now();
            for _ in 0..3 {
                peer.frame().await;
                peer.send(frame(PONG, "")).await;
            }
            mute(&mut peer, begin).await;
            // The third ping is answered; the next ones are not.
            assert_eq!(seconds(begin), 30 + ends, "{missed}");
        });
    }
}

/// Waits in `open`, or in `on_message`, for as long as it is told to; or until all that it says is taken.
struct Waits {
    told: Told,
    opens: u64,
    messages: u64,
    drains: bool,
}

impl WebSocketHandler for Waits {
    async fn open(&mut self, _: &WebSocket, _: Request) -> web::Result {
        sleep(Duration::from_secs(self.opens)).await;
        self.told.tell("open");
        Ok(())
    }

    async fn on_message(&mut self, socket: &WebSocket, _: Message) -> web::Result {
        self.told.tell("message");
        sleep(Duration::from_secs(self.messages)).await;
        if self.drains {
            loop {
                socket.write_message("x".repeat(1000))?;
                socket.drained().await?;
            }
        }
        socket.write_message("done")?;
        Ok(())
    }

    fn on_close(&mut self, closed: &Closed) {
        self.told.tell(closed.to_string());
    }
}

impl Waits {
    fn server(&self) -> Server {
        let Self {
            told,
            opens,
            messages,
            drains,
        } = self;
        let (told, opens, messages, drains) = (told.clone(), *opens, *messages, *drains);
        Server::new(Application::new().websocket("/", move || Waits {
            told: told.clone(),
            opens,
            messages,
            drains,
        }))
    }
}

/// Nobody reads the pongs meanwhile: that is not the peer's fault.
#[test]
fn j12_a_handler_may_take_its_time_and_the_peer_stays() {
    for (opens, messages) in [(1000, 0), (0, 1000)] {
        run(async || {
            let told = Told::default();
            let waits = Waits {
                told: told.clone(),
                opens,
                messages,
                drains: false,
            };
            let server = waits.server();
            let (mut peer, _) = Peer::open(&server).await;
            peer.send(frame(TEXT, "")).await;
            let mut pings = 0;
            loop {
                match peer.frame().await.expect("it was cut off") {
                    (PING, bytes) => peer.send(frame(PONG, bytes)).await,
                    other => break assert_eq!(other, (TEXT, b"done".into())),
                }
                pings += 1;
            }
            assert!((45..=50).contains(&pings), "{pings}");
            assert_eq!(told.lines(), ["open", "message"]);
        });
    }
}

/// FI07: a handler that waits until a deaf peer has taken all does not wait for ever.
#[test]
fn fi07_a_peer_that_takes_nothing_is_cut_off_though_the_handler_waits_for_it() {
    run(async || {
        let told = Told::default();
        let waits = Waits {
            told: told.clone(),
            opens: 0,
            messages: 0,
            drains: true,
        };
        let (mut peer, served) = Peer::open_with_room(&waits.server(), 10_000).await;
        let begin = now();
        peer.send(frame(TEXT, "")).await;
        // It hears as long as it takes something now and then.
        for _ in 0..20 {
            sleep(Duration::from_secs(15)).await;
            for _ in 0..10 {
                peer.frame().await.expect("it was cut off");
            }
        }
        let cut = timeout(Duration::from_secs(1000), served).await;
        cut.expect("it is waited for").unwrap();
        let passed = seconds(begin) - 300;
        assert!((40..=60).contains(&passed), "{passed}");
        assert_eq!(told.lines(), ["open", "message", "the connection is lost"]);
    });
}
