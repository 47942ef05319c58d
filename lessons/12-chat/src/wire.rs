//! What goes over the wire, as JSON in text messages.

use serde::{Deserialize, Serialize};

/// What a page asks for. Who it is does not say who it is: the server knows.
#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Asked {
    /// `{"say": "hello"}`
    Say(String),
    /// `{"name": "Anna"}`: to be called otherwise.
    Name(String),
}

/// What a page is told. Times are milliseconds since 1970.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Told<'a> {
    /// To who enters, first of all: who he is, who is there, what was said last.
    Welcome {
        you: &'a str,
        here: Vec<&'a str>,
        history: Vec<Told<'a>>,
    },
    /// To everybody, who enters too.
    Entered { who: &'a str, time: u64 },
    /// To everybody, who says it too.
    Said {
        who: &'a str,
        time: u64,
        text: &'a str,
    },
    /// To everybody else.
    Left { who: &'a str, time: u64 },
    /// To everybody.
    Renamed {
        who: &'a str,
        now: &'a str,
        time: u64,
    },
    /// To who asked for what cannot be.
    Refused { why: &'a str },
}

impl Told<'_> {
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings and numbers")
    }
}
