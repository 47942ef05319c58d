use std::collections::HashSet;
use std::panic::Location;

use serde_json::{Value, json};
use timeline::{Recording, trace_json};

use crate::recordings::{RUNG_3, all_sizes, told};

fn rows(recording: &Recording) -> Vec<Value> {
    let text = trace_json(recording);
    let trace: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(trace["displayTimeUnit"], "ms");
    trace["traceEvents"].as_array().expect("a list").clone()
}

fn of_kind<'a>(rows: &'a [Value], kind: &'a str) -> impl Iterator<Item = &'a Value> {
    rows.iter().filter(move |row| row["ph"] == kind)
}

#[test]
fn each_lane_has_a_row_in_the_order_of_the_chart() {
    let rows = rows(&told(RUNG_3, 1_000_330));
    let names: Vec<&Value> = of_kind(&rows, "M")
        .filter(|row| row["name"] == "thread_name")
        .map(|row| &row["args"]["name"])
        .collect();
    assert_eq!(names, ["A on main", "B on main", "C on main", "A on io-1"]);
    let order: Vec<(&Value, &Value)> = of_kind(&rows, "M")
        .filter(|row| row["name"] == "thread_sort_index")
        .map(|row| (&row["tid"], &row["args"]["sort_index"]))
        .collect();
    assert_eq!(order.len(), 4);
    assert!(
        order
            .iter()
            .enumerate()
            .all(|(i, at)| *at.0 == i + 1 && *at.1 == i)
    );
}

#[test]
fn rung_3_has_a_bar_for_everything_a_lane_did() {
    let rows = rows(&told(RUNG_3, 1_000_330));
    let bars: Vec<Value> = of_kind(&rows, "X")
        .map(|row| json!([row["name"], row["tid"], row["ts"], row["dur"]]))
        .collect();
    let expected = [
        json!(["runs", 1, 12, 89]),                      // A begins on main
        json!(["suspended", 1, 101, 1_000_208]),         // until io-1 resumes it
        json!(["runs", 2, 110, 3]),                      // B
        json!(["blocks its thread", 4, 119, 1_000_185]), // io-1, for the I/O
        json!(["runs", 3, 121, 3]),                      // C
        json!(["runs", 4, 1_000_304, 12]),               // the second half of A
    ];
    assert_eq!(bars, expected);
}

#[test]
fn instants_bear_the_names_of_the_events_in_the_order_told() {
    let mut recordings = all_sizes();
    recordings.push(told(RUNG_3, 1_000_330));
    for recording in recordings {
        let rows = rows(&recording);
        let mut before = 0;
        let mut told = HashSet::new();
        for row in rows.iter().filter(|row| row["ph"] != "M") {
            let (at, lane) = (row["ts"].as_u64(), row["tid"].as_u64());
            let at = at.expect("whole microseconds");
            assert!(before <= at, "order told");
            before = at;
            match row["ph"].as_str() {
                Some("i") => _ = told.insert((at, lane)),
                _ => assert!(
                    told.contains(&(at, lane)),
                    "first the event, then what it began"
                ),
            }
        }
        let told = of_kind(&rows, "i").map(|row| {
            let args = &row["args"];
            json!([row["name"], row["ts"], args["request"], args["thread"]])
        });
        let expected = recording
            .events
            .iter()
            .map(|e| json!([e.what, e.at.as_micros() as u64, &*e.request, &*e.thread]));
        assert!(told.eq(expected));
    }
}

#[test]
fn the_line_of_source_is_told_if_known() {
    let mut recording = told("    0.000 ms  main   A  A begins", 1);
    assert_eq!(
        of_kind(&rows(&recording), "i").next().unwrap()["args"].get("at"),
        None
    );
    recording.events[0].place = Some(Location::caller());
    let rows = rows(&recording);
    let at = of_kind(&rows, "i").next().unwrap()["args"]["at"].clone();
    let line = at.as_str().unwrap().rsplit_once("trace.rs:").unwrap().1;
    assert!(line.parse::<u32>().is_ok());
}

#[test]
fn any_text_survives_json() {
    let all: String = ('\0'..='\u{2fff}')
        .chain("\u{fffe}𝄞\"\\/".chars())
        .collect();
    let mut recording = told("    0.000 ms  main   A  A begins", 1);
    recording.events[0].what = all.clone();
    recording.events[0].request = all.clone().into();
    recording.events[0].thread = all.clone().into();
    let rows = rows(&recording);
    let event = of_kind(&rows, "i").next().unwrap();
    assert_eq!(event["name"], all);
    assert_eq!(event["args"]["request"], all);
    assert_eq!(event["args"]["thread"], all);
}
