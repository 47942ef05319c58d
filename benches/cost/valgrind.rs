//! What valgrind counts of this program, in runs that nobody times.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::alone::{figure, this};
use super::smoke;

/// Instructions in user space.
pub(crate) fn instructions(arguments: &[&str]) -> Result<f64, String> {
    let text = under("callgrind", "--callgrind-out-file", arguments)?;
    number(&text, &["totals:", "summary:"])
}

/// Calls of the allocator.
pub(crate) fn allocations(arguments: &[&str]) -> Result<f64, String> {
    let text = under("memcheck", "--log-file", arguments)?;
    number(&text, &["total heap usage:"])
}

/// What a tool of valgrind writes of this program with these arguments.
fn under(tool: &str, file: &str, arguments: &[&str]) -> Result<String, String> {
    if smoke() {
        return Err("not counted in a smoke run".to_owned());
    }
    let valgrind = Command::new("valgrind")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    if valgrind.is_err() {
        return Err("valgrind is not on this machine".to_owned());
    }
    let out = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let out: PathBuf = out.join(format!("{tool}.{}", std::process::id()));
    let mut command = Command::new("valgrind");
    command
        .arg(format!("--tool={tool}"))
        .arg(format!("{file}={}", out.display()))
        .arg(this()?)
        .args(arguments);
    figure(&mut command)?;
    let text = fs::read_to_string(&out).map_err(|error| error.to_string())?;
    // The file goes if it can; the next one has the same name.
    let _ = fs::remove_file(&out);
    Ok(text)
}

/// The number behind one of these words.
fn number(text: &str, words: &[&str]) -> Result<f64, String> {
    let behind = words.iter().find_map(|word| text.split_once(word));
    let number = behind.and_then(|(_, rest)| rest.split_whitespace().next());
    let number = number.and_then(|number| number.replace(',', "").parse().ok());
    number.ok_or_else(|| "valgrind gave no total".to_owned())
}
