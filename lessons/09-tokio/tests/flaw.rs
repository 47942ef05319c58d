//! What no runtime takes from its user: what is lost when a future is dropped half-way.

use std::future::ready;
use std::pin::pin;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, duplex};
use tokio::runtime::Builder;
use tokio::select;

fn on_one_thread<F: Future>(future: F) -> F::Output {
    Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

/// FF09: half of the reply has come when something else is ready. `select!` drops the read, and the half with it.
#[test]
fn ff09_a_read_that_is_dropped_half_way_loses_what_it_has_read() {
    let lines = on_one_thread(async {
        let (mut server, client) = duplex(64);
        let mut client = BufReader::new(client);
        server.write_all(b"io re").await.unwrap();
        let mut lines = Vec::new();
        for round in 0..2 {
            let mut line = String::new();
            select! {
                biased;
                read = client.read_line(&mut line) => drop(read.unwrap()),
                () = ready(()), if round == 0 => server.write_all(b"sult\n").await.unwrap(),
            }
            lines.push(line);
        }
        lines
    });
    assert_eq!(lines, ["", "sult\n"]); // and nobody was told
}

/// The cure: one read for all rounds. `select!` gets a reference to it, and drops the reference.
#[test]
fn ff09_a_read_that_is_kept_loses_nothing() {
    let line = on_one_thread(async {
        let (mut server, client) = duplex(64);
        let mut client = BufReader::new(client);
        server.write_all(b"io re").await.unwrap();
        let mut line = String::new();
        {
            let mut read = pin!(client.read_line(&mut line));
            for round in 0..2 {
                select! {
                    biased;
                    read = &mut read => drop(read.unwrap()),
                    () = ready(()), if round == 0 => server.write_all(b"sult\n").await.unwrap(),
                }
            }
        }
        line
    });
    assert_eq!(line, "io result\n");
}
