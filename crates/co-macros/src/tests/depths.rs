//! FA07: the macro does not overflow the stack, however deep its input is.

use crate::depth;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;
use std::iter::{once, repeat_n};
use std::thread;

/// What `kind` looks like `depth` times in itself, around `inside`.
fn nest(kind: &str, depth: usize, inside: TokenStream) -> TokenStream {
    let fold = |one: fn(TokenStream) -> TokenStream| {
        (0..depth).fold(inside.clone(), |inside, _| one(inside))
    };
    let around = |before: TokenStream, after: TokenStream| {
        repeat_n(before, depth)
            .chain(once(inside.clone()))
            .chain(repeat_n(after, depth))
            .collect()
    };
    let typed = |of: TokenStream| quote!(let a: #of;);
    match kind {
        "blocks" => fold(|inside| quote!({ #inside })),
        "parentheses" => fold(|inside| quote!((#inside))),
        "loops" => fold(|inside| quote!(loop { #inside })),
        "conditions" => fold(
            |inside| quote!(if let Some(x) = y.next() { match x { Some(Ok(z)) => { #inside } _ => {} } }),
        ),
        "macros" => fold(|inside| quote!(vec![#inside])),
        "closures" => around(quote!(||), quote!()),
        "negations" => around(quote!(!), quote!()),
        "sums" => around(quote!(a+), quote!()),
        "alternatives" => around(quote!(if a {} else), quote!()),
        "assignments" => around(quote!(a =), quote!()),
        "method calls" => around(quote!(), quote!(.b())),
        "statements" => around(quote!(a;), quote!()),
        "borrowed types" => typed(around(quote!(&), quote!())),
        "pointer types" => typed(around(quote!(*const), quote!())),
        "function types" => typed(around(quote!(fn() ->), quote!())),
        "generic types" => typed(around(quote!(A < u8,), quote!(>))),
        "array types" => typed(fold(|inside| quote!([#inside; 1]))),
        "tuple types" => typed(fold(|inside| quote!((#inside,)))),
        "patterns" => {
            let pattern = fold(|inside| quote!((#inside)));
            quote!(let #pattern = a;)
        }
        other => unreachable!("{other}"),
    }
}

const KINDS: [&str; 19] = [
    "blocks",
    "parentheses",
    "loops",
    "conditions",
    "macros",
    "closures",
    "negations",
    "sums",
    "alternatives",
    "assignments",
    "method calls",
    "statements",
    "borrowed types",
    "pointer types",
    "function types",
    "generic types",
    "array types",
    "tuple types",
    "patterns",
];

fn expand(body: TokenStream) -> TokenStream {
    let body = TokenTree::Group(Group::new(Delimiter::Brace, body));
    crate::expand::coroutine(
        TokenStream::new(),
        quote! {
            fn deep() -> impl co::Coroutine<(), Yield = u8, Return = ()> #body
        },
    )
}

fn is_refused(body: TokenStream) -> bool {
    expand(body).to_string().contains("compile_error")
}

/// Runs on as much stack as rustc gives the macro.
fn on_rustcs_stack(run: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().stack_size(8 << 20).spawn(run);
    thread.unwrap().join().unwrap();
}

#[test]
fn every_kind_of_nest_a_thousand_deep_expands() {
    on_rustcs_stack(|| {
        for kind in KINDS {
            for depth in [50, 100, 200, 400, 1000] {
                assert!(!is_refused(nest(kind, depth, quote!(a))), "{depth} {kind}");
            }
        }
    });
}

#[test]
fn fifty_blocks_or_conditions_deep_is_still_checked() {
    on_rustcs_stack(|| {
        for kind in ["blocks", "parentheses", "loops", "closures", "method calls"] {
            assert!(
                is_refused(nest(kind, 50, quote!((|| yield_!(1))))),
                "{kind}"
            );
        }
        assert!(is_refused(nest("conditions", 25, quote!((|| yield_!(1))))));
    });
}

#[test]
fn a_long_body_is_still_checked() {
    on_rustcs_stack(|| {
        let closure = quote!((|| yield_!(1)));
        assert!(is_refused(nest("statements", 10_000, closure.clone())));
        let blocks: TokenStream = repeat_n(
            quote!(for a in &b {
                c::<D>(&a);
            }),
            10_000,
        )
        .collect();
        assert!(is_refused(quote!(#blocks #closure)));
    });
}

/// So the time and the memory that the macro takes are in proportion to the body. Measured in a debug
/// build, inside rustc: 0.7 s for ten thousand yields, 1.6 s for a megabyte.
#[test]
fn ten_thousand_yields_and_a_megabyte_expand_to_themselves_and_a_constant() {
    let length = |tokens: TokenStream| tokens.to_string().len();
    let added = length(expand(quote!(yield_!(n);))) - length(quote!(yield_!(n);));
    let yields: TokenStream = repeat_n(quote!(yield_!(n);), 10_000).collect();
    assert_eq!(length(expand(yields.clone())) - length(yields), added);
    let megabyte: TokenStream =
        repeat_n(quote!(n = n.wrapping_mul(31).wrapping_add(1);), 22_000).collect();
    let megabyte = quote!(yield_!(n); #megabyte);
    assert!(length(megabyte.clone()) > 1_000_000);
    assert_eq!(length(expand(megabyte.clone())) - length(megabyte), added);
}

#[test]
fn an_estimate_of_a_hundred_thousand_deep_needs_no_stack() {
    let deep = nest("blocks", 100_000, quote!(a));
    assert!(depth::stack(deep.clone()) > 1_000_000_000);
    // Dropping it is recursive in proc-macro2's stand-in for the compiler's tokens.
    std::mem::forget(deep);
}
