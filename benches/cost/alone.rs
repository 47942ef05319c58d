//! Work that is done in a process of its own: a bench runs itself again.

use std::env;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
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

/// Has a process of this program, with these arguments, print a figure, and gives another one: its instructions in user
/// space, those of all its threads, as valgrind's callgrind counts them.
pub(crate) fn instructions(arguments: &[&str]) -> Result<f64, String> {
    let valgrind = Command::new("valgrind")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    if valgrind.is_err() {
        return Err("valgrind is not on this machine".to_owned());
    }
    let out = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let out: PathBuf = out.join(format!("callgrind.{}", std::process::id()));
    let mut command = Command::new("valgrind");
    command
        .args(["--tool=callgrind", "-q"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(this()?)
        .args(arguments);
    figure(&mut command)?;
    let text = fs::read_to_string(&out).map_err(|error| error.to_string())?;
    // The file goes if it can; the next one has the same name.
    let _ = fs::remove_file(&out);
    let total = text.lines().find_map(|line| {
        let counts = line
            .strip_prefix("totals:")
            .or_else(|| line.strip_prefix("summary:"))?;
        counts.split_whitespace().next()?.parse().ok()
    });
    total.ok_or_else(|| "callgrind gave no total".to_owned())
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
