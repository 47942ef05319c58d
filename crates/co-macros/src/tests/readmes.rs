//! Where a README shows what the macro writes, it is what the macro writes, token by token: free are
//! the layout, the comments, and commas before a closing bracket.
//!
//! A README says `<!-- expansion of NAME -->` before the block; the function NAME stands in a block
//! before that, from its line `#[co::coroutine...` to the next line that is `}`.
//! This crate's README is read, and every lesson's.

use super::{expansion, laid_out};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::fs;
use std::path::{Path, PathBuf};

const MARK: &str = "<!-- expansion of ";

/// Every mistake in one README, as lines for a reader.
fn mistakes(readme: &str) -> Vec<String> {
    let mut mistakes = Vec::new();
    for (at, _) in readme.match_indices(MARK) {
        let (before, after) = readme.split_at(at);
        let Some((name, after)) = after[MARK.len()..].split_once(" -->") else {
            mistakes.push("an expansion mark has no end".to_owned());
            continue;
        };
        match (source(before, name), block(after)) {
            (None, _) => {
                mistakes.push(format!("no coroutine `{name}` stands before its expansion"))
            }
            (_, None) => mistakes.push(format!("no block follows the mark of `{name}`")),
            (Some(source), Some(shown)) => {
                let written = expansion(source);
                let shown = shown.parse::<TokenStream>().unwrap_or_default();
                if !same(written.clone(), shown) {
                    mistakes.push(format!("`{name}` expands to\n{}", laid_out(written)));
                }
            }
        }
    }
    mistakes
}

/// Whether the tokens are the same.
fn same(one: TokenStream, other: TokenStream) -> bool {
    let (mut words, mut others) = (Vec::new(), Vec::new());
    flatten(one, &mut words);
    flatten(other, &mut others);
    words == others
}

fn flatten(tokens: TokenStream, words: &mut Vec<String>) {
    let close = |words: &mut Vec<String>, bracket: &str| {
        words.pop_if(|word| word == ",");
        words.push(bracket.to_owned());
    };
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (open, end) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                words.push(open.to_owned());
                flatten(group.stream(), words);
                close(words, end);
            }
            TokenTree::Punct(mark) if mark.as_char() == '>' => close(words, ">"),
            other => words.push(other.to_string()),
        }
    }
}

/// The last `#[co::coroutine] fn NAME` in `text`.
fn source<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    text.rmatch_indices("\n#[co::coroutine")
        .find_map(|(at, _)| {
            let from = &text[at + 1..];
            let source = &from[..from.find("\n}\n")? + "\n}\n".len()];
            source.contains(&format!("fn {name}")).then_some(source)
        })
}

/// What stands in the fences that come next.
fn block(text: &str) -> Option<&str> {
    let text = text.trim_start().strip_prefix("```")?;
    let text = &text[text.find('\n')? + 1..];
    Some(&text[..text.find("```")?])
}

fn readmes() -> Vec<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let lessons = fs::read_dir(here.join("../../lessons"));
    let lessons = lessons
        .into_iter()
        .flatten()
        .flatten()
        .map(|lesson| lesson.path().join("README.md"));
    [here.join("README.md")]
        .into_iter()
        .chain(lessons)
        .filter(|readme| readme.exists())
        .collect()
}

#[test]
fn every_readme_shows_what_the_macro_writes() {
    for readme in readmes() {
        let text = fs::read_to_string(&readme).unwrap();
        let mistakes = mistakes(&text);
        assert!(
            mistakes.is_empty(),
            "{}: {}",
            readme.display(),
            mistakes.join("\n")
        );
    }
}

#[test]
fn this_readme_shows_both_forms() {
    let text = include_str!("../../README.md");
    assert_eq!(text.matches(MARK).count(), 2);
}

#[test]
fn a_changed_letter_a_missing_function_and_a_missing_block_are_mistakes() {
    let source = "```\n#[co::coroutine(start = f)]\nfn name() {\n}\n```\n";
    let good = format!(
        "{source}{MARK}name -->\n```rust\n{}```\n",
        laid_out(expansion(&source[4..source.len() - 4]))
    );
    assert_eq!(mistakes(&good), [""; 0]);
    assert_eq!(mistakes(&good.replace("move |", "|")).len(), 1);
    assert_eq!(mistakes(&good.replace("fn name", "fn other")).len(), 1);
    assert_eq!(mistakes(&good[..good.find("```rust").unwrap()]).len(), 1);
}
