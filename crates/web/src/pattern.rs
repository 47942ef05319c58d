//! What a path has to look like.

use std::fmt;

use regex::Regex;

/// A pattern for a whole path.
pub(crate) enum Pattern {
    /// One without any special character: no regex is asked.
    Literal(String),
    Regex(Regex),
}

/// The parts of a path that the groups of a pattern stand for: where each begins and ends, or that it took no part.
pub(crate) type Groups = Vec<Option<(usize, usize)>>;

impl Pattern {
    pub(crate) fn new(pattern: &str) -> Result<Self, regex::Error> {
        let inside = pattern.strip_prefix('^').unwrap_or(pattern);
        let inside = match inside.strip_suffix('$') {
            Some(rest) if !rest.ends_with('\\') => rest,
            _ => inside,
        };
        if regex::escape(inside) == inside {
            return Ok(Pattern::Literal(inside.to_owned()));
        }
        Regex::new(&format!(r"\A(?:{pattern})\z")).map(Pattern::Regex)
    }

    pub(crate) fn matches(&self, path: &str) -> Option<Groups> {
        match self {
            Pattern::Literal(literal) => (literal == path).then(Vec::new),
            Pattern::Regex(regex) => {
                let captures = regex.captures(path)?;
                let groups = captures.iter().skip(1);
                Some(
                    groups
                        .map(|group| group.map(|g| (g.start(), g.end())))
                        .collect(),
                )
            }
        }
    }

    /// The number of the group with this name.
    pub(crate) fn named(&self, name: &str) -> Option<usize> {
        match self {
            Pattern::Literal(_) => None,
            Pattern::Regex(regex) => {
                let mut names = regex.capture_names().skip(1);
                names.position(|known| known == Some(name))
            }
        }
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pattern::Literal(literal) => f.write_str(literal),
            Pattern::Regex(regex) => f.write_str(regex.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_for_the_whole_path() {
        let matches = |pattern: &str, path| Pattern::new(pattern).unwrap().matches(path).is_some();
        for pattern in ["/a", "^/a$", "/a$", "/[a]", "^/[a]$", "/[a]|/b"] {
            assert!(matches(pattern, "/a"), "{pattern}");
            assert!(!matches(pattern, "/ab"), "{pattern}");
            assert!(!matches(pattern, "x/a"), "{pattern}");
            assert!(!matches(pattern, "/a\n"), "{pattern}");
        }
        assert!(matches(r"/5\$", "/5$"));
        assert!(!matches(r"/5\$", "/5"));
    }

    #[test]
    fn what_is_plain_needs_no_regex() {
        assert!(
            matches!(Pattern::new("^/plain/text$"), Ok(Pattern::Literal(text)) if text == "/plain/text")
        );
        assert!(matches!(Pattern::new("/a.b"), Ok(Pattern::Regex(_))));
    }
}
