//! Reads the item that the attribute stands on, and names it if it is not a function with a body.

use crate::errors::Errors;
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{AttrStyle, Attribute, Ident, LitStr, Safety, Signature, Token, Visibility};

/// A function with a body. The body stays as the tokens that the reader wrote.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    pub(crate) body: TokenStream,
}

/// The function that `item` is, or else why it is none.
pub(crate) fn read(item: TokenStream) -> syn::Result<Function> {
    parse.parse2(item)
}

fn parse(input: ParseStream<'_>) -> syn::Result<Function> {
    let mut attributes = input.call(Attribute::parse_outer)?;
    let visibility = input.parse()?;
    if !is_function(&input.fork()) {
        let (token, found) = what_else(input)?;
        return Err(syn::Error::new_spanned(
            token,
            format!(
                "`#[co::coroutine]` makes a coroutine of a function, and this is {found}: \
                 put it on a `fn` that has a body"
            ),
        ));
    }
    let signature: Signature = input.parse()?;
    if input.peek(Token![;]) {
        return Err(input.error(
            "a coroutine is made of a body, and here is none: write `{ ... }`, \
             or in a trait move the attribute to the `fn` of the `impl`",
        ));
    }
    let body;
    syn::braced!(body in input);
    // `#![allow(..)]` at the head of a body speaks of the whole function: say it outside.
    for mut attribute in body.call(Attribute::parse_inner)? {
        attribute.style = AttrStyle::Outer;
        attributes.push(attribute);
    }
    Ok(Function {
        attributes,
        visibility,
        signature,
        body: body.parse()?,
    })
}

/// Whether `fn` follows, after the words that may stand before it.
fn is_function(input: ParseStream<'_>) -> bool {
    while input.parse::<LitStr>().is_ok()
        || ["const", "async", "safe", "unsafe", "extern", "default"]
            .iter()
            .any(|word| {
                input
                    .fork()
                    .call(Ident::parse_any)
                    .is_ok_and(|ident| ident == word)
            })
            && input.call(Ident::parse_any).is_ok()
    {}
    input.peek(Token![fn])
}

/// The token that says what the item is, and its name in English.
fn what_else(input: ParseStream<'_>) -> syn::Result<(TokenStream, &'static str)> {
    let first = input
        .fork()
        .parse::<TokenTree>()
        .map(ToTokens::into_token_stream);
    loop {
        let Ok(word) = input.call(Ident::parse_any) else {
            let found = match input.peek(Token![|]) {
                true => "a closure",
                false => "something else",
            };
            return Ok((first?, found));
        };
        let found = match word.to_string().as_str() {
            "struct" => "a struct",
            "enum" => "an enum",
            "union" => "a union",
            "trait" => "a trait",
            "impl" => "an impl block",
            "mod" => "a module",
            "static" => "a static",
            "type" => "a type alias",
            "use" => "an import",
            "let" => "a statement",
            "move" | "async" => "a closure",
            "const" => "a constant",
            "extern" if input.peek(Token![crate]) => "an extern crate",
            "extern" => "an extern block",
            "unsafe" | "auto" | "default" => continue,
            _ if input.peek(Token![!]) => "a macro call",
            _ => "something else",
        };
        return Ok((word.into_token_stream(), found));
    }
}

/// Refuses by name the qualifiers that a coroutine cannot have.
pub(crate) fn check_qualifiers(signature: &Signature, errors: &mut Errors) {
    if let Some(token) = &signature.constness {
        errors.at(
            token,
            "a coroutine runs step by step while the program runs, not while it is compiled: remove `const`",
        );
    }
    if let Some(token) = &signature.asyncness {
        errors.at(
            token,
            "an `async fn` is polled by an executor, a coroutine is resumed by its caller: remove `async`",
        );
    }
    if let Safety::Unsafe(token) = &signature.safety {
        errors.at(
            token,
            "the call only makes the coroutine, its body runs later, where no caller has vouched for it: \
             remove `unsafe` and write an `unsafe` block around what needs it",
        );
    }
    if let Some(abi) = &signature.abi {
        errors.at(
            abi,
            "a coroutine is a Rust value that no foreign caller can resume: remove `extern`, \
             and call this from an `extern fn` that resumes it",
        );
    }
    if let Some(variadic) = &signature.variadic {
        errors.at(
            variadic,
            "a coroutine keeps its arguments, and `...` cannot be kept: name each argument",
        );
    }
}
