//! The chat room: what was asked of it, and what was found. The room's own figures say.

use crate::ratio::{Row, figure};
use crate::record::{Kind, Line, Unit, grouped};

/// What the sentences are called, where they are quoted alone.
pub(crate) const NAME: &str = "asked and found";

/// A connection that waits is to take less, in bytes.
const LESS_THAN: f64 = 15e3;

/// A sentence for each thing that was asked; none for what was not measured.
pub(crate) fn asked_and_found(lines: &[Line]) -> Option<String> {
    let rows = Row::all(lines);
    let row = |name: &str| rows.iter().find(|row| row.name == name);
    let ours = |name: &str| {
        let best = row(name)?.best(Kind::Ours)?;
        Some(figure(best))
    };
    let deliveries = |name: &str| {
        let (ours, peer) = (ours(name)?, figure(row(name)?.best(Kind::Peer)?));
        let but = if ours < peer { "" } else { "not reached, " };
        Some(format!(
            "{but}{} against {}",
            a_second(ours),
            a_second(peer)
        ))
    };
    let mut sentences = Vec::new();
    let one = deliveries("a message to 1,000 clients, one at a time");
    let many = deliveries("a message to 1,000 clients, 16 at once");
    if let (Some(one), Some(many)) = (one, many) {
        sentences.push(format!(
            "1,000 clients hear each message, in order, and the server makes more deliveries in a second of its processor's \
            time than axum's room: {one} when messages are said one at a time; {many} when 16 are said at once."
        ));
    }
    if let Some(bytes) = ours("bytes for each of 10,000 clients who say nothing") {
        let but = if bytes < LESS_THAN {
            ""
        } else {
            "not reached: "
        };
        sentences.push(format!(
            "A connection that waits takes less than 15 KB of memory: {but}it takes {}.",
            Unit::Bytes.show(bytes)
        ));
    }
    if let Some(bytes) = ours("growth of the server while 20 clients never read") {
        sentences.push(format!(
            "20 clients who never read harm nobody, and the server does not grow by what they leave: it grew by {} while 20,000 \
            messages of 1 KiB were said, the 20 were cut off, and the others heard all.",
            Unit::Bytes.show(bytes)
        ));
    }
    if let Some(time) = ours("a message to 100 clients while 100 others are reset") {
        sentences.push(format!(
            "100 clients whose connections are reset in mid-broadcast harm nobody: the others, the speakers among them, heard \
            all, and of each who left, at {} for each delivery.",
            Unit::CpuTime.show(time)
        ));
    }
    let list = sentences.iter().map(|sentence| format!("- {sentence}\n"));
    (!sentences.is_empty()).then(|| {
        format!(
            "What was asked, and what was found:\n\n{}",
            list.collect::<String>()
        )
    })
}

/// How many fit into a second, of what takes so many nanoseconds; to the nearest thousand.
fn a_second(nanoseconds: f64) -> String {
    grouped(&format!("{:.0}", (1e6 / nanoseconds).round() * 1e3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Record;

    fn found(bytes: &str) -> String {
        let text = format!(
            "# here\n\
            a message to 1,000 clients, one at a time\tours\tA\tCPU time\t2000 1600 1000\t\n\
            a message to 1,000 clients, one at a time\tpeer\tB\tCPU time\t2000\t\n\
            a message to 1,000 clients, 16 at once\tours\tA\tCPU time\t3000\t\n\
            a message to 1,000 clients, 16 at once\tpeer\tB\tCPU time\t3000\t\n\
            a message to 1,000 clients, 16 at once\tpeer\tC\tCPU time\t2125\t\n\
            bytes for each of 10,000 clients who say nothing\tours\tA\tbytes\t{bytes}\t\n"
        );
        let record: Record = text.parse().unwrap();
        asked_and_found(&record.lines).unwrap()
    }

    #[test]
    fn deliveries_a_second_are_those_of_the_best_peer() {
        let found = found("1024");
        assert!(found.contains(": 625,000 against 500,000 when"), "{found}");
        assert!(
            found.contains("; not reached, 333,000 against 471,000 when"),
            "{found}"
        );
        assert!(!found.contains("reset"), "{found}");
    }

    #[test]
    fn it_says_so_where_a_goal_is_not_reached() {
        assert!(found("14999").contains("of memory: it takes 14.6 KiB."));
        assert!(found("15001").contains("of memory: not reached: it takes 14.6 KiB."));
    }
}
