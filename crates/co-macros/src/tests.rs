//! The macro run as a plain function, outside of a compiler.

mod depths;
mod readmes;

use proc_macro2::TokenStream;

/// What the macro writes for the one function in `source`.
fn expansion(source: &str) -> TokenStream {
    let item: TokenStream = source.parse().expect("the source is Rust");
    let mut function: syn::ItemFn = syn::parse2(item).expect("the source is one function");
    let position = function.attrs.iter().position(|attribute| {
        attribute
            .path()
            .segments
            .last()
            .is_some_and(|name| name.ident == "coroutine")
    });
    let attribute = function
        .attrs
        .remove(position.expect("the function is a coroutine"));
    let arguments = match attribute.meta {
        syn::Meta::List(list) => list.tokens,
        _ => TokenStream::new(),
    };
    crate::expand::coroutine(arguments, quote::quote!(#function))
}

/// The same, laid out for a reader.
fn laid_out(tokens: TokenStream) -> String {
    prettyplease::unparse(&syn::parse2(tokens).expect("the macro writes Rust"))
}
