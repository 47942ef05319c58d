//! A row with peers or a limit, as a table: who, the figures, the ratios.

use crate::ratio::{Row, figure, ratio, show};
use crate::record::{Kind, Line};

/// A sentence that says who is ahead, and the table.
pub(crate) fn table(row: &Row<'_>) -> String {
    let units = row.units();
    let peer = row.best(Kind::Peer);
    let limit = row.best(Kind::Limit);
    let mut text = format!("**{}**", row.name);
    if let Some(verdict) = row.verdict() {
        text += &format!(". {verdict}");
    }
    text += "\n\n| |";
    let mut rule = "\n| --- |".to_owned();
    let mut column = |name: &str| {
        text += &format!(" {name} |");
        rule += " ---: |";
    };
    units.iter().for_each(|unit| column(unit.name()));
    if peer.is_some() {
        column("÷ best peer");
    }
    if limit.is_some() {
        column("÷ limit");
    }
    text += &rule;
    let mut reasons = Vec::new();
    for (kind, contestant) in row.contestants() {
        text += &match kind {
            Kind::Ours => format!("\n| **{}** |", code(contestant)),
            Kind::Peer => format!("\n| {} |", code(contestant)),
            Kind::Limit => format!("\n| *limit: {}* |", code(contestant)),
        };
        for unit in &units {
            text += &match row.line(contestant, *unit) {
                Some(line) => format!(" {} |", cell(line, &mut reasons)),
                None => " |".to_owned(),
            };
        }
        let first = row.line(contestant, units[0]);
        for other in [peer, limit].into_iter().flatten() {
            text += &match first {
                Some(line) if !line.passes.is_empty() => format!(" {} |", show(ratio(line, other))),
                _ => " |".to_owned(),
            };
        }
    }
    text + "\n" + &footnotes(&reasons)
}

/// `#[...]` is Rust; in Markdown it would be the beginning of a link.
pub(crate) fn code(name: &str) -> String {
    match name.split_once(']') {
        Some((attribute, rest)) if attribute.starts_with("#[") => format!("`{attribute}]`{rest}"),
        _ => name.to_owned(),
    }
}

/// The figure, and how far the passes lie apart if that is more than a tenth. Or a mark, and why there is none.
pub(crate) fn cell(line: &Line, reasons: &mut Vec<String>) -> String {
    if line.passes.is_empty() {
        let known = reasons.iter().position(|why| *why == line.why_not);
        let nth = known.unwrap_or_else(|| {
            reasons.push(line.why_not.clone());
            reasons.len() - 1
        });
        return format!("– <sup>{}</sup>", nth + 1);
    }
    let middle = figure(line);
    let least = line.passes.iter().copied().fold(f64::MAX, f64::min);
    let most = line.passes.iter().copied().fold(f64::MIN, f64::max);
    let shown = line.unit.show(middle);
    if most - least > middle / 10.0 {
        let percent = (most - least) / 2.0 / middle * 100.0;
        format!("{shown} ± {percent:.0} %")
    } else {
        shown
    }
}

/// Why figures are missing, behind the numbers in their places.
pub(crate) fn footnotes(reasons: &[String]) -> String {
    if reasons.is_empty() {
        return String::new();
    }
    let notes = reasons
        .iter()
        .zip(1..)
        .map(|(why, nth)| format!("<sup>{nth}</sup> {why}"));
    format!("\n{}\n", notes.collect::<Vec<_>>().join("  \n"))
}
