//! READMEs and notes that quote a table.
//!
//! `<!-- compare QUESTION: ROW -->` and `<!-- end -->` stand around the quote, each on a line of its own; without a row
//! all tables of the question are quoted.

use std::fs;
use std::path::PathBuf;

use crate::{Found, page, read, root};

const BEGIN: &str = "<!-- compare ";
const END: &str = "<!-- end -->";

/// Every Markdown file that quotes, with its quotes as they should be.
pub(crate) fn quotes(found: &[Found]) -> Result<Vec<(PathBuf, String)>, String> {
    let mut paths = vec![root().join("README.md"), root().join("lessons/README.md")];
    for folder in ["crates", "lessons"] {
        let entries = fs::read_dir(root().join(folder)).map_err(|why| why.to_string())?;
        paths.extend(
            entries
                .flatten()
                .map(|entry| entry.path().join("README.md")),
        );
    }
    paths.sort();
    let mut files = Vec::new();
    for path in paths.into_iter().filter(|path| path.exists()) {
        let text = read(&path)?;
        if text.contains(BEGIN) {
            let quoted = fill(&text, found).map_err(|why| format!("{}: {why}", path.display()))?;
            files.push((path, quoted));
        }
    }
    Ok(files)
}

/// The text with its quotes as they should be.
fn fill(text: &str, found: &[Found]) -> Result<String, String> {
    let mut filled = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        filled += line;
        filled += "\n";
        let Some(what) = line
            .strip_prefix(BEGIN)
            .and_then(|rest| rest.strip_suffix(" -->"))
        else {
            continue;
        };
        if !lines.any(|line| line == END) {
            return Err(format!("no {END} behind {line}"));
        }
        let (question, row) = match what.split_once(": ") {
            Some((question, row)) => (question, Some(row)),
            None => (what, None),
        };
        let one = found.iter().find(|one| one.name == question);
        let tables = one.and_then(|one| page::tables(one, row));
        let (Some(one), Some(tables)) = (one, tables) else {
            return Err(format!("there are no figures for {line}"));
        };
        filled += &format!("{tables}\nMeasured on {}.\n{END}\n", one.record.about);
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found() -> [Found; 1] {
        let text = "# here\nyield\tours\tA\tbytes\t1\t\nyield\tpeer\tB\tbytes\t2\t\n";
        let record = text.parse().unwrap();
        [Found {
            name: "tasks",
            title: "?",
            record,
        }]
    }

    #[test]
    fn what_stands_between_the_marks_is_replaced_and_nothing_else() {
        let text = "before\n<!-- compare tasks: yield -->\nold\n<!-- end -->\nafter\n";
        let filled = fill(text, &found()).unwrap();
        assert!(
            filled.starts_with("before\n<!-- compare tasks: yield -->\n**yield**. Ours takes 0.50")
        );
        assert!(filled.ends_with("Measured on here.\n<!-- end -->\nafter\n"));
        assert!(!filled.contains("old"));
        assert_eq!(fill(&filled, &found()).unwrap(), filled);
    }

    #[test]
    fn a_quote_of_nothing_is_an_error() {
        for text in [
            "<!-- compare tasks: yields -->\n<!-- end -->\n",
            "<!-- compare timers -->\n<!-- end -->\n",
            "<!-- compare tasks: yield -->\nno end\n",
        ] {
            assert!(fill(text, &found()).is_err(), "{text}");
        }
    }
}
