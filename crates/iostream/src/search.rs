use memchr::{memchr, memmem};

use crate::pattern::{Advanced, Pattern, Progress};

/// What a read waits for, and how far it has looked.
pub(crate) struct Search<'d> {
    goal: Goal<'d>,
    /// Of the buffer's bytes so many are known.
    known: usize,
    #[cfg(test)]
    looked_at: usize,
}

enum Goal<'d> {
    Exactly(usize),
    AtMost(usize),
    Delimiter(&'d [u8], usize),
    Match(&'d Pattern, Progress, usize),
    Close,
}

/// What is to be done with the buffer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// The read is over, with so many bytes.
    Bytes(usize),
    /// More has to come.
    NotYet,
    /// The read cannot be satisfied within this many bytes any more.
    Never(usize),
}

impl<'d> Search<'d> {
    fn new(goal: Goal<'d>) -> Self {
        Self {
            goal,
            known: 0,
            #[cfg(test)]
            looked_at: 0,
        }
    }

    pub(crate) fn exactly(length: usize) -> Self {
        Self::new(Goal::Exactly(length))
    }

    pub(crate) fn at_most(length: usize) -> Self {
        Self::new(Goal::AtMost(length))
    }

    pub(crate) fn delimiter(delimiter: &'d [u8], max_bytes: usize) -> Self {
        Self::new(Goal::Delimiter(delimiter, max_bytes))
    }

    pub(crate) fn pattern(pattern: &'d Pattern, max_bytes: usize) -> Self {
        Self::new(Goal::Match(pattern, pattern.progress(), max_bytes))
    }

    pub(crate) fn close() -> Self {
        Self::new(Goal::Close)
    }

    /// Whether the end of the stream is what is waited for.
    pub(crate) fn is_close(&self) -> bool {
        matches!(self.goal, Goal::Close)
    }

    /// So many bytes have to be in the buffer at once, at the least.
    pub(crate) fn needs(&self) -> usize {
        match self.goal {
            Goal::Exactly(length) => length,
            _ => 0,
        }
    }

    /// Looks at `buffer`, which has grown since the last time, or not: at what is new, and at no more of the rest than a
    /// delimiter can have begun in.
    pub(crate) fn look(&mut self, buffer: &[u8]) -> Found {
        let (found, max_bytes) = match &mut self.goal {
            Goal::Exactly(length) if buffer.len() >= *length => return Found::Bytes(*length),
            Goal::AtMost(length) if *length == 0 || !buffer.is_empty() => {
                return Found::Bytes(buffer.len().min(*length));
            }
            Goal::Exactly(_) | Goal::AtMost(_) | Goal::Close => return Found::NotYet,
            Goal::Delimiter(delimiter, max_bytes) => {
                let length = delimiter.len();
                let from = self.known.saturating_sub(length.saturating_sub(1));
                let window = &buffer[from..buffer.len().min(*max_bytes).max(from)];
                #[cfg(test)]
                {
                    self.looked_at += window.len();
                }
                let found = match delimiter {
                    [byte] => memchr(*byte, window),
                    _ => memmem::find(window, delimiter),
                };
                let end = found.map(|at| from + at + length);
                (end, *max_bytes)
            }
            Goal::Match(pattern, progress, max_bytes) => {
                let from = self.known;
                let window = &buffer[from..buffer.len().min(*max_bytes).max(from)];
                #[cfg(test)]
                {
                    self.looked_at += window.len();
                }
                match pattern.advance(progress, window) {
                    Advanced::Match(length) => (Some(from + length), *max_bytes),
                    Advanced::NotYet => (None, *max_bytes),
                    Advanced::Never => return Found::Never(*max_bytes),
                }
            }
        };
        self.known = buffer.len().min(max_bytes);
        match found {
            Some(end) => Found::Bytes(end),
            None if buffer.len() >= max_bytes => Found::Never(max_bytes),
            None => Found::NotYet,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CASES: u32 = if cfg!(miri) { 4 } else { 256 };

    /// Gives `bytes` to `search` in pieces of `length`; says what was found and when, and how many bytes were looked at.
    fn in_pieces(mut search: Search<'_>, bytes: &[u8], length: usize) -> (Found, usize, usize) {
        for end in (0..bytes.len()).step_by(length).chain([bytes.len()]) {
            let found = search.look(&bytes[..end]);
            if found != Found::NotYet {
                return (found, end, search.looked_at);
            }
        }
        (Found::NotYet, bytes.len(), search.looked_at)
    }

    /// FF01: at every offset, whatever came before.
    #[test]
    fn ff01_a_delimiter_is_found_wherever_it_is_cut() {
        for before in 0..6 {
            let bytes = [&b"\r\n\r\r\n"[..before.min(5)], b"\r\n\r\nrest"].concat();
            let end = bytes
                .windows(4)
                .position(|four| four == b"\r\n\r\n")
                .unwrap()
                + 4;
            for length in 1..=bytes.len() {
                let (found, _, _) = in_pieces(Search::delimiter(b"\r\n\r\n", 99), &bytes, length);
                assert_eq!(found, Found::Bytes(end), "{before}, {length}");
            }
            for cut in 0..=bytes.len() {
                let mut search = Search::delimiter(b"\r\n\r\n", 99);
                let first = search.look(&bytes[..cut]);
                let found = if first == Found::NotYet {
                    search.look(&bytes)
                } else {
                    first
                };
                assert_eq!(found, Found::Bytes(end), "{before}, {cut}");
            }
        }
    }

    /// FF01: a megabyte of near-misses, byte by byte. A search that begins anew would look at 500 billion.
    #[test]
    fn ff01_each_byte_is_looked_at_a_bounded_number_of_times_however_they_are_cut() {
        let size = if cfg!(miri) { 1 << 8 } else { 1 << 20 };
        let near: Vec<u8> = b"\r\n\r".iter().copied().cycle().take(size).collect();
        for length in [1, 2, 3, 1000, size] {
            let search = Search::delimiter(b"\r\n\r\n", usize::MAX);
            let (found, _, looked_at) = in_pieces(search, &near, length);
            assert_eq!(found, Found::NotYet);
            // Each once, and of the delimiter one less than its length again with each piece.
            let pieces = size.div_ceil(length) + 1;
            assert!(looked_at <= size + 3 * pieces, "{length}: {looked_at}");

            let pattern = Pattern::new(r"\r?\n\r?\n").unwrap();
            let bytes = b"\r\n-".repeat(size / 3);
            let search = Search::pattern(&pattern, usize::MAX);
            let (found, _, looked_at) = in_pieces(search, &bytes, length);
            assert_eq!(found, Found::NotYet);
            assert_eq!(looked_at, bytes.len(), "{length}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..<_>::default() })]

        /// FF01, G4, G5: a delimiter, a pattern that means the same, and a search over all at once agree, whatever the
        /// cuts, and say so as soon as it can be said.
        #[test]
        fn ff01_any_cut_gives_the_same(
            bytes in prop::collection::vec(prop::sample::select(b"ab\n".to_vec()), 0..40),
            delimiter in prop::collection::vec(prop::sample::select(b"ab\n".to_vec()), 0..5),
            max_bytes in 0_usize..45,
            length in 1_usize..12,
        ) {
            let end = match delimiter.len() {
                0 => Some(0),
                width => bytes.windows(width).position(|part| part == delimiter).map(|at| at + width),
            };
            let expected = match end {
                Some(end) if end <= max_bytes => Found::Bytes(end),
                _ if bytes.len() >= max_bytes => Found::Never(max_bytes),
                _ => Found::NotYet,
            };
            let text: String = delimiter.iter().map(|byte| format!("\\x{byte:02x}")).collect();
            let pattern = Pattern::new(&text).unwrap();
            for search in [Search::delimiter(&delimiter, max_bytes), Search::pattern(&pattern, max_bytes)] {
                let (found, at, _) = in_pieces(search, &bytes, length);
                prop_assert_eq!(&found, &expected);
                if let Found::Bytes(end) | Found::Never(end) = found {
                    prop_assert!(at < end + length, "late: {} for {}", at, end);
                }
            }
        }
    }
}
