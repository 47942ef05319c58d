//! Work that is done in a process of its own: a bench runs itself again.

use std::env;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command, Stdio};

use super::{PASSES, smoke};

/// Has processes of this program, with these arguments, print a figure, one in each pass.
pub(crate) fn passes(arguments: &[&str]) -> Result<Vec<f64>, String> {
    (0..if smoke() { 1 } else { PASSES })
        .map(|_| figure(Command::new(this()?).args(arguments)))
        .collect()
}

/// The program that runs.
pub(crate) fn this() -> Result<std::path::PathBuf, String> {
    env::current_exe().map_err(|error| error.to_string())
}

/// What a program prints, as a number; else what it complains of.
pub(crate) fn figure(command: &mut Command) -> Result<f64, String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let why = String::from_utf8_lossy(&output.stderr);
    said.trim()
        .parse()
        .map_err(|_| why.lines().next().unwrap_or("it said nothing").to_owned())
}

/// Bytes of this process that are in memory.
pub(crate) fn resident() -> Result<f64, String> {
    let status = fs::read_to_string("/proc/self/status")
        .map_err(|_| "this system does not tell what a process holds".to_owned())?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    let kilobytes: f64 = number.and_then(|text| text.parse().ok()).ok_or(status)?;
    Ok(kilobytes * 1024.0)
}

/// Listens on the loopback. std has room for 128 connections that nobody has accepted yet; Linux drops what is beyond, and
/// the wait for the second attempt, a second or more, would be measured with the rest.
pub(crate) fn listen() -> io::Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    // Said once more, with room for more. The system may allow less.
    #[cfg(unix)]
    rustix::net::listen(&listener, 4096)?;
    Ok(listener)
}

/// Ten thousand connections are ten thousand open files; many systems allow 1,024 unless asked.
#[cfg(unix)]
pub(crate) fn raise_the_limit_of_open_files() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // If it cannot be raised, the work stops there and says so.
    let _ = setrlimit(Resource::Nofile, limit);
}

#[cfg(not(unix))]
pub(crate) fn raise_the_limit_of_open_files() {}
