//! TLS on a live connection, in memory. (Not under Miri: ring's code is not Rust.)
#![cfg(not(miri))]

mod wire;

use std::cell::Cell;
use std::io::ErrorKind;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use executor::{Executor, block_on, spawn};
use iostream::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use iostream::rustls::{ClientConfig, RootCertStore, ServerConfig};
use iostream::{Error, IoStream, Tls, TlsSide};
use wire::{Fault, Wire, turns, wire};

/// A server that is `localhost`, and a client that trusts it.
static CONFIGS: LazyLock<(Arc<ServerConfig>, Arc<ClientConfig>)> = LazyLock::new(|| {
    let signed = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(signed.signing_key.serialize_der());
    let mut roots = RootCertStore::empty();
    roots.add(signed.cert.der().clone()).unwrap();
    let server = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![signed.cert.der().clone()], PrivateKeyDer::Pkcs8(key));
    let client = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (Arc::new(server.unwrap()), Arc::new(client))
});

fn server() -> TlsSide {
    TlsSide::server(CONFIGS.0.clone())
}

fn client(hostname: &str) -> TlsSide {
    TlsSide::client(CONFIGS.1.clone(), hostname).unwrap()
}

/// A client and a server over `ends`, whose handshakes are not done.
fn both(ends: (Wire, Wire)) -> (IoStream<Tls<Wire>>, IoStream<Tls<Wire>>) {
    let server = IoStream::tls(ends.1, server());
    (IoStream::tls(ends.0, client("localhost")), server)
}

/// G18: the same connection, first in the clear, then not; both ways.
#[test]
fn g18_a_live_stream_goes_on_in_tls() {
    block_on(async {
        let (one, other) = wire();
        let serves = spawn(async {
            let plain = IoStream::new(other);
            let asked = plain.read_until(b"\n", 100).await?;
            assert_eq!(asked, b"starttls\n");
            plain.write(b"go on\n").await?;
            let secret = plain.start_tls(server()).await?;
            let name = secret.read_until(b"\n", 100).await?;
            secret.write([b"hello ", &name[..]].concat()).await?;
            secret.close();
            Ok::<_, Error>(())
        });
        let plain = IoStream::new(one);
        let closed = Rc::new(Cell::new(0));
        let count = closed.clone();
        plain.set_close_callback(move || count.set(count.get() + 1));
        plain.set_max_write_buffer_size(100);
        plain.write(b"starttls\n").await.unwrap();
        assert_eq!(plain.read_until(b"\n", 100).await.unwrap(), b"go on\n");
        let secret = plain.start_tls(client("localhost")).await.unwrap();
        // The old handle is of no use, and says so; what it had is the new one's.
        assert!(plain.closed() && matches!(plain.write(b"clear").await, Err(Error::Closed(None))));
        drop(plain);
        turns().await;
        assert_eq!(closed.get(), 0);
        assert!(matches!(
            secret.write([1; 101]).await,
            Err(Error::BufferFull { .. })
        ));
        secret.write(b"A\n").await.unwrap();
        let version = secret.with_transport(|tls| tls.connection().protocol_version());
        assert_eq!(
            version.flatten(),
            Some(iostream::rustls::ProtocolVersion::TLSv1_3)
        );
        // The other side said good-bye, so this is the end and not a cut.
        assert_eq!(secret.read_until_close().await.unwrap(), b"hello A\n");
        turns().await;
        assert_eq!(closed.get(), 1);
        serves.await.unwrap().unwrap();
    });
}

/// G18: with anything in a buffer it is refused, and the stream stays as it is.
#[test]
fn g18_tls_cannot_start_on_a_stream_that_is_not_idle() {
    block_on(async {
        let (end, peer) = wire();
        let stream = IoStream::new(end);
        let refused = async || matches!(stream.start_tls(server()).await, Err(Error::NotIdle));
        peer.send(b"ab");
        // Read ahead: this is how somebody would slip in a command that seems to have come through TLS.
        stream.read_bytes(1).await.unwrap();
        assert!(refused().await);
        let read = stream.read_bytes(2);
        assert!(refused().await);
        drop(read);
        assert_eq!(stream.read_bytes(1).await.unwrap(), b"b");
        peer.room(0);
        drop(stream.write(b"c"));
        assert!(refused().await);
        peer.room(1);
        turns().await;
        assert!(!stream.closed());
        stream.close();
        assert!(matches!(
            stream.start_tls(server()).await,
            Err(Error::Closed(None))
        ));
    });
}

/// G18: a certificate for another host, and a peer that does not speak TLS, close the connection.
#[test]
fn g18_a_handshake_that_fails_closes_the_stream() {
    block_on(async {
        let ends = wire();
        let calls = ends.0.calls.clone();
        let serves = IoStream::tls(ends.1, server());
        let closed = Rc::new(Cell::new(0));
        let count = closed.clone();
        let asks = IoStream::tls(ends.0, client("example.com"));
        asks.set_close_callback(move || count.set(count.get() + 1));
        let (write, read) = (asks.write(b"secret"), spawn(serves.read_bytes(1)));
        let error = asks.wait_for_handshake().await.unwrap_err();
        assert_eq!(
            error.cause().unwrap().io_kind(),
            Some(ErrorKind::InvalidData)
        );
        assert!(error.to_string().contains("not valid for name"), "{error}");
        assert!(write.await.is_err() && asks.closed() && calls.dropped.get());
        // The server is told why, and has not a byte.
        let error = read.await.unwrap().unwrap_err();
        assert!(error.to_string().contains("ertificate"), "{error}");
        turns().await;
        assert_eq!(closed.get(), 1);

        let (end, peer) = wire();
        let plain = IoStream::new(end);
        peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        let error = plain.start_tls(client("localhost")).await.unwrap_err();
        assert_eq!(
            error.cause().unwrap().io_kind(),
            Some(ErrorKind::InvalidData)
        );

        let (end, peer) = wire();
        let plain = IoStream::new(end);
        drop(peer);
        let error = plain.start_tls(server()).await.unwrap_err();
        assert!(error.is_closed(), "{error}");
    });
    assert!(TlsSide::client(CONFIGS.1.clone(), "not a host").is_err());
}

/// G19
#[test]
fn g19_one_may_wait_for_the_handshake_and_what_is_written_before_waits_for_it() {
    block_on(async {
        let ends = wire();
        let (asks, serves) = both(ends);
        let waits = asks.wait_for_handshake();
        assert!(matches!(
            asks.wait_for_handshake().await,
            Err(Error::AlreadyWaiting)
        ));
        let early = asks.write(b"early");
        assert!(asks.writing());
        assert_eq!(serves.read_bytes(5).await.unwrap(), b"early");
        early.await.unwrap();
        waits.await.unwrap();
        // When it is done, anybody may ask.
        let (one, other) = (asks.wait_for_handshake(), asks.wait_for_handshake());
        one.await.unwrap();
        other.await.unwrap();
    });
}

/// A stream that is cut below TLS has not ended.
#[test]
fn a_cut_is_not_an_end() {
    block_on(async {
        let ends = wire();
        let (asks, serves) = both(ends);
        asks.write(b"half of").await.unwrap();
        assert_eq!(serves.read_bytes(4).await.unwrap(), b"half");
        // Something between the two closes the connection: TLS itself has said nothing.
        asks.with_transport(|tls| tls.get_ref().end()).unwrap();
        let error = serves.read_until_close().await.unwrap_err();
        assert_eq!(
            error.cause().unwrap().io_kind(),
            Some(ErrorKind::UnexpectedEof)
        );
        assert_eq!(serves.read_bytes_partial(9).await.unwrap(), b" of");
    });
}

/// Each side writes more than fits between them before it reads: each read goes on while a write waits, and the other
/// way round, each in its own task.
#[test]
fn both_directions_at_once() {
    const SIZE: usize = 300_000;
    block_on(async {
        let ends = wire();
        ends.0.room(1000);
        ends.1.room(700);
        let (asks, serves) = both(ends);
        let tasks: Vec<_> = [asks, serves]
            .into_iter()
            .map(|stream| {
                let write = spawn(stream.write(vec![7; SIZE]));
                let read = spawn(stream.read_bytes(SIZE));
                (write, read, stream)
            })
            .collect();
        for (write, read, stream) in tasks {
            assert_eq!(read.await.unwrap().unwrap().len(), SIZE);
            write.await.unwrap().unwrap();
            assert!(!stream.writing());
        }
    });
}

/// FF05: each fault at each call below TLS, handshake and all.
#[test]
fn ff05_each_fault_at_each_call_below_tls() {
    let run = |at, fault: Option<Fault>| {
        let executor = Executor::new();
        let ends = wire();
        // Every write is cut.
        ends.1.room(100);
        let calls = ends.0.calls.clone();
        calls.fault.set(fault.map(|fault| (at, fault)));
        let serves = executor.spawn(async {
            let stream = IoStream::tls(ends.1, server());
            let asked = stream.read_until(b"\n", 100).await?;
            stream.write(asked).await
        });
        let asks = executor.spawn(async {
            let stream = IoStream::tls(ends.0, client("localhost"));
            stream.write(b"question\n").await?;
            stream.read_until_close().await
        });
        for _ in 0..200 {
            executor.turn(64);
        }
        assert!(
            asks.is_finished() && serves.is_finished(),
            "{fault:?} at {at}: it hangs"
        );
        assert!(
            calls.dropped.get(),
            "{fault:?} at {at}: the transport is left"
        );
        assert_eq!(executor.tasks(), 0, "{fault:?} at {at}: a task is left");
        (executor.block_on(asks).unwrap(), calls.count.get())
    };
    let (said, calls) = run(0, None);
    assert_eq!(said.unwrap(), b"question\n");
    assert!(calls > 5, "{calls}");
    for at in 0..calls + 3 {
        for fault in [
            Fault::Pending,
            Fault::Short,
            Fault::Error(ErrorKind::Interrupted),
        ] {
            let (said, _) = run(at, Some(fault));
            assert_eq!(said.unwrap(), b"question\n", "{fault:?} at {at}");
        }
        let (said, calls) = run(at, Some(Fault::Error(ErrorKind::ConnectionReset)));
        match said {
            Ok(said) => assert_eq!(said, b"question\n", "{calls}"),
            Err(error) => {
                let kind = error.cause().unwrap().io_kind();
                assert_eq!(kind, Some(ErrorKind::ConnectionReset), "at {at}");
            }
        }
    }
}
