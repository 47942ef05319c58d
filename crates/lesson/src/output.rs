//! Standard output, standard error and the files, without a panic when one of them is gone.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes `text` to standard output in one piece.
///
/// Ends the process with status 1 and one line on standard error if nobody takes it: nobody is there to
/// see the rest, and A's I/O may last for long.
pub(crate) fn print(program: &str, text: &str) {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    drop(out);
    if let Err(error) = written {
        complain(
            program,
            &format!("cannot write to standard output: {error}"),
        );
        std::process::exit(1);
    }
}

/// Says what is wrong on standard error, in one line. There is nobody left to tell if that fails.
pub(crate) fn complain(program: &str, what: &str) {
    let line = format!("{program}: {}\n", one_line(what));
    let _ = io::stderr().write_all(line.as_bytes());
}

/// The text with control characters as Rust writes them (`\n`).
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::new();
    for c in text.chars() {
        if c.is_control() {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
    }
    line
}

/// A file that can be written, and is not touched before there is something to write.
#[derive(Debug)]
pub(crate) struct Output {
    path: PathBuf,
    file: File,
}

impl Output {
    /// Opens the file, if one was asked for.
    pub(crate) fn open(path: Option<&Path>) -> Result<Option<Output>, String> {
        let Some(path) = path else { return Ok(None) };
        let mut options = OpenOptions::new();
        match options.write(true).create(true).truncate(false).open(path) {
            Ok(file) => Ok(Some(Output {
                path: path.to_owned(),
                file,
            })),
            Err(error) => Err(cannot_write(path, &error)),
        }
    }

    /// Makes `text` all that the file holds.
    pub(crate) fn write(mut self, text: &str) -> Result<(), String> {
        self.replace(text)
            .map_err(|error| cannot_write(&self.path, &error))
    }

    fn replace(&mut self, text: &str) -> io::Result<()> {
        self.file.write_all(text.as_bytes())?;
        // Pipes and devices have no length to set.
        if self.file.metadata()?.is_file() {
            self.file.set_len(text.len() as u64)?;
        }
        Ok(())
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> String {
    format!("cannot write {}: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_one_line_whatever_is_in_it() {
        assert_eq!(one_line("a\nb\u{1b}[31m中"), "a\\nb\\u{1b}[31m中");
    }
}
