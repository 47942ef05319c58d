//! Reads the types of a bare coroutine from the return type that the reader wrote.

use crate::errors::Errors;
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    GenericArgument, PathArguments, PathSegment, ReturnType, Signature, Type, TypeParamBound,
};

const EXAMPLE: &str = "`-> impl co::Coroutine<(), Yield = u32, Return = ()>`";

/// What a coroutine takes at each resume, yields and returns.
pub(crate) struct Types {
    pub(crate) resume: TokenStream,
    pub(crate) yields: TokenStream,
    pub(crate) returns: TokenStream,
}

/// The types that the signature states, or `None` after the mistakes were noted in `errors`.
pub(crate) fn read(signature: &Signature, errors: &mut Errors) -> Option<Types> {
    let ReturnType::Type(_, written) = &signature.output else {
        errors.at(
            &signature.ident,
            format!("the return type says what the coroutine yields and returns: write {EXAMPLE}"),
        );
        return None;
    };
    let Type::ImplTrait(opaque) = peel(written) else {
        errors.at(written, not_opaque(written));
        return None;
    };
    let mut coroutines = opaque.bounds.iter().filter_map(|bound| match bound {
        TypeParamBound::Trait(bound) => bound
            .path
            .segments
            .last()
            .filter(|segment| segment.ident == "Coroutine"),
        _ => None,
    });
    let Some(coroutine) = coroutines.next() else {
        errors.at(
            written,
            format!(
                "a coroutine is an `impl Coroutine`, and this names another trait: write {EXAMPLE}"
            ),
        );
        return None;
    };
    if let Some(second) = coroutines.next() {
        errors.at(
            second,
            "`Coroutine` is named twice: a coroutine yields and returns one type each, so remove one",
        );
        return None;
    }
    arguments(coroutine, errors)
}

fn arguments(coroutine: &PathSegment, errors: &mut Errors) -> Option<Types> {
    let mut resume = None;
    let mut yields = None;
    let mut returns = None;
    let mut whole = true;
    let written = match &coroutine.arguments {
        PathArguments::None => None,
        PathArguments::AngleBracketed(written) => Some(&written.args),
        PathArguments::Parenthesized(written) => {
            errors.at(
                written,
                format!("`Coroutine` is written with angle brackets: write {EXAMPLE}"),
            );
            return None;
        }
    };
    for argument in written.into_iter().flatten() {
        let (slot, found) = match argument {
            GenericArgument::Type(found) => (&mut resume, found),
            GenericArgument::AssocType(found) if found.ident == "Yield" => (&mut yields, &found.ty),
            GenericArgument::AssocType(found) if found.ident == "Return" => {
                (&mut returns, &found.ty)
            }
            other => {
                errors.at(other, unknown(other));
                whole = false;
                continue;
            }
        };
        if slot.replace(found.to_token_stream()).is_some() {
            errors.at(
                argument,
                "this is said twice: `Coroutine` takes one type for resume, one `Yield` and one `Return`",
            );
            whole = false;
        }
    }
    if whole && yields.is_none() {
        errors.at(
            coroutine,
            "`Yield` is missing: say what the coroutine yields, as in `Coroutine<(), Yield = u32, Return = ()>`",
        );
    }
    if whole && returns.is_none() {
        errors.at(
            coroutine,
            "`Return` is missing: say what the coroutine returns at its end, as in \
             `Coroutine<(), Yield = u32, Return = ()>`",
        );
    }
    match (whole, yields, returns) {
        (true, Some(yields), Some(returns)) => Some(Types {
            resume: resume.unwrap_or_else(|| quote!(())),
            yields,
            returns,
        }),
        _ => None,
    }
}

fn peel(written: &Type) -> &Type {
    match written {
        Type::Paren(inner) => peel(&inner.elem),
        Type::Group(inner) => peel(&inner.elem),
        other => other,
    }
}

fn not_opaque(written: &Type) -> String {
    let boxed = written.to_token_stream().into_iter().any(|token| {
        matches!(token, TokenTree::Ident(ident) if ident == "Box" || ident == "dyn" || ident == "Pin")
    });
    if boxed {
        format!(
            "the macro makes the coroutine and does not box it: write {EXAMPLE}, and let the caller `Box::pin` it"
        )
    } else {
        format!(
            "the call gives a coroutine, and this is the type of something else: write {EXAMPLE}, \
             with this type as its `Return`"
        )
    }
}

fn unknown(argument: &GenericArgument) -> String {
    match argument {
        GenericArgument::Constraint(bound) if bound.ident == "Yield" || bound.ident == "Return" => {
            format!(
                "write `{0} = impl ...` or the type itself: the macro reads the type from here",
                bound.ident
            )
        }
        GenericArgument::AssocType(found) => format!(
            "`Coroutine` has no `{}`: what it yields is `Yield`, what it returns at its end is `Return`",
            found.ident
        ),
        _ => "`Coroutine` takes a type for resume, `Yield = ...` and `Return = ...`".to_owned(),
    }
}

/// The type as it may stand in the body: `_` where it says `impl`, which only a signature can.
pub(crate) fn in_body(written: &TokenStream) -> TokenStream {
    match says_impl(written.clone()) {
        true => quote!(_),
        false => written.clone(),
    }
}

pub(crate) fn says_impl(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "impl",
        TokenTree::Group(group) => says_impl(group.stream()),
        _ => false,
    })
}
