//! How text is drawn: how wide, and whether in colour.

use std::env;
use std::ffi::OsStr;

use console::Term;

/// How text is drawn.
///
/// ```
/// let plain = timeline::Style { width: 80, colour: false };
/// assert!(timeline::Style::of_terminal().width >= 40);
/// # let _ = plain;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// How many columns a line of a chart may have. Less than [`Style::NARROWEST`] counts as that.
    pub width: usize,
    /// Whether to write ANSI colours (from the palette of 256).
    pub colour: bool,
}

impl Style {
    /// The narrowest chart.
    pub const NARROWEST: usize = 40;

    /// The style for standard output as it is now: the width of its terminal, 80 columns if it is
    /// none or does not say; colour only on a terminal that has colours.
    ///
    /// The environment can overrule it: `NO_COLOR` (not empty) means no colour, else
    /// `CLICOLOR_FORCE` (neither empty nor `0`) means colour, whatever standard output is.
    #[must_use]
    pub fn of_terminal() -> Self {
        let term = Term::stdout();
        let width = term.size_checked().map_or(80, |(_, width)| width.into());
        let colour = wants_colour(
            env::var_os("NO_COLOR").as_deref(),
            env::var_os("CLICOLOR_FORCE").as_deref(),
            term.features().colors_supported(),
        );
        Self {
            width: width.max(Self::NARROWEST),
            colour,
        }
    }

    /// The width to draw with.
    pub(crate) fn columns(self) -> usize {
        self.width.max(Self::NARROWEST)
    }

    /// `text` in the colour of this request; plain if without colour or without a request.
    pub(crate) fn paint(self, text: &str, request: &str) -> String {
        if !self.colour || request.is_empty() || text.is_empty() {
            return text.to_owned();
        }
        let number = PALETTE[colour_of(request)];
        format!("\x1b[38;5;{number}m{text}\x1b[0m")
    }

    /// `text`, less bright than other text.
    pub(crate) fn dim(self, text: &str) -> String {
        if self.colour && !text.is_empty() {
            format!("\x1b[2m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Colours that read well on dark and on light: blue, orange, green, purple, pink, teal, brown,
/// olive. Each has a contrast of at least 3.5 to white and to `#1e1e1e`.
const PALETTE: [u8; COLOURS] = [32, 166, 29, 133, 168, 30, 130, 101];

/// How many colours requests have.
pub(crate) const COLOURS: usize = 8;

/// The colour of a request, by its name alone, so that a live line and a chart agree:
/// `A` has the first, `B` the second, and so on.
pub(crate) fn colour_of(request: &str) -> usize {
    let sum: usize = request.bytes().map(usize::from).sum();
    (sum + COLOURS * 16 - usize::from(b'A')) % COLOURS
}

fn wants_colour(no_color: Option<&OsStr>, force: Option<&OsStr>, terminal: bool) -> bool {
    if no_color.is_some_and(|value| !value.is_empty()) {
        return false;
    }
    terminal || force.is_some_and(|value| !value.is_empty() && value != "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_for_terminals_unless_the_environment_says_otherwise() {
        let set = |value| Some(OsStr::new(value));
        assert!(wants_colour(None, None, true));
        assert!(!wants_colour(None, None, false));
        assert!(!wants_colour(set("1"), None, true), "NO_COLOR");
        assert!(!wants_colour(set("1"), set("1"), true), "NO_COLOR wins");
        assert!(wants_colour(set(""), None, true), "an empty one is none");
        assert!(wants_colour(None, set("1"), false), "CLICOLOR_FORCE");
        assert!(!wants_colour(None, set("0"), false), "0 does not force");
    }

    #[test]
    fn the_first_eight_letters_have_eight_colours() {
        let colours: Vec<usize> = ["A", "B", "C", "D", "E", "F", "G", "H"]
            .map(colour_of)
            .to_vec();
        assert_eq!(colours, [0, 1, 2, 3, 4, 5, 6, 7]);
        assert!(colour_of("") < COLOURS);
    }
}
