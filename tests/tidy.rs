//! The repository holds itself to its rules.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What each rung brings in. A rung uses its own row and the rows above, nothing below.
const LADDER: &[(&str, &[&str])] = &[
    ("01-blocking", &["timeline", "slow-server", "lesson"]),
    ("02-callback", &[]),
    ("03-generator", &["co"]),
    ("04-decorator", &["co-macros"]),
    ("05-driver", &[]),
    ("06-future", &["promise", "pool"]),
    ("07-executor", &["executor"]),
    ("08-event-loop", &["reactor", "ioloop"]),
    ("09-tokio", &[]),
    ("10-streams", &["iostream"]),
    ("11-http", &["web"]),
    ("12-chat", &[]),
];

/// All that lessons 1 to 3 compile on Linux.
const LIGHT: &[&str] = &[
    "co",
    "console",
    "humantime",
    "lesson",
    "lesson-01-blocking",
    "lesson-02-callback",
    "lesson-03-generator",
    "lexopt",
    "libc",
    "slow-server",
    "timeline",
    "unicode-width",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn cargo(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .current_dir(root())
        .args(args)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {args:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// Every file that git knows or would take, with the ending asked for.
fn files(ending: &str) -> Vec<PathBuf> {
    fn walk(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if name != "target" && name != ".git" {
                    walk(&path, ending, found);
                }
            } else if name.ends_with(ending) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(root(), ending, &mut found);
    assert!(!found.is_empty(), "no {ending} at all");
    found
}

/// The folders of the lessons that are there.
fn lessons() -> impl Iterator<Item = &'static str> {
    let there = |folder: &&str| root().join("lessons").join(folder).exists();
    LADDER.iter().map(|(folder, _)| *folder).filter(there)
}

fn in_repo(path: &Path) -> String {
    let path = path.strip_prefix(root()).unwrap();
    path.to_string_lossy().replace('\\', "/")
}

#[test]
fn the_code_is_formatted() {
    cargo(&["fmt", "--all", "--check"]);
}

#[test]
fn nothing_is_used_before_it_is_built() {
    let metadata = cargo(&["metadata", "--format-version", "1", "--no-deps"]);
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let row = |name: &str| {
        LADDER.iter().position(|(folder, brings)| {
            brings.contains(&name) || name.strip_prefix("lesson-") == Some(folder)
        })
    };
    let mut rungs = 0;
    for package in packages {
        let name = package["name"].as_str().unwrap();
        let Some(mine) = row(name) else {
            assert_eq!(
                name, "abc-of-coroutines",
                "{name} is on no rung of the ladder"
            );
            continue;
        };
        rungs += usize::from(name.starts_with("lesson-"));
        for dependency in package["dependencies"].as_array().unwrap() {
            // What a test or a feature wants is not what a lesson builds on.
            if dependency["kind"] == "dev" || dependency["optional"] == true {
                continue;
            }
            let wanted = dependency["name"].as_str().unwrap();
            let theirs = row(wanted).unwrap_or(0);
            assert!(theirs <= mine, "{name} uses {wanted}, which comes later");
        }
    }
    assert_eq!(rungs, lessons().count(), "lessons and packages");
}

#[test]
fn the_walk_depends_on_no_lesson() {
    let tree = cargo(&[
        "tree",
        "-p",
        "abc-of-coroutines",
        "-e",
        "normal",
        "--prefix",
        "none",
    ]);
    let lessons = tree.lines().filter(|line| line.starts_with("lesson-"));
    assert_eq!(lessons.count(), 0, "{tree}");
}

#[test]
fn lessons_1_to_3_build_in_seconds() {
    for lesson in &LADDER[..3] {
        let package = format!("lesson-{}", lesson.0);
        let args = ["-p", &package, "-e", "normal,build", "--prefix", "none"];
        let tree = cargo(&[&["tree", "--target", "x86_64-unknown-linux-gnu"], &args[..]].concat());
        let names = tree.lines().filter_map(|line| line.split(' ').next());
        let heavy: BTreeSet<&str> = names.filter(|name| !LIGHT.contains(name)).collect();
        assert!(heavy.is_empty(), "{package} compiles {heavy:?}");
    }
}

#[test]
fn every_member_inherits_the_lints_and_keeps_cargo_bench_clean() {
    for path in files("Cargo.toml") {
        let manifest = fs::read_to_string(&path).unwrap();
        let name = in_repo(&path);
        assert!(
            manifest.contains("[lints]\nworkspace = true\n"),
            "{name}: no lints"
        );
        // Else criterion's own arguments would go to libtest, which dies of them.
        for kind in ["[lib]", "[[bin]]"] {
            for section in manifest.split(kind).skip(1) {
                let section = section.split("\n[").next().unwrap();
                assert!(
                    section.contains("bench = false"),
                    "{name}: {kind} without bench = false"
                );
            }
        }
    }
}

#[test]
fn a_reader_can_hold_each_file_in_the_head() {
    for path in files(".rs") {
        let name = in_repo(&path);
        let text = fs::read_to_string(&path).unwrap();
        let program = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let code = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with("//");
        let lines = program.lines().filter(code).count();
        assert!(lines <= 400, "{name} has {lines} lines of code");
        for vague in ["utils", "common", "prelude", "helpers"] {
            assert!(!name.contains(vague), "{name}: what is it for?");
        }
    }
}

#[test]
fn unsafe_code_is_in_co_in_executor_and_in_tests_alone() {
    for path in files(".rs") {
        let name = in_repo(&path);
        let text = fs::read_to_string(&path).unwrap();
        // In `executor`: the future inside its task, the memory of both, and the waker that is a number.
        let executor =
            ["pool.rs", "task.rs", "ticket.rs"].map(|file| format!("crates/executor/src/{file}"));
        let allowed = name.starts_with("crates/co/src/")
            || executor.contains(&name)
            || name.contains("tests/");
        let allows = text.contains("allow(unsafe_code") || text.contains("expect(unsafe_code");
        assert!(allowed || !allows, "{name} allows unsafe code");
    }
}

/// FC08: a waker's table is written by hand in `co`, and in `executor` for a waker that points to nothing; Miri runs
/// both. The others are made by `std::task::Wake`.
#[test]
fn fc08_raw_wakers_are_made_in_co_and_executor_alone() {
    for path in files(".rs") {
        let name = in_repo(&path);
        let text = fs::read_to_string(&path).unwrap();
        let allowed = name.starts_with("crates/co/src/")
            || name == "crates/executor/src/ticket.rs"
            || name.contains("tests/");
        assert!(
            allowed || !text.contains("RawWaker"),
            "{name} makes a waker by hand"
        );
    }
}

#[test]
fn every_link_leads_somewhere() {
    for path in files(".md") {
        let text = fs::read_to_string(&path).unwrap();
        let folder = path.parent().unwrap();
        let targets = text.split("](").skip(1).chain(text.split("src=\"").skip(1));
        for target in targets.filter_map(|rest| rest.split([')', '"', '#', ' ']).next()) {
            let elsewhere =
                target.is_empty() || target.starts_with("https://") || target.contains("::");
            let there = elsewhere || folder.join(target).exists();
            assert!(there, "{}: a link to nothing: {target}", in_repo(&path));
        }
    }
}

#[test]
fn the_first_screen_is_short_and_names_every_rung() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.lines().count() < 100);
    let path = fs::read_to_string(root().join("lessons/README.md")).unwrap();
    for folder in lessons() {
        assert!(
            readme.contains(&format!("lessons/{folder}/README.md")),
            "{folder}"
        );
        assert!(path.contains(&format!("({folder}/README.md)")), "{folder}");
    }
}

#[test]
fn no_path_of_anybodys_machine_is_in_the_tree() {
    let paths = ["/home/", "/Users/", "/root/", "C:\\"];
    for path in [
        files(".rs"),
        files(".md"),
        files(".toml"),
        files(".stderr"),
        files(".svg"),
    ]
    .concat()
    {
        if in_repo(&path) == "tests/tidy.rs" {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for machine in paths {
            assert!(!text.contains(machine), "{}: {machine}", in_repo(&path));
        }
    }
}
