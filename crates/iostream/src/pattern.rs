use std::fmt;

use regex_automata::Anchored;
use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::look::{Look, LookSet};
use regex_automata::util::primitives::StateID;
use regex_automata::util::{start, syntax};

/// A regular expression's table may take so many bytes.
const LIMIT: usize = 1 << 20;

/// A regular expression over bytes, for [`read_until_regex`](crate::IoStream::read_until_regex).
///
/// The syntax is the `regex` crate's, over bytes and in ASCII, like Python's patterns of `bytes`: `\w` and `\d` know
/// ASCII only, `.` is any byte but a newline. A `Pattern` is made once, for any number of streams and reads.
///
/// It is a table, made by the `regex-automata` crate, the inner part of `regex`: a step is one look-up for one byte, and
/// where a search stands is one number. So it can stop at the end of what has come and go on with the next piece, and no
/// byte is looked at twice. (The searches of `regex` itself begin anew in each piece, and so do Tornado's: a peer who
/// sends single bytes makes them work in proportion to the square.)
///
/// A match ends at the first byte where one can end, so that it does not depend on how the bytes were cut into pieces:
/// `a+` is found after the first `a`. For the same reason a pattern must not ask for what follows the match (`$`, `\z`,
/// `\b`, `\B`): in a stream nobody knows yet. `^` is the place where the read began, `(?m)^` also every start of a line.
///
/// ```
/// use iostream::Pattern;
///
/// let blank_line = Pattern::new(r"\r?\n\r?\n")?;
/// assert_eq!(blank_line.as_str(), r"\r?\n\r?\n");
/// assert!(Pattern::new(r"\bend$").is_err());
/// # Ok::<(), iostream::PatternError>(())
/// ```
#[derive(Clone)]
pub struct Pattern {
    text: String,
    table: dense::DFA<Vec<u32>>,
    start: StateID,
}

impl Pattern {
    /// Makes the table.
    ///
    /// # Errors
    ///
    /// If this is no regular expression, asks for what follows its match, or needs more than 1 MiB for its table, or for
    /// the making of it.
    pub fn new(text: &str) -> Result<Self, PatternError> {
        let bytes = syntax::Config::new().unicode(false).utf8(false);
        let limits = thompson::Config::new()
            .utf8(false)
            .which_captures(thompson::WhichCaptures::None)
            .nfa_size_limit(Some(LIMIT));
        let nfa = thompson::Compiler::new()
            .syntax(bytes)
            .configure(limits)
            .build(text)
            .map_err(PatternError::new)?;
        let behind = LookSet::empty().insert(Look::Start).insert(Look::StartLF);
        if !nfa.look_set_any().subtract(behind).is_empty() {
            return Err(PatternError(
                "it asks for what follows, which a stream does not know yet ($, \\z, \\b or \\B)"
                    .to_owned(),
            ));
        }
        let limits = dense::Config::new()
            .start_kind(StartKind::Unanchored)
            .dfa_size_limit(Some(LIMIT))
            .determinize_size_limit(Some(LIMIT));
        let table = dense::Builder::new()
            .configure(limits)
            .build_from_nfa(&nfa)
            .map_err(PatternError::new)?;
        let start = table
            .start_state(&start::Config::new().anchored(Anchored::No))
            .map_err(PatternError::new)?;
        Ok(Self {
            text: text.to_owned(),
            table,
            start,
        })
    }

    /// The regular expression.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn progress(&self) -> Progress {
        Progress(self.start)
    }

    /// Goes on over `bytes`, and says after how many of them a match ends.
    pub(crate) fn advance(&self, progress: &mut Progress, bytes: &[u8]) -> Advanced {
        let mut state = progress.0;
        for (index, &byte) in bytes.iter().enumerate() {
            state = self.table.next_state(state, byte);
            // A match shows one byte late.
            if self.table.is_match_state(state) {
                return Advanced::Match(index);
            }
            if self.table.is_dead_state(state) {
                return Advanced::Never;
            }
        }
        progress.0 = state;
        // Nothing that follows is asked for, so what matches at the end of all matches here.
        if self.table.is_match_state(self.table.next_eoi_state(state)) {
            return Advanced::Match(bytes.len());
        }
        Advanced::NotYet
    }
}

/// How far the search for a match has come.
pub(crate) struct Progress(StateID);

pub(crate) enum Advanced {
    Match(usize),
    NotYet,
    /// Whatever comes, there will be no match.
    Never,
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pattern").field(&self.text).finish()
    }
}

/// Why there is no such [`Pattern`].
#[derive(Clone, Debug)]
pub struct PatternError(String);

impl PatternError {
    /// The causes, too: the outermost error says little.
    fn new(error: impl std::error::Error) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        Self(text)
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no such pattern: {}", self.0)
    }
}

impl std::error::Error for PatternError {}
