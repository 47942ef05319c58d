//! The same streams over the system's sockets and pipes. (Not under Miri, which knows few of them.)
#![cfg(not(miri))]

use std::cell::Cell;
use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::rc::Rc;
use std::time::Duration;

use ioloop::{TcpListener, TcpStream, block_on, spawn, timeout};
use iostream::{Error, IoStream};

/// Two ends of one connection: a stream, and a socket of the standard library that blocks.
fn connected() -> (IoStream<TcpStream>, std::net::TcpStream) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let peer = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let stream = TcpStream::from_std(listener.accept().unwrap().0).unwrap();
    (IoStream::new(stream), peer)
}

/// G15: the port is nobody's.
#[test]
fn g15_a_refused_connection_is_the_cause() {
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let nobody = listener.local_addr().unwrap();
        drop(listener);
        let stream = IoStream::connect(nobody);
        let closed = Rc::new(Cell::new(0));
        let count = closed.clone();
        stream.set_close_callback(move || count.set(count.get() + 1));
        let write = stream.write(b"anybody?");
        let error = stream.opened().await.unwrap_err();
        assert_eq!(
            error.cause().unwrap().io_kind(),
            Some(ErrorKind::ConnectionRefused)
        );
        assert!(write.await.is_err());
        assert_eq!(
            stream.error().unwrap().io_kind(),
            Some(ErrorKind::ConnectionRefused)
        );
        ioloop::yield_now().await;
        assert_eq!(closed.get(), 1);
    });
}

/// G15, G17
#[test]
fn g15_g17_a_connection_and_its_options() {
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = IoStream::connect(listener.local_addr().unwrap());
        // Nothing to set it on, as yet.
        stream.set_nodelay(true).unwrap();
        drop(stream.write(b"early\n"));
        let (peer, _) = listener.accept().await.unwrap();
        let peer = IoStream::new(peer);
        assert_eq!(peer.read_until(b"\n", 10).await.unwrap(), b"early\n");
        stream.opened().await.unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_nodelay(false).unwrap();
        let address = stream.with_transport(|tcp| tcp.peer_addr().unwrap());
        assert_eq!(address, Some(listener.local_addr().unwrap()));
    });
}

/// G6, G9, G10: the peer's FIN, in the same packet as the last bytes or after them, with and without a read.
#[test]
fn g10_the_end_of_a_connection_is_seen() {
    block_on(async {
        let (stream, mut peer) = connected();
        peer.write_all(b"last words").unwrap();
        drop(peer);
        assert_eq!(stream.read_bytes(4).await.unwrap(), b"last");
        assert_eq!(stream.read_until_close().await.unwrap(), b" words");

        let (stream, peer) = connected();
        let (closed, closes) = executor::oneshot();
        stream.set_close_callback(move || closed.send(()).unwrap());
        drop(peer);
        closes.await.unwrap();
        assert!(stream.closed() && stream.error().is_none());
    });
}

/// G12: the peer has to wait while nobody reads here.
#[test]
fn g12_the_peer_is_held_up_by_small_reads() {
    block_on(async {
        let (stream, peer) = connected();
        stream.set_max_buffer_size(10_000);
        peer.set_nonblocking(true).unwrap();
        let mut peer = peer;
        let mut sent = 0;
        let full = loop {
            match peer.write(&[7; 100_000]) {
                Ok(length) => sent += length,
                Err(error) => break error.kind(),
            }
            // The stream is at work, but does not take more than it is asked for.
            assert_eq!(stream.read_bytes(10).await.unwrap(), [7; 10]);
        };
        assert_eq!(full, ErrorKind::WouldBlock);
        assert!(sent > 10_000);
        stream.close();
    });
}

/// G21, G1: 4 MB before the delimiter, and a write of 4 MB, through a real socket.
#[test]
fn g21_four_megabytes_before_the_delimiter() {
    const SIZE: usize = 4 << 20;
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = IoStream::connect(listener.local_addr().unwrap());
        let peer = IoStream::new(listener.accept().await.unwrap().0);
        let mut bytes = vec![b'x'; SIZE];
        bytes.extend(b"\r\n");
        let write = spawn(stream.write(bytes));
        let line = peer.read_until(b"\r\n", SIZE + 2).await.unwrap();
        assert_eq!(line.len(), SIZE + 2);
        write.await.unwrap().unwrap();
    });
}

/// FF06: a write where nobody can ever read is an error, and not a signal that ends the process.
#[test]
fn ff06_a_write_that_raises_sigpipe_is_an_error() {
    block_on(async {
        let (stream, _peer) = connected();
        stream.with_transport(|tcp| tcp.shutdown(Shutdown::Write).unwrap());
        let error = stream.write(b"hello?").await.unwrap_err();
        assert_eq!(
            error.cause().unwrap().io_kind(),
            Some(ErrorKind::BrokenPipe)
        );
    });
}

/// G16: a peer that drops what it has not read resets the connection.
#[test]
fn g16_a_reset_is_the_cause() {
    block_on(async {
        let (stream, peer) = connected();
        stream.write(b"hello?").await.unwrap();
        drop(peer);
        let error = stream.read_bytes(1).await.unwrap_err();
        assert_eq!(
            error.cause().unwrap().io_kind(),
            Some(ErrorKind::ConnectionReset)
        );
    });
}

/// FF07, on a socket: the reader and the writer are woken by a close.
#[test]
fn ff07_a_close_wakes_those_who_wait_for_the_socket() {
    block_on(async {
        let (stream, mut peer) = connected();
        let read = spawn(stream.read_bytes(1));
        let write = spawn(stream.write(vec![1; 20 << 20]));
        ioloop::yield_now().await;
        stream.close();
        assert!(matches!(read.await.unwrap(), Err(Error::Closed(None))));
        assert!(matches!(write.await.unwrap(), Err(Error::Closed(None))));
        // The peer sees the end.
        let mut got = Vec::new();
        peer.read_to_end(&mut got).unwrap();
        assert!(got.len() < 20 << 20);
    });
}

/// FF10, on a socket.
#[test]
fn ff10_an_answer_after_the_peers_last_byte() {
    block_on(async {
        let (stream, mut peer) = connected();
        stream.set_half_close(true);
        peer.write_all(b"question").unwrap();
        peer.shutdown(Shutdown::Write).unwrap();
        assert_eq!(stream.read_until_close().await.unwrap(), b"question");
        stream.write(b"answer").await.unwrap();
        drop(stream);
        let mut answer = String::new();
        peer.read_to_string(&mut answer).unwrap();
        assert_eq!(answer, "answer");
    });
}

/// A read that is given up for want of time leaves what came for the next.
#[test]
fn ff09_a_time_out_loses_no_bytes() {
    block_on(async {
        let (stream, mut peer) = connected();
        peer.write_all(b"first half").unwrap();
        let read = stream.read_until(b"\n", 100);
        assert!(timeout(Duration::ZERO, read).await.is_err());
        peer.write_all(b", second half\n").unwrap();
        let line = stream.read_until(b"\n", 100).await.unwrap();
        assert_eq!(line, b"first half, second half\n");
    });
}

/// G20, and Unix sockets.
#[cfg(unix)]
mod unix {
    use std::process::{Command, Stdio};

    use ioloop::{PipeReader, PipeWriter, UnixStream, pipe};

    use super::*;

    #[test]
    fn g20_a_pipe_with_big_writes_too() {
        block_on(async {
            let (writer, reader) = pipe().unwrap();
            let (writer, reader) = (IoStream::writer(writer), IoStream::reader(reader));
            drop(writer.write(b"hel"));
            drop(writer.write(b"lo\n"));
            assert_eq!(reader.read_until(b"\n", 100).await.unwrap(), b"hello\n");
            let write = spawn(writer.write(vec![7; 1 << 20]));
            assert_eq!(reader.read_bytes(1 << 20).await.unwrap(), vec![7; 1 << 20]);
            write.await.unwrap().unwrap();
            drop(writer);
            assert_eq!(reader.read_until_close().await.unwrap(), b"");
            let error = reader.write(b"the wrong way").await;
            assert!(matches!(error, Err(Error::Closed(None))));
        });
    }

    /// G20: what only reads cannot be written to; what only writes waits to be read, and is closed by this side.
    #[test]
    fn g20_the_other_direction_of_a_pipe() {
        block_on(async {
            let (writer, reader) = pipe().unwrap();
            let (writer, reader) = (IoStream::writer(writer), IoStream::reader(reader));
            let error = reader.write(b"x").await.unwrap_err();
            assert_eq!(
                error.cause().unwrap().io_kind(),
                Some(ErrorKind::Unsupported)
            );
            let read = spawn(writer.read_bytes(1));
            ioloop::yield_now().await;
            let error = writer.write(b"x").await.unwrap_err();
            assert_eq!(
                error.cause().unwrap().io_kind(),
                Some(ErrorKind::BrokenPipe)
            );
            assert!(read.await.unwrap().is_err());
        });
    }

    /// G20: both pipes of a child as one stream.
    #[test]
    fn g20_a_child_is_talked_to() {
        block_on(async {
            let mut child = Command::new("cat")
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let output = PipeReader::from_fd(child.stdout.take().unwrap()).unwrap();
            let input = PipeWriter::from_fd(child.stdin.take().unwrap()).unwrap();
            let talk = IoStream::two_way(output, input);
            talk.write(b"hello\n").await.unwrap();
            assert_eq!(talk.read_until(b"\n", 100).await.unwrap(), b"hello\n");
            drop(talk);
            assert!(child.wait().unwrap().success());
        });
    }

    #[test]
    fn a_unix_socket() {
        block_on(async {
            let (one, other) = UnixStream::pair().unwrap();
            let (one, other) = (IoStream::new(one), IoStream::new(other));
            let write = spawn(one.write(vec![7; 1 << 20]));
            assert_eq!(other.read_bytes(1 << 20).await.unwrap().len(), 1 << 20);
            write.await.unwrap().unwrap();
            other.write(b"done").await.unwrap();
            other.close();
            assert_eq!(one.read_until_close().await.unwrap(), b"done");
        });
    }
}
