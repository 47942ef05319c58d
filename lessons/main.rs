//! The walk: runs the lessons one after another, and lays their figures side by side.
//!
//! It depends on no lesson: it asks cargo for each, so that the first one starts in seconds.

mod table;

use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};

use table::Row;

const HELP: &str = "\
The ABC of coroutines: three requests climb a ladder of programs.

cargo run                    the walk: every lesson, with a short I/O, and a table
cargo run -- LESSON [FLAGS]  one lesson, by number or name; its --help names its flags
cargo run -- list            the lessons
";

/// Long enough to be seen, short enough for a walk.
const IO: &str = "300ms";

/// One of the folders beside this file.
struct Lesson {
    /// `03-generator`
    folder: String,
    /// The manifest's description.
    about: String,
}

fn main() -> ExitCode {
    let args: Vec<_> = env::args_os().skip(1).collect();
    let (first, rest) = match args.split_first() {
        None => (None, &[][..]),
        Some((first, rest)) => (Some(first.to_string_lossy().into_owned()), rest),
    };
    let outcome = lessons().and_then(|lessons| match first.as_deref() {
        None => walk(&lessons),
        Some("list") if rest.is_empty() => list(&lessons),
        Some("--help" | "-h" | "help") if rest.is_empty() => say(HELP).map(|()| 0),
        Some(name) => match lessons.iter().find(|lesson| lesson.is(name)) {
            Some(lesson) => run(lesson, rest.iter().cloned(), false).map(code),
            None => {
                complain(&format!(
                    "no lesson is called {name:?}; try `cargo run -- list`"
                ));
                Ok(2)
            }
        },
    });
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(why) => {
            complain(&why);
            ExitCode::FAILURE
        }
    }
}

/// The lessons, found on disk, so that a lesson's number is written in its folder's name only.
fn lessons() -> Result<Vec<Lesson>, String> {
    let here = root().join("lessons");
    let cannot = |why: io::Error| format!("cannot read {}: {why}", here.display());
    let mut lessons = Vec::new();
    for entry in fs::read_dir(&here).map_err(cannot)? {
        let folder = entry.map_err(cannot)?.file_name();
        let folder = folder.to_string_lossy().into_owned();
        let manifest = here.join(&folder).join("Cargo.toml");
        if let Ok(manifest) = fs::read_to_string(manifest) {
            let about = manifest
                .lines()
                .find_map(|line| line.strip_prefix("description = \""))
                .and_then(|rest| rest.strip_suffix('"'));
            let about = about.unwrap_or_default().to_owned();
            lessons.push(Lesson { folder, about });
        }
    }
    lessons.sort_by(|a, b| a.folder.cmp(&b.folder));
    Ok(lessons)
}

impl Lesson {
    /// `03` and `generator`.
    fn parts(&self) -> (&str, &str) {
        self.folder.split_once('-').unwrap_or(("", &self.folder))
    }

    fn is(&self, asked: &str) -> bool {
        let (number, name) = self.parts();
        let same_number = asked.parse::<u32>().ok() == number.parse().ok();
        let is_number = asked.bytes().all(|b| b.is_ascii_digit());
        asked == self.folder || asked == name || (is_number && same_number)
    }
}

fn walk(lessons: &[Lesson]) -> Result<u8, String> {
    let mut rows = Vec::new();
    for lesson in lessons {
        let (number, name) = lesson.parts();
        say(&format!("\n{number}  {name}: {}\n\n", lesson.about))?;
        let facts = Scratch::new(&lesson.folder);
        let flags = ["--io", IO, "--facts"].map(Into::into);
        let flags = flags.into_iter().chain([facts.0.clone().into_os_string()]);
        let status = run(lesson, flags, true)?;
        if !status.success() {
            return Err(format!("lesson {} failed: {status}", lesson.folder));
        }
        let text = fs::read_to_string(&facts.0)
            .map_err(|why| format!("lesson {} left no figures: {why}", lesson.folder))?;
        rows.push(Row::read(&text)?);
    }
    say(&table::draw(&rows, timeline::Style::of_terminal().width))?;
    Ok(0)
}

fn list(lessons: &[Lesson]) -> Result<u8, String> {
    let line = |lesson: &Lesson| {
        let (number, name) = lesson.parts();
        format!("{number}  {name:<12}  {}\n", lesson.about)
    };
    say(&lessons.iter().map(line).collect::<String>())?;
    Ok(0)
}

/// Has cargo build and run the lesson. Quietly in the walk, where cargo's own lines would
/// stand between the lessons.
fn run(
    lesson: &Lesson,
    flags: impl Iterator<Item = std::ffi::OsString>,
    quiet: bool,
) -> Result<ExitStatus, String> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(&cargo);
    command.arg("run");
    if quiet {
        command.arg("--quiet");
    }
    let manifest = root().join("Cargo.toml");
    command.arg("--manifest-path").arg(manifest);
    command.args(["-p", &format!("lesson-{}", lesson.folder), "--"]);
    let status = command.args(flags).status();
    status.map_err(|why| format!("cannot run {}: {why}", cargo.display()))
}

/// The folder of the workspace: where cargo says, or where this program was built.
fn root() -> PathBuf {
    let said = env::var_os("CARGO_MANIFEST_DIR");
    said.map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).into(), Into::into)
}

/// A lesson's own status, 1 if it was killed.
fn code(status: ExitStatus) -> u8 {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.unwrap_or(1)
}

fn say(text: &str) -> Result<(), String> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|why| format!("cannot write to standard output: {why}"))
}

fn complain(what: &str) {
    // If standard error is closed, there is nobody left to tell.
    let _ = writeln!(io::stderr(), "walk: {what}");
}

/// A file that is gone when dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let name = format!("abc-of-coroutines-{}-{name}", std::process::id());
        Scratch(env::temp_dir().join(name))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
