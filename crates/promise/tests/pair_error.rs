//! What an error keeps and shows.

use std::fmt;
use std::io;
use std::panic::{catch_unwind, resume_unwind};

use promise::Error;

#[derive(Debug)]
struct Layer(&'static str, Option<Box<Layer>>);

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Layer {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.1.as_ref().map(|deeper| &**deeper as _)
    }
}

fn layers() -> Error {
    let deepest = Layer("disk on fire", None);
    let middle = Layer("read failed", Some(Box::new(deepest)));
    Layer("no such page", Some(Box::new(middle))).into()
}

fn site(coroutine: &'static str, line: u32) -> co::Site {
    co::Site {
        coroutine,
        yields: "ask(server)",
        file: "lessons/06-future/src/lib.rs",
        line,
    }
}

#[test]
fn one_line_is_the_cause() {
    assert_eq!(layers().at(site("handle", 1)).to_string(), "no such page");
}

#[test]
fn the_chain_is_the_cause_what_caused_it_and_the_trail_innermost_first() {
    let error = layers()
        .at(site("fetch_text", 40))
        .at(site("fetch_page", 30))
        .at(site("handle", 20));
    let chain = "\
no such page
  because of: read failed
  because of: disk on fire
  in fetch_text, at yield_!(ask(server)), lessons/06-future/src/lib.rs:40
  in fetch_page, at yield_!(ask(server)), lessons/06-future/src/lib.rs:30
  in handle, at yield_!(ask(server)), lessons/06-future/src/lib.rs:20";
    assert_eq!(format!("{error:#}"), chain);
    assert_eq!(format!("{error:?}"), chain);
    let lines: Vec<_> = error.trail().iter().map(|site| site.line).collect();
    assert_eq!(lines, [40, 30, 20]);
}

#[test]
fn clones_share_a_cause_and_each_goes_its_own_way() {
    let first = layers().at(site("inner", 1));
    let second = first.clone().at(site("left", 2));
    let third = first.clone().at(site("right", 3));
    let trail = |e: &Error| e.trail().iter().map(|s| s.coroutine).collect::<Vec<_>>();
    assert_eq!(trail(&first), ["inner"]);
    assert_eq!(trail(&second), ["inner", "left"]);
    assert_eq!(trail(&third), ["inner", "right"]);
    let cause = |e: &Error| e.downcast_ref::<Layer>().map(std::ptr::from_ref);
    assert_eq!(cause(&second), cause(&third));
}

#[test]
fn the_question_mark_takes_any_error() {
    fn fails() -> Result<(), Error> {
        Err(io::Error::from(io::ErrorKind::NotFound))?
    }
    fn passes() -> Result<(), Error> {
        fails()?;
        Ok(())
    }
    let error = passes().unwrap_err();
    let cause = error.downcast_ref::<io::Error>().unwrap();
    assert_eq!(cause.kind(), io::ErrorKind::NotFound);
    assert!(error.downcast_ref::<fmt::Error>().is_none());
    assert!(error.trail().is_empty());
}

#[test]
fn each_kind_knows_itself_and_no_other() {
    let broken = Error::broken();
    let message = Error::message("plain");
    let panicked = Error::panicked(Box::new("thrown"));
    assert!(broken.is_broken() && broken.panic_message().is_none());
    assert!(!message.is_broken() && message.panic_message().is_none());
    assert!(!panicked.is_broken());
    assert_eq!(panicked.panic_message(), Some("thrown"));
    assert_eq!(message.to_string(), "plain");
    assert_eq!(panicked.to_string(), "panicked: thrown");
    assert!(broken.at(site("f", 1)).is_broken(), "with a trail too");
}

#[test]
fn a_panic_keeps_its_text_if_it_has_one() {
    let thrown = |f: fn()| Error::panicked(catch_unwind(f).unwrap_err());
    let text = |e: Error| e.panic_message().map(str::to_owned);
    let string = thrown(|| resume_unwind(Box::new("a String".to_owned())));
    assert_eq!(text(string).as_deref(), Some("a String"));
    let number = thrown(|| resume_unwind(Box::new(7_u8)));
    assert_eq!(text(number).as_deref(), Some("a value that is no text"));
}

#[test]
fn an_error_is_one_pointer_and_goes_anywhere() {
    fn goes_anywhere<T: Send + Sync + Clone + 'static>() {}
    goes_anywhere::<Error>();
    assert_eq!(size_of::<Error>(), size_of::<usize>());
    assert_eq!(size_of::<Result<(), Error>>(), size_of::<usize>());
}
