//! The flags that every lesson takes.

use lexopt::prelude::*;
use slow_server::Address;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// What one run is asked to do.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    pub(crate) io: Option<Duration>,
    pub(crate) from: Option<Address>,
    pub(crate) svg: Option<PathBuf>,
    pub(crate) trace: Option<PathBuf>,
    pub(crate) facts: Option<PathBuf>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Run(Flags),
    Help,
}

impl Flags {
    /// How long A's reply takes.
    pub(crate) fn io(&self) -> Duration {
        self.io.unwrap_or(Duration::from_secs(1))
    }
}

/// Reads the arguments, the program's name not among them. An error says what is wrong with which.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Asked, String> {
    let mut flags = Flags::default();
    let mut parser = lexopt::Parser::from_args(arguments);
    while let Some(argument) = parser.next().map_err(|error| error.to_string())? {
        match argument {
            Long("io") => set(&mut flags.io, "--io", duration(&text(&mut parser)?)?)?,
            Long("from") => {
                let address = text(&mut parser)?.parse();
                let address = address.map_err(|error| format!("--from: {error}"))?;
                set(&mut flags.from, "--from", address)?;
            }
            Long("svg") => set(&mut flags.svg, "--svg", file(&mut parser)?)?,
            Long("trace") => set(&mut flags.trace, "--trace", file(&mut parser)?)?,
            Long("facts") => set(&mut flags.facts, "--facts", file(&mut parser)?)?,
            Short('h') | Long("help") => {
                return match parser.optional_value() {
                    None => Ok(Asked::Help),
                    Some(_) => Err("--help takes no value".into()),
                };
            }
            Value(value) => return Err(format!("'{}' is no flag", value.to_string_lossy())),
            unknown => return Err(unknown.unexpected().to_string()),
        }
    }
    if flags.io.is_some() && flags.from.is_some() {
        return Err("--io and --from do not go together: one reply comes from one server".into());
    }
    let files = [&flags.svg, &flags.trace, &flags.facts];
    for (nth, file) in files.iter().enumerate() {
        if file.is_some() && files[..nth].contains(file) {
            return Err("two flags name the same file".into());
        }
    }
    Ok(Asked::Run(flags))
}

fn set<T>(flag: &mut Option<T>, name: &str, value: T) -> Result<(), String> {
    match flag.replace(value) {
        None => Ok(()),
        Some(_) => Err(format!("{name} is given twice")),
    }
}

fn text(parser: &mut lexopt::Parser) -> Result<String, String> {
    let value = parser.value().map_err(|error| error.to_string())?;
    // What is not UTF-8 is no duration and no address: it is shown as far as it can be.
    Ok(value.to_string_lossy().into_owned())
}

fn file(parser: &mut lexopt::Parser) -> Result<PathBuf, String> {
    let value = parser.value().map_err(|error| error.to_string())?;
    Ok(value.into())
}

fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|_| format!("--io: '{text}' is no duration, such as 500ms, 2s or 1m"))
}

/// What `--help` prints, at most 80 columns wide.
pub(crate) fn help(lesson: &str) -> String {
    format!(
        "\
{lesson}: three requests; A needs a long I/O, B and C need none

Usage: {lesson} [--io DURATION | --from ADDR] [FLAGS]

  --io DURATION   how long A's reply takes: 500ms, 2s, 1m (default 1s)
  --from ADDR     take A's reply from the TCP server at ADDR (host:port): one
                  line, or all until the stream ends, at most 64 KiB. Run
                  `nc -l 9000`, give 127.0.0.1:9000, and type the reply by hand
  --svg FILE      also write the chart to FILE, as a picture (SVG)
  --trace FILE    also write the events to FILE, for a browser's trace viewer
                  (trace-event JSON)
  --facts FILE    also write the closing figures to FILE, for programs:
                  a name, a tab and a value on each line
  -h, --help      print this

Colour only on a terminal; NO_COLOR=1 turns it off, CLICOLOR_FORCE=1 on.
Exit status: 0 if all went well, 1 if something failed, 2 for a wrong flag.
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(line: &str) -> Result<Asked, String> {
        parse(line.split(' ').filter(|a| !a.is_empty()).map(Into::into))
    }

    #[test]
    fn each_flag_is_read_in_both_forms() {
        for line in [
            "--io 2s --svg a --trace b --facts c",
            "--io=2s --svg=a --trace=b --facts=c",
        ] {
            let expected = Flags {
                io: Some(Duration::from_secs(2)),
                from: None,
                svg: Some("a".into()),
                trace: Some("b".into()),
                facts: Some("c".into()),
            };
            assert_eq!(flags(line), Ok(Asked::Run(expected)));
        }
        let from = Flags {
            from: Some("localhost:9000".parse().unwrap()),
            ..Flags::default()
        };
        assert_eq!(flags("--from localhost:9000"), Ok(Asked::Run(from)));
        assert_eq!(flags("").unwrap(), Asked::Run(Flags::default()));
        assert_eq!(Flags::default().io(), Duration::from_secs(1));
        assert_eq!(flags("--io 1s -h"), Ok(Asked::Help));
    }

    #[test]
    fn each_mistake_is_named() {
        for (line, why) in [
            ("--oi 2s", "invalid option '--oi'"),
            ("-x", "invalid option '-x'"),
            ("--io", "missing argument for option '--io'"),
            ("--svg", "missing argument for option '--svg'"),
            ("--help=me", "--help takes no value"),
            ("fast", "'fast' is no flag"),
            ("-- --io", "'--io' is no flag"),
            ("--io 1s --io=1s", "--io is given twice"),
            (
                "--io 5",
                "--io: '5' is no duration, such as 500ms, 2s or 1m",
            ),
            ("--io=", "--io: '' is no duration, such as 500ms, 2s or 1m"),
            (
                "--io -1s",
                "--io: '-1s' is no duration, such as 500ms, 2s or 1m",
            ),
            (
                "--io 99999999999999999999years",
                "--io: '99999999999999999999years' is no duration, such as 500ms, 2s or 1m",
            ),
            (
                "--from here",
                "--from: 'here' is no host:port, such as 127.0.0.1:9000 or localhost:9000",
            ),
            (
                "--from a:1 --io 1s",
                "--io and --from do not go together: one reply comes from one server",
            ),
            ("--svg a --facts a", "two flags name the same file"),
        ] {
            assert_eq!(flags(line), Err(why.to_owned()), "{line}");
        }
    }

    #[test]
    fn help_fits_80_columns_and_names_the_lesson() {
        let help = help("99-the-longest-name");
        assert!(help.starts_with("99-the-longest-name: "));
        assert!(help.lines().all(|line| line.chars().count() <= 80));
    }
}
