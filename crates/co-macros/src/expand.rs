//! Parse, check, write: the attribute's whole way.

use crate::attribute::Paths;
use crate::errors::Errors;
use crate::function::{self, Function};
use crate::returns::{self, Types};
use crate::{attribute, check};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, ExprPath, FnArg, Pat, Signature};

/// What the compiler gets in place of `item`.
pub(crate) fn coroutine(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let paths = attribute::read(attribute, &mut errors);
    match function::read(item.clone()) {
        Ok(function) => self::function(paths, function, errors),
        Err(error) => {
            errors.add(error);
            let errors = errors.into_tokens();
            quote!(#errors #item)
        }
    }
}

fn function(paths: Paths, function: Function, mut errors: Errors) -> TokenStream {
    let Function {
        attributes,
        visibility,
        mut signature,
        body,
    } = function;
    function::check_qualifiers(&signature, &mut errors);
    let yield_ = yield_macro(paths.wait, &signature.ident);
    let form = match paths.start {
        Some(path) => Some(Form::Started(path)),
        // A mistake in `start = ...` is no reason to ask for a bare coroutine's return type.
        None if errors.is_empty() => returns::read(&signature, &mut errors).map(Form::Bare),
        None => None,
    };
    check::body(&body, &mut errors);
    let inside = match (errors.into_tokens(), form) {
        (None, Some(form)) => {
            let kept = keep(&mut signature);
            form.write(yield_, kept, body)
        }
        // The signature stays, so that callers do not get errors of their own.
        (errors, _) => quote!(#errors),
    };
    quote! {
        #(#attributes)*
        #visibility #signature {
            #inside
        }
    }
}

/// What the call does with the coroutine.
enum Form {
    /// Returns it, with the types that the signature states.
    Bare(Types),
    /// Hands it to a function, whose bounds give the types.
    Started(ExprPath),
}

impl Form {
    fn write(self, yield_: TokenStream, kept: TokenStream, body: TokenStream) -> TokenStream {
        match self {
            Form::Bare(types) => {
                let yields = returns::in_body(&types.yields);
                let resume = returns::in_body(&types.resume);
                let returns = pin_return(&types);
                quote_spanned! {Span::mixed_site()=>
                    ::co::from_async::<#yields, #resume, _>(move |__yielder| async move {
                        #yield_
                        #kept
                        #returns
                        #body
                    })
                }
            }
            // Not `path(from_async(..))`: rustc would look at the path's bounds only after the body,
            // and not know yet what `yield_!` gives.
            Form::Started(path) => quote_spanned! {Span::mixed_site()=>
                ::co::hand_to(#path, move |__yielder| async move {
                    #yield_
                    #kept
                    #body
                })
            },
        }
    }
}

/// `yield_!`, known in the body only. Being a macro, it also works in other macros' arguments.
fn yield_macro(wait: Option<ExprPath>, coroutine: &Ident) -> TokenStream {
    let Some(wait) = wait else {
        return quote_spanned! {Span::mixed_site()=>
            #[allow(unused_macros)]
            macro_rules! yield_ {
                () => {
                    __yielder.yield_(()).await
                };
                // In a `let`, so that temporaries of `$value` end before the coroutine is suspended.
                ($value:expr $(,)?) => {{
                    let __suspension = __yielder.yield_($value);
                    __suspension.await
                }};
            }
        };
    };
    let coroutine = coroutine.unraw().to_string();
    quote_spanned! {Span::mixed_site()=>
        #[allow(unused_macros)]
        macro_rules! yield_ {
            () => {
                yield_!(())
            };
            ($value:expr $(,)?) => {{
                let __suspension = #wait(
                    __yielder,
                    $value,
                    &::co::Site {
                        coroutine: #coroutine,
                        yields: ::core::stringify!($value),
                        file: ::core::file!(),
                        line: ::core::line!(),
                    },
                );
                __suspension.await
            }};
        }
    }
}

/// Says the return type where an `async` block cannot: `?` and coercions need it.
fn pin_return(types: &Types) -> Option<TokenStream> {
    let returns = &types.returns;
    (!returns::says_impl(returns.clone())).then(|| {
        // Located at the reader's type, for the sake of rustc's messages.
        quote_spanned! {Span::mixed_site().located_at(returns.span())=>
            if let ::core::option::Option::Some(__value) = ::core::option::Option::None::<#returns> {
                return __value;
            }
        }
    })
}

/// Mentions every argument once, so that the coroutine keeps even what the body does not use, as a
/// function does; the last one first, for a function drops its arguments in that order.
///
/// A mention does not move the argument: a `let` that did would keep room for it twice. Only what a
/// pattern borrows with `ref` has to be bound again, for it must stay where the borrow points.
fn keep(signature: &mut Signature) -> TokenStream {
    let mut mentions = Vec::new();
    let mut bindings = TokenStream::new();
    for (position, argument) in signature.inputs.iter_mut().enumerate() {
        let (attributes, names) = match argument {
            FnArg::Receiver(receiver) => {
                let name = Ident::new("self", receiver.self_token.span);
                (&receiver.attrs, vec![name])
            }
            FnArg::Typed(argument) => {
                let pattern = &argument.pat;
                let mut found = Names::default();
                found.visit_pat(pattern);
                if found.borrows || matches!(**pattern, Pat::Wild(_)) {
                    let name = format_ident!("__argument{position}", span = Span::mixed_site());
                    if found.borrows {
                        let conditions = conditions(&argument.attrs);
                        bindings.extend(quote!(#conditions let #pattern = #name;));
                    }
                    found.names = vec![name.clone()];
                    *argument.pat = Pat::Verbatim(quote!(#name));
                }
                (&argument.attrs, found.names)
            }
        };
        let conditions = conditions(attributes);
        mentions.extend(names.iter().map(|name| quote!(#conditions let _ = &#name;)));
    }
    mentions.reverse();
    quote!(#(#mentions)* #bindings)
}

/// The attributes that decide whether the argument is there at all.
fn conditions(attributes: &[Attribute]) -> TokenStream {
    attributes
        .iter()
        .filter(|attribute| {
            attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr")
        })
        .map(ToTokens::to_token_stream)
        .collect()
}

/// The variables that a pattern binds.
#[derive(Default)]
struct Names {
    names: Vec<Ident>,
    borrows: bool,
}

impl<'ast> Visit<'ast> for Names {
    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        self.names.push(pattern.ident.clone());
        self.borrows |= pattern.by_ref.is_some();
        visit::visit_pat_ident(self, pattern);
    }
}
