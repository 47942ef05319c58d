//! Shows what the last `cargo bench` found: `cargo run --bin compare`.
//!
//! Takes the figures that each bench left (see `benches/cost/record.rs`) into `benches/results/`, and writes from them the
//! tables, the bars, and the parts of READMEs that quote a table. With `--check` it writes nothing, and says what is not
//! as it would write it. Nothing of it is written by hand.

mod bars;
mod matrix;
mod page;
mod quote;
mod ratio;
#[allow(dead_code, reason = "the benches write records, this reads them")]
#[path = "../cost/record.rs"]
mod record;
mod room;
mod table;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use record::Record;

/// Each question is a bench file. In the order in which they are shown.
const QUESTIONS: [(&str, &str); 7] = [
    ("rungs", "What does each rung cost?"),
    ("resume", "What does a resume cost?"),
    ("tasks", "What does a task cost?"),
    ("timers", "What does a timer cost?"),
    ("sockets", "What does a connection cost?"),
    ("http", "What does a request cost?"),
    ("room", "What does a chat room cost?"),
];

/// One question, and what its bench found.
struct Found {
    name: &'static str,
    title: &'static str,
    record: Record,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let outcome = match &arguments.iter().map(|a| &**a).collect::<Vec<_>>()[..] {
        [] => take()
            .and_then(|()| files())
            .and_then(|files| write(&files)),
        ["--check"] => files().and_then(|files| check(&files)),
        _ => {
            eprintln!("compare: show what the last `cargo bench` found; --check: is it shown?");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("compare: {why}");
            ExitCode::FAILURE
        }
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn results() -> PathBuf {
    root().join("benches/results")
}

/// Takes what benches have left into the repository.
fn take() -> Result<(), String> {
    // This program is somewhere in the target folder, and so is what the benches left.
    let here = env::current_exe().map_err(|why| why.to_string())?;
    let left = here.ancestors().map(|folder| folder.join("tmp/cost"));
    let Some(left) = left.into_iter().find(|folder| folder.is_dir()) else {
        println!("no bench has been run here; shown again from benches/results");
        return Ok(());
    };
    fs::create_dir_all(results()).map_err(|why| cannot("make", &results(), why))?;
    for (name, _) in QUESTIONS {
        let from = left.join(format!("{name}.tsv"));
        if !from.exists() {
            continue;
        }
        let to = results().join(format!("{name}.tsv"));
        fs::copy(&from, &to).map_err(|why| cannot("copy", &from, why))?;
    }
    Ok(())
}

/// Every file that shows figures, and what it should hold.
fn files() -> Result<Vec<(PathBuf, String)>, String> {
    let mut found = Vec::new();
    for (name, title) in QUESTIONS {
        let path = results().join(format!("{name}.tsv"));
        if !path.exists() {
            continue;
        }
        let text = read(&path)?;
        let record: Record = text
            .parse()
            .map_err(|why| format!("{}: {why}", in_repo(&path)))?;
        if record.to_string() != text {
            return Err(format!("{} was not written by a bench", in_repo(&path)));
        }
        found.push(Found {
            name,
            title,
            record,
        });
    }
    let mut files = vec![(results().join("README.md"), page::page(&found))];
    for one in &found {
        let path = results().join(format!("{}.svg", one.name));
        files.push((path, bars::svg(one)));
    }
    files.extend(quote::quotes(&found)?);
    Ok(files)
}

fn write(files: &[(PathBuf, String)]) -> Result<(), String> {
    for (path, text) in files {
        if fs::read_to_string(path).is_ok_and(|old| old == *text) {
            continue;
        }
        fs::write(path, text).map_err(|why| cannot("write", path, why))?;
        println!("wrote {}", in_repo(path));
    }
    Ok(())
}

fn check(files: &[(PathBuf, String)]) -> Result<(), String> {
    let differs = |(path, text): &&(PathBuf, String)| {
        // Git may have given the lines other ends.
        let old = fs::read_to_string(path).unwrap_or_default();
        old.replace("\r\n", "\n") != *text
    };
    let differing: Vec<String> = files
        .iter()
        .filter(differs)
        .map(|(path, _)| in_repo(path))
        .collect();
    if differing.is_empty() {
        return Ok(());
    }
    let which = differing.join(", ");
    Err(format!(
        "not as the figures in benches/results say: {which}; `cargo run --bin compare`"
    ))
}

fn read(path: &Path) -> Result<String, String> {
    let text = fs::read_to_string(path).map_err(|why| cannot("read", path, why))?;
    Ok(text.replace("\r\n", "\n"))
}

fn in_repo(path: &Path) -> String {
    let path = path.strip_prefix(root()).unwrap_or(path);
    path.display().to_string().replace('\\', "/")
}

fn cannot(what: &str, path: &Path, why: std::io::Error) -> String {
    format!("cannot {what} {}: {why}", in_repo(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_was_changed_by_hand_is_seen() {
        let path = root().join("benches/compare/style.css");
        let text = read(&path).unwrap();
        check(&[(path.clone(), text.clone())]).unwrap();
        let why = check(&[(path, text.replacen('1', "2", 1))]).unwrap_err();
        assert!(why.contains("benches/compare/style.css"), "{why}");
    }
}
