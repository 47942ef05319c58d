//! How a WebSocket ends, and that its handler is told once.

mod frames;
mod logged;
mod wire;

use web::WebSocketLimits;

use frames::{CLOSE, FINAL, TEXT, Told, closes, echo, frame, said, says, telling};
use logged::logged;
use wire::{Peer, run};

/// What is answered goes out, though the client is done when it has asked.
#[test]
fn j7_what_was_said_before_the_end_is_sent_before_the_close() {
    let echoed = (TEXT, b"x".into());
    let (frames, lines) = said([frame(TEXT, "x"), frame(CLOSE, says(1000, "bye"))].concat());
    assert_eq!(frames, [echoed.clone(), closes(1000, "bye")]);
    assert_eq!(lines, ["text x", "closed by the peer: 1000 bye"]);

    let (frames, _) = said([frame(TEXT, "x"), frame(FINAL | 3, "")].concat());
    assert_eq!(frames, [echoed.clone(), closes(1002, "a reserved opcode")]);

    let lines = logged(|| {
        run(async || {
            let told = Told::default();
            let server = telling(
                &told,
                WebSocketLimits::default(),
                async |socket, message| {
                    echo(socket, message).await?;
                    Err(web::HttpError::new(web::StatusCode::IM_A_TEAPOT))
                },
            );
            let (mut peer, _) = Peer::open(&server).await;
            peer.send(frame(TEXT, "x")).await;
            assert_eq!(peer.frames().await, [echoed, closes(1011, "")]);
        });
    });
    assert_eq!(
        lines[1],
        "ERROR Uncaught error GET / (127.0.0.1): 418 I'm a teapot"
    );
}
