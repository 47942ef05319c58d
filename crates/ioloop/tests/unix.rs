//! What only Unix has: its sockets, pipes, signals; and what happens when files run out.
#![cfg(unix)]

mod connected;

use std::cell::Cell;
use std::io::{self, Read, Write};
use std::net;
use std::rc::Rc;
use std::thread;

use connected::connected;
use futures::future::join;
use futures::io::{AsyncReadExt, AsyncWriteExt};
use ioloop::{
    IoLoop, PipeReader, PipeWriter, Signals, TcpListener, UnixListener, UnixStream, block_on, pipe,
    spawn,
};

#[test]
#[cfg_attr(miri, ignore = "Miri has no Unix sockets")]
fn unix_sockets_connect_and_end() {
    let folder = std::env::temp_dir().join(format!("ioloop-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("socket");
    block_on(async {
        let listener = UnixListener::bind(&path).unwrap();
        let (client, server) = join(UnixStream::connect(&path), listener.accept()).await;
        let (mut client, mut server) = (client.unwrap(), server.unwrap());
        client.write_all(b"hello").await.unwrap();
        client.close().await.unwrap();
        let mut text = String::new();
        server.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "hello");
    });
    std::fs::remove_dir_all(&folder).unwrap();
}

/// A pipe that is full, and one whose reader is gone.
#[test]
fn pipes_wait_for_room_and_tell_of_a_reader_that_is_gone() {
    const BYTES: usize = if cfg!(miri) { 70_000 } else { 1 << 20 };
    block_on(async {
        let (mut writer, mut reader) = pipe().unwrap();
        let writes = spawn(async move {
            writer.write_all(&vec![1; BYTES]).await.unwrap();
            writer
        });
        let mut bytes = vec![0; BYTES];
        reader.read_exact(&mut bytes).await.unwrap();
        let mut writer = writes.await.unwrap();
        drop(reader);
        let error = writer.write_all(b"x").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    });
}

#[test]
#[cfg_attr(miri, ignore = "Miri starts no processes")]
fn the_pipes_of_a_child_can_be_awaited() {
    use std::process::{Command, Stdio};
    let mut child = Command::new("cat");
    child.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = child.spawn().unwrap();
    let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    block_on(async {
        let mut input = PipeWriter::from_fd(input).unwrap();
        let mut output = PipeReader::from_fd(output).unwrap();
        input.write_all(b"through a child").await.unwrap();
        drop(input);
        let mut text = String::new();
        output.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "through a child");
    });
    assert!(child.wait().unwrap().success());
}

/// F6: a signal is read, in a task, like any other source.
#[test]
#[cfg_attr(miri, ignore = "Miri knows no signals")]
fn f6_signals_come_as_readiness() {
    let io_loop = IoLoop::new().unwrap();
    io_loop.block_on(async {
        let mut signals = Signals::new([libc::SIGUSR1]).unwrap();
        assert!(futures::poll!(std::pin::pin!(signals.next())).is_pending());
        signal_hook::low_level::raise(libc::SIGUSR1).unwrap();
        assert_eq!(signals.next().await.unwrap(), libc::SIGUSR1);
        // From another thread, while the loop sleeps.
        let other = thread::spawn(|| signal_hook::low_level::raise(libc::SIGUSR1).unwrap());
        assert_eq!(signals.next().await.unwrap(), libc::SIGUSR1);
        other.join().unwrap();
    });
    assert_eq!(io_loop.sources(), 0);
}

/// FD11: a child inherits none of the loop's files.
#[test]
#[cfg(target_os = "linux")]
#[cfg_attr(miri, ignore = "Miri starts no processes")]
fn fd11_a_child_has_no_file_of_the_loop() {
    // What a child has of whoever started this test does not count.
    let files = || {
        let child = std::process::Command::new("ls")
            .arg("/proc/self/fd")
            .output();
        String::from_utf8(child.unwrap().stdout).unwrap()
    };
    let before = files();
    block_on(async {
        let (_one, _other) = connected().await;
        let _pipe = pipe().unwrap();
        let _pair = UnixStream::pair().unwrap();
        let _signals = Signals::new([libc::SIGUSR2]).unwrap();
        assert_eq!(files(), before);
    });
}

/// FD09: no files are left: accepting waits and goes on, the loop is not busy meanwhile, and nobody is lost.
#[test]
#[cfg(target_os = "linux")]
#[cfg_attr(miri, ignore = "Miri starts no processes")]
fn fd09_accept_survives_that_no_files_are_left() {
    const CHILD: &str = "FD09_CHILD";
    const CLIENTS: usize = 100;
    if std::env::var_os(CHILD).is_none() {
        let shell = std::process::Command::new("sh")
            .args(["-c", "ulimit -n 40 && exec \"$0\" \"$@\""])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "fd09_accept_survives_that_no_files_are_left"])
            .arg("--nocapture")
            .env(CHILD, "1")
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn();
        let mut shell = shell.unwrap();
        let mut output = io::BufReader::new(shell.stdout.take().unwrap());
        let address = loop {
            let mut line = String::new();
            assert_ne!(io::BufRead::read_line(&mut output, &mut line).unwrap(), 0);
            if let Some((_, address)) = line.split_once("listens at ") {
                break address.trim().to_owned();
            }
        };
        // Three times as many as there are files for.
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| net::TcpStream::connect(&address).unwrap())
            .collect();
        // They are served as those before them end.
        for mut client in clients {
            client.write_all(b"x").unwrap();
            let mut echo = [0];
            client.read_exact(&mut echo).unwrap();
        }
        let mut said = String::new();
        output.read_to_string(&mut said).unwrap();
        assert!(shell.wait().unwrap().success(), "{said}");
        return;
    }
    let turns = Rc::new(Cell::new(0));
    let count = turns.clone();
    block_on(async move {
        IoLoop::current().record(Some(Rc::new(move |event| {
            if event == ioloop::Event::Reactor(reactor::Event::Park) {
                count.set(count.get() + 1);
            }
        })));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        println!("listens at {}", listener.local_addr().unwrap());
        let mut served = Vec::new();
        for _ in 0..CLIENTS {
            let (mut stream, _) = listener.accept().await.unwrap();
            served.push(spawn(async move {
                let mut byte = [0];
                stream.read_exact(&mut byte).await.unwrap();
                stream.write_all(&byte).await.unwrap();
            }));
        }
        for task in served {
            task.await.unwrap();
        }
        let turns = turns.get();
        assert!(turns < 20 * CLIENTS, "{turns} sleeps: it did not wait");
    });
}
