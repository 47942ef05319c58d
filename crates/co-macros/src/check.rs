//! Looks through the body for what a coroutine cannot do, to say so before rustc says it less plainly.
//!
//! Only looks: the body is emitted as it was written. What stands in the arguments of a macro is
//! looked at for `yield_!` and for std's macros; what another macro makes of its tokens, only rustc
//! can know. Nothing wrong gets through that way: `yield_!` holds an `.await` of a local variable,
//! so rustc refuses it in a closure or a nested function, and `co` panics when anything but
//! `yield_!` is awaited.

use crate::depth;
use crate::errors::Errors;
use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser};
use syn::visit::{self, Visit};
use syn::{Attribute, Block, Expr, Token};

/// With more stack than this to need, the body is left to rustc: syn recurses, on rustc's own stack
/// of 8 MiB, and half of it is enough for about a hundred blocks in each other.
const STACK: usize = 4 << 20;

/// Notes in `errors` what the body of a coroutine cannot do.
pub(crate) fn body(body: &TokenStream, errors: &mut Errors) {
    if depth::stack(body.clone()) > STACK {
        return;
    }
    // What syn cannot parse, rustc will judge: it may be newer than syn.
    if let Ok(statements) = Block::parse_within.parse2(body.clone()) {
        let mut walk = Walk {
            place: Place::Coroutine,
            errors,
        };
        for statement in &statements {
            walk.visit_stmt(statement);
        }
    }
}

/// Whose frame an expression runs in.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Coroutine,
    Closure,
    Future,
    Function,
    Constant,
}

struct Walk<'e> {
    place: Place,
    errors: &'e mut Errors,
}

impl Walk<'_> {
    fn inside(&mut self, place: Place, walk: impl FnOnce(&mut Self)) {
        let outside = std::mem::replace(&mut self.place, place);
        walk(self);
        self.place = outside;
    }

    /// Walks a macro's arguments as far as they read as expressions.
    fn arguments(&mut self, tokens: &TokenStream) {
        let expressions = |input: ParseStream<'_>| {
            while let Ok(expression) = input.parse::<Expr>() {
                self.visit_expr(&expression);
                if input.parse::<Token![,]>().is_err() && input.parse::<Token![;]>().is_err() {
                    break;
                }
            }
            input.parse::<TokenStream>()
        };
        // Only expressions are looked for, so what does not read as one is no mistake.
        let _ = expressions.parse2(tokens.clone());
    }
}

impl<'ast> Visit<'ast> for Walk<'_> {
    fn visit_expr_await(&mut self, await_: &'ast syn::ExprAwait) {
        if self.place == Place::Coroutine {
            self.errors.at(
                &await_.await_token,
                "a coroutine is resumed by its caller, so nobody would wake it here: \
                 `yield_!` what you wait for, and the caller resumes with the result",
            );
        }
        visit::visit_expr_await(self, await_);
    }

    fn visit_expr_yield(&mut self, yield_: &'ast syn::ExprYield) {
        self.errors.at(
            &yield_.yield_token,
            "stable Rust has no `yield` yet: write `yield_!(value)`",
        );
        visit::visit_expr_yield(self, yield_);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if call.path.is_ident("yield_") {
            if let Some(message) = misplaced(self.place) {
                self.errors.at(&call.path, message);
            }
            self.arguments(&call.tokens);
        } else if call
            .path
            .segments
            .last()
            .is_some_and(|name| takes_expressions(&name.ident))
        {
            self.arguments(&call.tokens);
        }
    }

    fn visit_item_macro(&mut self, item: &'ast syn::ItemMacro) {
        match &item.ident {
            Some(name) if name == "yield_" => self.errors.at(
                name,
                "`yield_!` is how this coroutine yields: give your macro another name",
            ),
            _ => visit::visit_item_macro(self, item),
        }
    }

    fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
        let place = match closure.asyncness {
            Some(_) => Place::Future,
            None => Place::Closure,
        };
        self.inside(place, |walk| visit::visit_expr_closure(walk, closure));
    }

    fn visit_expr_async(&mut self, block: &'ast syn::ExprAsync) {
        self.inside(Place::Future, |walk| visit::visit_expr_async(walk, block));
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !is_coroutine(&item.attrs) {
            self.inside(Place::Function, |walk| visit::visit_item_fn(walk, item));
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !is_coroutine(&item.attrs) {
            self.inside(Place::Function, |walk| {
                visit::visit_impl_item_fn(walk, item)
            });
        }
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if !is_coroutine(&item.attrs) {
            self.inside(Place::Function, |walk| {
                visit::visit_trait_item_fn(walk, item)
            });
        }
    }

    // From here on: what the compiler computes.

    fn visit_expr_const(&mut self, block: &'ast syn::ExprConst) {
        self.inside(Place::Constant, |walk| visit::visit_expr_const(walk, block));
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.inside(Place::Constant, |walk| visit::visit_item_const(walk, item));
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        self.inside(Place::Constant, |walk| visit::visit_item_static(walk, item));
    }

    fn visit_impl_item_const(&mut self, item: &'ast syn::ImplItemConst) {
        self.inside(Place::Constant, |walk| {
            visit::visit_impl_item_const(walk, item)
        });
    }

    fn visit_trait_item_const(&mut self, item: &'ast syn::TraitItemConst) {
        self.inside(Place::Constant, |walk| {
            visit::visit_trait_item_const(walk, item)
        });
    }

    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        self.inside(Place::Constant, |walk| visit::visit_variant(walk, variant));
    }

    fn visit_type_array(&mut self, array: &'ast syn::TypeArray) {
        self.inside(Place::Constant, |walk| visit::visit_type_array(walk, array));
    }

    fn visit_generic_argument(&mut self, argument: &'ast syn::GenericArgument) {
        self.inside(Place::Constant, |walk| {
            visit::visit_generic_argument(walk, argument)
        });
    }

    fn visit_expr_repeat(&mut self, repeat: &'ast syn::ExprRepeat) {
        self.visit_expr(&repeat.expr);
        self.inside(Place::Constant, |walk| walk.visit_expr(&repeat.len));
    }
}

/// What to do instead of a `yield_!` in `place`, if it is not the coroutine's own frame.
fn misplaced(place: Place) -> Option<&'static str> {
    match place {
        Place::Coroutine => None,
        Place::Closure => Some(
            "`yield_!` suspends the coroutine, and a closure is a function of its own, which cannot be suspended: \
             move the `yield_!` out of it, for instance by writing a `for` loop in place of the closure",
        ),
        Place::Future => Some(
            "`yield_!` suspends the coroutine, and async code is a future of its own: \
             move the `yield_!` out of it, into the coroutine's own body",
        ),
        Place::Function => Some(
            "`yield_!` suspends the coroutine, and a nested `fn` is a function of its own: \
             put `#[co::coroutine]` on that `fn` too, or move the `yield_!` out of it",
        ),
        Place::Constant => Some(
            "`yield_!` suspends a running coroutine, and a constant is computed before anything runs: \
             yield first, into a `let`",
        ),
    }
}

/// Whether the item has a `#[coroutine]` of its own, which will look through it.
fn is_coroutine(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute
            .path()
            .segments
            .last()
            .is_some_and(|name| name.ident == "coroutine")
    })
}

/// Whether this is one of std's macros that evaluate their arguments in place.
fn takes_expressions(name: &syn::Ident) -> bool {
    const MACROS: &str = "assert assert_eq assert_ne dbg debug_assert debug_assert_eq debug_assert_ne eprint \
                          eprintln format format_args matches panic print println todo unimplemented \
                          unreachable vec write writeln";
    MACROS.split_whitespace().any(|known| name == known)
}
