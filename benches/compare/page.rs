//! All the tables, on one page.

use crate::Found;
use crate::matrix;
use crate::ratio::Row;
use crate::record::Kind;
use crate::room;
use crate::table;

const HEAD: &str = "\
# What it costs

Written by `cargo run --bin compare` from what `cargo bench` left (the `.tsv` files beside this page), and not by hand.

CPU time is that of all threads of the process. Each contestant is run three times, alternating with the others of its
table; the figure is the one in the middle, with ± where the three lie more than a tenth apart. Ratios are those of the
first column, taken between neighbours. Smaller is better, of times, bytes and ratios. The *limit* is the same work with
nothing around it.

tokio's multi-thread runtime has two workers; the other executors are for one thread. monoio, glommio and compio wait by
io_uring, and take part with `cargo bench --features peers`, on Linux.
";

const EMPTY: &str = "
Nothing has been measured yet.
";

/// The page of all questions.
pub(crate) fn page(found: &[Found]) -> String {
    let mut page = HEAD.to_owned();
    if found.is_empty() {
        page += EMPTY;
    }
    for one in found {
        page += &format!(
            "\n## {}\n\n`cargo bench --bench {}` on {}\n\n![{}]({}.svg)\n\n{}",
            one.title,
            one.name,
            one.record.about,
            bars_say(one),
            one.name,
            tables(one, None).unwrap_or_default(),
        );
    }
    page
}

fn bars_say(one: &Found) -> String {
    format!("Bars for {}: the tables below have every figure", one.name)
}

/// The tables of a question, or those whose row or heading is named. `None` if there is none of that name.
pub(crate) fn tables(one: &Found, named: Option<&str>) -> Option<String> {
    let lines = &one.record.lines;
    let alone = lines.iter().all(|line| line.kind == Kind::Ours);
    let mut tables: Vec<String> = Vec::new();
    if alone {
        let groups = matrix::groups(lines).into_iter();
        let wanted = groups.filter(|(name, _)| named.is_none_or(|wanted| wanted == *name));
        tables.extend(wanted.map(|(name, rows)| matrix::matrix(name, &rows)));
        const SENTENCE: &str = "a thread or a coroutine";
        if named.is_none_or(|wanted| wanted == SENTENCE) {
            tables.extend(matrix::thread_or_coroutine(lines));
        }
    } else {
        if one.name == "room" && named.is_none_or(|wanted| wanted == room::NAME) {
            tables.extend(room::asked_and_found(lines));
        }
        let rows = Row::all(lines).into_iter();
        let wanted = rows.filter(|row| named.is_none_or(|wanted| wanted == row.name));
        tables.extend(wanted.map(|row| table::table(&row)));
    }
    (!tables.is_empty()).then(|| tables.join("\n"))
}
