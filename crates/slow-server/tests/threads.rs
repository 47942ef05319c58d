//! Alone in its file: it counts the threads of its process.
#![cfg(target_os = "linux")]

use slow_server::SlowServer;
use std::io::Read;
use std::net::TcpStream;

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

#[test]
fn a_hundred_waiting_connections_cost_two_threads() {
    let before = threads();
    let (server, gate) = SlowServer::gated().unwrap();
    let address = server.address();
    let mut waiting: Vec<_> = (0..100)
        .map(|_| TcpStream::connect(address.as_str()).unwrap())
        .collect();
    assert_eq!(threads() - before, 2);
    gate.open();
    for stream in &mut waiting {
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        assert_eq!(reply, "io result\n");
    }
    assert_eq!(threads() - before, 2);
}
