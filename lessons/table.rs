//! The table that closes the walk.

use std::collections::HashMap;

use lesson::wrap;

/// What one lesson said of itself.
pub(crate) struct Row {
    name: String,
    b_waited: String,
    threads: String,
    orders_lasting: String,
    orders_free: String,
    waiting: String,
    cannot: String,
}

impl Row {
    /// Reads what `--facts` wrote: a name, a tab and a value on each line.
    pub(crate) fn read(facts: &str) -> Result<Row, String> {
        let facts: HashMap<&str, &str> = facts
            .lines()
            .filter_map(|line| line.split_once('\t'))
            .collect();
        let get = |name: &str| match facts.get(name) {
            Some(value) => Ok((*value).to_owned()),
            None => Err(format!("a lesson did not say its {name:?}")),
        };
        let micros = get("b_waited_us")?;
        let micros: u64 = micros
            .parse()
            .map_err(|_| format!("b_waited_us is no number: {micros:?}"))?;
        Ok(Row {
            name: get("lesson")?,
            b_waited: format!("{}.{:03} ms", micros / 1000, micros % 1000),
            threads: get("threads")?,
            orders_lasting: get("orders_lasting")?,
            orders_free: get("orders_free")?,
            waiting: get("waiting")?,
            cannot: get("cannot")?,
        })
    }
}

/// Two lines of figures for each lesson and what it cannot do, none wider than `width`.
pub(crate) fn draw(rows: &[Row], width: usize) -> String {
    let mut text = String::from("\nThe lessons, side by side\n\n");
    text += &format!(
        "{:<14}  {:>11}  {:>7}  {}\n",
        "", "B waited", "threads", "possible orders"
    );
    for row in rows {
        let orders = if row.orders_lasting == row.orders_free {
            format!("{}, however long the I/O", row.orders_free)
        } else {
            let (lasting, free) = (&row.orders_lasting, &row.orders_free);
            format!("{lasting} while the I/O lasts, {free} in all")
        };
        text += &format!(
            "{:<14}  {:>11}  {:>7}  {orders}\n",
            row.name, row.b_waited, row.threads
        );
        for (label, what) in [("held by", &row.waiting), ("cannot", &row.cannot)] {
            let mut label = label;
            for line in wrap(what, width.saturating_sub(16)) {
                text += &format!("  {label:<12}  {line}\n");
                label = "";
            }
        }
    }
    text += "\n\"held by\": what holds a waiting A. From 03 on, A itself is a value; ";
    text += "up to 07\nits I/O still blocks a thread.\n";
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACTS: &str = "lesson\t02-callback\nb_waited_us\t1234\nthreads\t2\norders_lasting\t6\n\
                         orders_free\t252\nwaiting\tits thread's stack\ncannot\tkeep A in one piece\n";

    #[test]
    fn a_row_reads_what_a_lesson_writes() {
        let row = Row::read(FACTS).unwrap();
        assert_eq!(row.b_waited, "1.234 ms");
        let text = draw(&[row], 80);
        assert!(
            text.contains(
                "02-callback        1.234 ms        2  6 while the I/O lasts, 252 in all"
            )
        );
        assert!(
            text.contains("\n  held by       its thread's stack\n  cannot        keep A in one")
        );
    }

    #[test]
    fn a_figure_that_is_missing_is_named() {
        let why = Row::read("lesson\t01-blocking\n").err().unwrap();
        assert_eq!(why, "a lesson did not say its \"b_waited_us\"");
    }

    #[test]
    fn no_line_is_wider_than_asked() {
        let row = || Row::read(FACTS).unwrap();
        for width in [80, 120] {
            let text = draw(&[row(), row()], width);
            assert!(text.lines().all(|line| line.chars().count() <= width));
        }
    }
}
