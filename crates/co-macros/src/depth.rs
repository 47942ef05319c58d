//! How much stack a recursive parser would need for some tokens, estimated without recursion.

use proc_macro2::{Delimiter, TokenStream, TokenTree, token_stream};

/// Bytes of stack, at least what syn takes in a debug build; found by feeding it deep nests of each
/// kind until 8 MiB did not suffice.
const BRACKETS: usize = 20_000;
const GENERICS: usize = 45_000;
const POINTER: usize = 29_000;
const TOKEN: usize = 7_000;

/// One pair of brackets that is being read.
struct Level {
    tokens: token_stream::IntoIter,
    delimiter: Delimiter,
    /// What the expression that is being read has nested so far, and its open `<`.
    expression: usize,
    generics: usize,
    deepest: usize,
}

impl Level {
    fn new(tokens: TokenStream, delimiter: Delimiter) -> Self {
        Level {
            tokens: tokens.into_iter(),
            delimiter,
            expression: 0,
            generics: 0,
            deepest: 0,
        }
    }

    fn note(&mut self, inside: usize) {
        self.deepest = self.deepest.max(self.expression + self.generics + inside);
    }
}

/// The stack, in bytes, that parsing and walking `tokens` may take.
///
/// Brackets nest, and so may the tokens of one expression or type: `!!!!x`, `&&&&T`, `a + b + ...`.
/// A `;` or a block ends it, and so does a `,` outside of generics.
pub(crate) fn stack(tokens: TokenStream) -> usize {
    let mut outer = Vec::new();
    let mut here = Level::new(tokens, Delimiter::None);
    loop {
        match here.tokens.next() {
            Some(TokenTree::Group(group)) => {
                outer.push(here);
                here = Level::new(group.stream(), group.delimiter());
                continue;
            }
            Some(TokenTree::Punct(mark)) => match mark.as_char() {
                ';' => (here.expression, here.generics) = (0, 0),
                ',' => here.expression = 0,
                '<' => here.generics += GENERICS,
                '&' | '*' => here.expression += POINTER,
                _ => here.expression += TOKEN,
            },
            Some(_) => here.expression += TOKEN,
            None => {
                let inside = here;
                match outer.pop() {
                    Some(level) => here = level,
                    None => return inside.deepest,
                }
                here.note(BRACKETS + inside.deepest);
                if inside.delimiter == Delimiter::Brace {
                    (here.expression, here.generics) = (0, 0);
                }
            }
        }
        here.note(0);
    }
}
