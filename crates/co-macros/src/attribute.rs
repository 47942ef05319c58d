//! Reads what stands in the attribute's parentheses: nothing, or `start = path` and `wait = path`.

use crate::errors::Errors;
use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::{Expr, ExprPath, Token};

const EXAMPLE: &str = "`#[co::coroutine(start = path)]`";

/// The paths given.
#[derive(Default)]
pub(crate) struct Paths {
    /// Takes the coroutine.
    pub(crate) start: Option<ExprPath>,
    /// Does what `yield_!` does, given the yielder, the value and where.
    pub(crate) wait: Option<ExprPath>,
}

/// The paths of `start = path` and `wait = path`. Mistakes are noted in `errors`.
pub(crate) fn read(attribute: TokenStream, errors: &mut Errors) -> Paths {
    let mut keys = Keys::default();
    let entries = |input: ParseStream<'_>| {
        while !input.is_empty() {
            if let Err(error) = entry(input, &mut keys) {
                errors.add(error);
                skip_entry(input)?;
            }
            input.parse::<Option<Token![,]>>()?;
        }
        Ok(())
    };
    if let Err(error) = entries.parse2(attribute) {
        errors.add(error);
    }
    Paths {
        start: keys.start.path,
        wait: keys.wait.path,
    }
}

#[derive(Default)]
struct Keys {
    start: Key,
    wait: Key,
}

#[derive(Default)]
struct Key {
    seen: bool,
    path: Option<ExprPath>,
}

fn entry(input: ParseStream<'_>, keys: &mut Keys) -> syn::Result<()> {
    let Ok(key) = input.parse::<Ident>() else {
        return Err(input.error(format!("the key `start` is expected here: write {EXAMPLE}")));
    };
    let (slot, takes) = if key == "start" {
        (&mut keys.start, "takes the coroutine")
    } else if key == "wait" {
        (&mut keys.wait, "waits for what is yielded")
    } else {
        return Err(syn::Error::new(
            key.span(),
            format!("there is no key `{key}`: the keys are `start` and `wait`, as in {EXAMPLE}"),
        ));
    };
    if std::mem::replace(&mut slot.seen, true) {
        return Err(syn::Error::new(
            key.span(),
            format!("`{key}` is given twice: one function {takes}, so remove one of them"),
        ));
    }
    let equals = input.parse::<Token![=]>();
    if equals.is_err() || at_end(input) {
        return Err(syn::Error::new(
            key.span(),
            format!(
                "`{key}` needs the path of the function that {takes}: \
                 write `#[co::coroutine({key} = path)]`"
            ),
        ));
    }
    match input.parse::<Expr>() {
        Ok(Expr::Path(path)) if at_end(input) => {
            slot.path = Some(path);
            Ok(())
        }
        Ok(Expr::Path(_)) => {
            Err(input.error("the path ends before this: separate keys with a comma"))
        }
        Ok(other) => Err(syn::Error::new_spanned(&other, not_a_path(&other))),
        Err(error) => Err(syn::Error::new(
            error.span(),
            format!(
                "{error}: the path of a function stands here, and its generics as in a call, `path::<T>`"
            ),
        )),
    }
}

fn at_end(input: ParseStream<'_>) -> bool {
    input.is_empty() || input.peek(Token![,])
}

fn not_a_path(value: &Expr) -> &'static str {
    match value {
        Expr::Lit(_) => "the path stands here without quotes: write `start = path`",
        Expr::Call(_) | Expr::MethodCall(_) => {
            "name the function, without calling it: the macro writes the call, with the coroutine as its argument"
        }
        Expr::Closure(_) => {
            "a closure cannot stand here: give it a name as a `fn`, and write `start = name`"
        }
        _ => {
            "the path of a function stands here: write `start = path`, with generics as `path::<T>`"
        }
    }
}

/// Goes to the next comma, so that one wrong entry does not hide the next.
fn skip_entry(input: ParseStream<'_>) -> syn::Result<()> {
    while !at_end(input) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}
