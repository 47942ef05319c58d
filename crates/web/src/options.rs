use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::error::Error;
use std::ffi::OsString;
use std::fmt;
use std::rc::Rc;
use std::str::FromStr;

use lexopt::Arg;

/// What a program lets be set from its command line: Tornado's `options`, with `define` and `parse_command_line`.
///
/// In Tornado what is defined is found by its name in one object for the whole program. Here `define` gives something that
/// has the value, and its type.
///
/// ```
/// use web::Options;
///
/// let mut options = Options::new("hello");
/// let port = options.define("port", 8000_u16, "where to listen");
/// let name = options.define("name", "world".to_owned(), "whom to greet");
/// options.parse(["--port=8888", "--name", "Anna"])?;
/// assert_eq!(port.get(), 8888);
/// assert_eq!(name.get(), "Anna");
///
/// let wrong = options.parse(["--port=many"]).unwrap_err();
/// assert_eq!(wrong.to_string(), "--port=many: invalid digit found in string");
/// # Ok::<(), web::InvalidOptions>(())
/// ```
pub struct Options {
    program: String,
    known: BTreeMap<&'static str, Known>,
}

/// Sets the value that a text stands for, or says what is wrong with it.
type Set = dyn Fn(&str) -> Result<(), String>;

struct Known {
    help: &'static str,
    default: String,
    flag: bool,
    set: Box<Set>,
}

/// The value of an option: its default, or what the command line said.
pub struct Defined<T> {
    value: Rc<RefCell<T>>,
}

/// A command line that is not as it should be, or asked for help.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidOptions {
    /// `--help`: here it is.
    Help(String),
    /// What is wrong.
    Wrong(String),
}

impl Options {
    /// No options but `--help`. `program` is the name that the help has for it.
    #[must_use]
    pub fn new(program: &str) -> Self {
        Self {
            program: program.to_owned(),
            known: BTreeMap::new(),
        }
    }

    /// Defines `--name`. A `bool` needs no value: `--name` is `--name=true`.
    ///
    /// # Panics
    ///
    /// If it is defined already.
    pub fn define<T>(&mut self, name: &'static str, default: T, help: &'static str) -> Defined<T>
    where
        T: FromStr<Err: fmt::Display> + fmt::Display + Clone + 'static,
    {
        let flag = (&default as &dyn Any).is::<bool>();
        let shown = default.to_string();
        let value = Rc::new(RefCell::new(default));
        let target = value.clone();
        let known = Known {
            help,
            default: shown,
            flag,
            set: Box::new(move |text| {
                let parsed = text.parse().map_err(|error: T::Err| error.to_string())?;
                *target.borrow_mut() = parsed;
                Ok(())
            }),
        };
        let before = self.known.insert(name, known);
        assert!(before.is_none(), "the option {name} is defined twice");
        Defined { value }
    }

    /// Reads the command line of the program. For help, and if there is anything wrong, it says so and ends the program,
    /// with status 0 and 2.
    pub fn parse_command_line(&self) {
        match self.parse(std::env::args_os().skip(1)) {
            Ok(()) => {}
            Err(InvalidOptions::Help(help)) => {
                print!("{help}");
                std::process::exit(0);
            }
            Err(error) => {
                eprintln!("{error}");
                std::process::exit(2);
            }
        }
    }

    /// Reads arguments, the program's name not among them. Those before one that is wrong are set.
    ///
    /// # Errors
    ///
    /// An option that is not defined, a value that cannot be read, a word that belongs to no option; `--help`.
    pub fn parse<I>(&self, arguments: I) -> Result<(), InvalidOptions>
    where
        I: IntoIterator<Item: Into<OsString>>,
    {
        let wrong = |text: String| InvalidOptions::Wrong(text);
        let mut parser = lexopt::Parser::from_args(arguments);
        while let Some(argument) = parser.next().map_err(|error| wrong(error.to_string()))? {
            let name = match argument {
                Arg::Long("help") | Arg::Short('h') => {
                    return Err(InvalidOptions::Help(self.help()));
                }
                // Tornado takes both spellings.
                Arg::Long(name) => name.replace('_', "-"),
                other => return Err(wrong(other.unexpected().to_string())),
            };
            let Some(known) = self.known.get(name.as_str()) else {
                return Err(wrong(format!("there is no option --{name}")));
            };
            let value = match known.flag {
                true => parser.optional_value().unwrap_or_else(|| "true".into()),
                false => parser.value().map_err(|error| wrong(error.to_string()))?,
            };
            let value = value.to_string_lossy();
            (known.set)(&value).map_err(|error| wrong(format!("--{name}={value}: {error}")))?;
        }
        Ok(())
    }

    /// What `--help` shows.
    #[must_use]
    pub fn help(&self) -> String {
        let mut help = format!("{} [OPTIONS]\n\n", self.program);
        for (name, known) in &self.known {
            let value = if known.flag { "" } else { "=VALUE" };
            let option = format!("--{name}{value}");
            help += &format!("  {option:24} {} [{}]\n", known.help, known.default);
        }
        help + "  --help                   this\n"
    }
}

impl<T: Clone> Defined<T> {
    /// The value as it is now.
    pub fn get(&self) -> T {
        self.value.borrow().clone()
    }
}

impl fmt::Display for InvalidOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InvalidOptions::Help(text) | InvalidOptions::Wrong(text) => f.write_str(text),
        }
    }
}

impl Error for InvalidOptions {}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.known.keys()).finish()
    }
}

impl<T: fmt::Debug> fmt::Debug for Defined<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.borrow().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// I14.
    #[test]
    fn i14_options_are_defined_with_a_type_and_a_default_and_parsed() {
        let mut options = Options::new("test");
        let port = options.define("port", 8000_u16, "where");
        let debug = options.define("debug", false, "whether");
        let name = options.define("log-file", String::new(), "which");
        let got = || (port.get(), debug.get(), name.get());
        options.parse([] as [&str; 0]).unwrap();
        assert_eq!(got(), (8000, false, String::new()));
        options
            .parse(["--port", "1", "--log_file=x y", "--debug"])
            .unwrap();
        assert_eq!(got(), (1, true, "x y".to_owned()));
        options
            .parse(["--debug=false", "--port=2", "--port=3"])
            .unwrap();
        assert_eq!(got(), (3, false, "x y".to_owned()));
    }

    #[test]
    fn i14_what_is_wrong_is_named() {
        let mut options = Options::new("test");
        options.define("port", 8000_u16, "where to listen");
        options.define("debug", false, "whether");
        let wrong = |line: &[&str]| options.parse(line.iter().copied()).unwrap_err().to_string();
        assert_eq!(wrong(&["--prot=1"]), "there is no option --prot");
        assert_eq!(
            wrong(&["--port=65536"]),
            "--port=65536: number too large to fit in target type"
        );
        assert_eq!(
            wrong(&["--debug=maybe"]),
            "--debug=maybe: provided string was not `true` or `false`"
        );
        assert_eq!(wrong(&["--port"]), "missing argument for option '--port'");
        assert_eq!(wrong(&["x"]), "unexpected argument \"x\"");
        assert_eq!(wrong(&["-p"]), "invalid option '-p'");
        assert_eq!(
            wrong(&["--help"]),
            "test [OPTIONS]\n\n  \
             --debug                  whether [false]\n  \
             --port=VALUE             where to listen [8000]\n  \
             --help                   this\n"
        );
    }

    #[test]
    #[should_panic(expected = "the option port is defined twice")]
    fn i14_an_option_is_defined_once() {
        let mut options = Options::new("test");
        options.define("port", 1, "");
        options.define("port", 2, "");
    }
}
