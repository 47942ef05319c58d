//! A question with nobody but ours, as the rungs: one table for all rows whose names begin alike, up to a colon.

use crate::ratio::{Row, figure};
use crate::record::{Line, Unit};
use crate::table::{cell, code, footnotes};

/// `until A is served: 10 at once` as its two parts.
pub(crate) fn parts(name: &str) -> (&str, &str) {
    name.split_once(": ").unwrap_or((name, "each"))
}

/// Rows that belong together.
pub(crate) fn groups<'a>(lines: &'a [Line]) -> Vec<(&'a str, Vec<Row<'a>>)> {
    let mut groups: Vec<(&str, Vec<Row<'_>>)> = Vec::new();
    for row in Row::all(lines) {
        let (group, _) = parts(row.name);
        match groups.iter_mut().find(|(name, _)| *name == group) {
            Some((_, rows)) => rows.push(row),
            None => groups.push((group, vec![row])),
        }
    }
    groups
}

/// Contestants downwards, rows across.
pub(crate) fn matrix(name: &str, rows: &[Row<'_>]) -> String {
    let mut text = format!("**{name}**\n\n| |");
    for row in rows {
        text += &format!(" {} |", parts(row.name).1);
    }
    text += &format!("\n| --- |{}", " ---: |".repeat(rows.len()));
    let mut reasons = Vec::new();
    for (_, contestant) in rows[0].contestants() {
        text += &format!("\n| {} |", code(contestant));
        for row in rows {
            let line = row.line(contestant, row.unit());
            text += &format!(
                " {} |",
                line.map(|line| cell(line, &mut reasons))
                    .unwrap_or_default()
            );
        }
    }
    text + "\n" + &footnotes(&reasons)
}

/// What is true of "a thread takes 8 MB, a coroutine less than 1 KB": the rungs' own figures say.
pub(crate) fn thread_or_coroutine(lines: &[Line]) -> Option<String> {
    const MOST: &str = "10,000 at once";
    let rows = Row::all(lines);
    let each = |unit: Unit| {
        let mut rows = rows.iter().filter(|row| parts(row.name).1 == MOST);
        rows.find(|row| row.unit() == unit)
    };
    let (resident, space) = (each(Unit::Bytes)?, each(Unit::VirtualBytes)?);
    let of = |row: &Row<'_>, rung: &str| {
        let line = row.line(rung, row.unit())?;
        (!line.passes.is_empty()).then(|| figure(line))
    };
    let thread = "02-callback";
    let (touched, reserved) = (of(resident, thread)?, of(space, thread)?);
    let coroutine = "07-executor";
    let held = of(resident, coroutine)?;
    let connected = "08-event-loop";
    let connected = of(resident, connected).map_or_else(String::new, |held| {
        format!(
            " With a socket of its own and a buffer to read into ({connected}) it is {}.",
            Unit::Bytes.show(held)
        )
    });
    let less = if held < 1e3 { "less" } else { "more" };
    Some(format!(
        "*A thread takes 8 MB, a coroutine less than 1 KB?* With 10,000 As waiting, a thread ({thread}) takes {} of address \
        space for each, and {} of memory: what it has touched of its stack. (8 MB is the address space that C gives a \
        thread on most Linux; Rust gives it 2 MiB.) A coroutine ({coroutine}) takes {} of memory, with all that is kept for \
        it: {less} than 1 KB.{connected} What the kernel keeps is in neither: for a thread, on x86-64, 16 KiB of stack and more.\n",
        Unit::VirtualBytes.show(reserved),
        Unit::Bytes.show(touched),
        Unit::Bytes.show(held),
    ))
}
