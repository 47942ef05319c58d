//! Running a lesson: flags, server, story, chart, facts, exit status.

use crate::Law;
use crate::facts::Facts;
use crate::flags::{self, Asked, Flags};
use crate::output::{self, Output};
use crate::stack::{self, Stack};
use slow_server::{Address, SlowServer};
use std::panic;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use timeline::{Event, Panicked, Recording, Story, Style};

/// What a lesson says about itself.
#[derive(Clone, Copy, Debug)]
pub struct Lesson {
    /// `env!("CARGO_PKG_NAME")`, such as `lesson-02-callback`.
    pub package: &'static str,
    /// Which orders of events its program guarantees.
    pub law: Law,
    /// What holds A while it waits.
    pub waiting: Waiting,
    /// What its program still cannot do: goes on after "this lesson still cannot".
    pub cannot: &'static str,
}

/// What holds A while it waits.
#[derive(Clone, Copy, Debug)]
pub enum Waiting {
    /// The stack of the thread that does A's I/O. It is measured, where the system tells.
    Stack,
    /// A value, whose bytes the program says with [`timeline::holds`].
    Value,
}

impl Lesson {
    /// The name of its folder and its program, such as `02-callback`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.package.strip_prefix("lesson-").unwrap_or(self.package)
    }
}

/// Runs a lesson's program as its `main`: reads the flags, calls `serve` with the server that A is to ask,
/// prints each event the moment it is told, and closes with the chart and the facts.
///
/// Status 0: the program came to its end. Status 2: a wrong flag. Status 1: the rest, that is, an event
/// `... fails: why`, a panic of the program, a file or a standard output that cannot be written. Each says why
/// in one line on standard error.
pub fn run(lesson: &Lesson, serve: fn(Address)) -> ExitCode {
    let name = lesson.name();
    match flags::parse(std::env::args_os().skip(1)) {
        Err(why) => {
            output::complain(name, &format!("{why}; try --help"));
            ExitCode::from(2)
        }
        Ok(Asked::Help) => {
            output::print(name, &flags::help(name));
            ExitCode::SUCCESS
        }
        Ok(Asked::Run(flags)) => match show(lesson, &flags, serve) {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => {
                output::complain(name, &why);
                ExitCode::FAILURE
            }
        },
    }
}

fn show(lesson: &Lesson, flags: &Flags, serve: fn(Address)) -> Result<(), String> {
    // First of all: a file that cannot be written is known before A waits.
    let svg = Output::open(flags.svg.as_deref())?;
    let trace = Output::open(flags.trace.as_deref())?;
    let facts_file = Output::open(flags.facts.as_deref())?;
    let server = match &flags.from {
        Some(_) => None,
        None => {
            Some(SlowServer::after(flags.io()).map_err(|why| format!("no server for A: {why}"))?)
        }
    };
    let address = flags
        .from
        .clone()
        .or(server.as_ref().map(SlowServer::address));
    let address = address.expect("A has either the reader's server or ours");

    let style = Style::of_terminal();
    let (recording, stack, panics) = watch(lesson, style, || serve(address));
    let facts = Facts::of(lesson, &recording, stack, !panics.is_empty());
    let chart = timeline::chart(&recording, style);
    let facts_text = facts.for_readers(style.width);
    output::print(
        lesson.name(),
        &format!("\n{}\n\n{facts_text}", chart.trim_end()),
    );
    if let Some(file) = svg {
        file.write(&timeline::svg(&recording, lesson.name()))?;
    }
    if let Some(file) = trace {
        file.write(&timeline::trace_json(&recording))?;
    }
    if let Some(file) = facts_file {
        file.write(&facts.for_programs())?;
    }
    if !panics.is_empty() {
        return Err(format!("a thread panicked: {}", panics.join("; ")));
    }
    match recording.events.iter().find_map(|e| failure(&e.what)) {
        Some(why) => Err(why.to_owned()),
        None => Ok(()),
    }
}

/// Runs the story, prints it as it goes, and measures the stack that waited.
fn watch(
    lesson: &Lesson,
    style: Style,
    program: impl FnOnce(),
) -> (Recording, Option<Stack>, Vec<String>) {
    let name = lesson.name();
    let measure = matches!(lesson.waiting, Waiting::Stack);
    let stack = Arc::new(Mutex::new(None));
    let measured = stack.clone();
    let watcher = move |event: &Event| {
        // This runs on the thread that tells, so here is the stack that waited.
        if measure && event.what == "I/O ends" {
            let mut stack = measured.lock().unwrap_or_else(PoisonError::into_inner);
            *stack = stack.or_else(stack::of_this_thread);
        }
        output::print(name, &format!("{}\n", timeline::line(event, style)));
    };
    // A panic is told at the end, in one line, not in the middle of the story.
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let story = Story::new().watch(watcher).run(program);
    panic::set_hook(hook);
    let stack = *stack.lock().unwrap_or_else(PoisonError::into_inner);
    match story {
        Ok(recording) => (recording, stack, Vec::new()),
        Err(Panicked { recording, panics }) => (recording, stack, panics),
    }
}

/// Why something failed, if this event says that it did: `I/O fails: why`, `A fails: why`, `A fails`.
pub(crate) fn failure(what: &str) -> Option<&str> {
    let (start, why) = what.split_once(": ").unwrap_or((what, what));
    let who = start.strip_suffix(" fails")?;
    // A reply that an event quotes may say anything.
    let one_name = who.chars().all(|c| c.is_alphanumeric() || c == '/');
    one_name.then_some(why)
}

#[cfg(test)]
mod tests {
    use super::failure;

    #[test]
    fn an_event_that_fails_says_why() {
        assert_eq!(failure("I/O fails: no: reply"), Some("no: reply"));
        assert_eq!(failure("A fails"), Some("A fails"));
        for reply in ["A gets \"x fails: y\"", "\"x fails: y\"", "\"x fails\""] {
            assert_eq!(failure(reply), None);
        }
        assert_eq!(failure("I/O ends"), None);
    }
}
