//! The recording in the trace-event format, which browsers' trace viewers open.

use std::fmt::Write as _;

use crate::spans::Plan;
use crate::{Activity, Recording};

/// The recording in the trace-event format (JSON), which Perfetto and `chrome://tracing` open.
///
/// One process with a row (a "thread" to the viewer) for each lane, named `A on io-1`. In the
/// order told: for each event an instant (`"ph": "i"`) named exactly as the event, and for what
/// its lane does from then on a complete event (`"ph": "X"`) named `runs`, `blocks its thread`
/// or `suspended`. The arguments of both say request and thread, those of an instant also the
/// line of source (`at`), if known. Times are microseconds since the story began.
///
/// ```
/// let json = timeline::trace_json(&timeline::Recording::default());
/// assert!(json.starts_with("{\"traceEvents\": ["));
/// ```
#[must_use]
pub fn trace_json(recording: &Recording) -> String {
    let plan = Plan::of(recording);
    let mut rows = vec![
        r#"{"ph": "M", "pid": 1, "name": "process_name", "args": {"name": "story"}}"#.to_owned(),
    ];
    for (i, lane) in plan.lanes.iter().enumerate() {
        let name = if lane.request.is_empty() {
            lane.thread.to_string()
        } else {
            format!("{} on {}", lane.request, lane.thread)
        };
        let head = format!(r#"{{"ph": "M", "pid": 1, "tid": {}"#, i + 1);
        let name = quote(&name);
        rows.push(format!(
            r#"{head}, "name": "thread_name", "args": {{"name": {name}}}}}"#
        ));
        rows.push(format!(
            r#"{head}, "name": "thread_sort_index", "args": {{"sort_index": {i}}}}}"#
        ));
    }
    let mut spans = plan.spans.iter().peekable();
    for (i, event) in recording.events.iter().enumerate() {
        let at = match event.place {
            Some(place) => {
                let at = format!("{}:{}", place.file(), place.line());
                format!(r#", "at": {}"#, quote(&at))
            }
            None => String::new(),
        };
        rows.push(format!(
            r#"{{"ph": "i", "s": "t", "pid": 1, "tid": {}, "ts": {}, "name": {}, "args": {{{}{at}}}}}"#,
            plan.lane_of[i] + 1,
            event.at.as_micros(),
            quote(&event.what),
            who(&plan, plan.lane_of[i]),
        ));
        while let Some(span) = spans.next_if(|span| span.first == i) {
            rows.push(format!(
                r#"{{"ph": "X", "pid": 1, "tid": {}, "ts": {}, "dur": {}, "name": "{}", "args": {{{}}}}}"#,
                span.lane + 1,
                span.from.as_micros(),
                (span.to - span.from).as_micros(),
                activity(span.activity),
                who(&plan, span.lane),
            ));
        }
    }
    format!(
        "{{\"traceEvents\": [\n{}\n], \"displayTimeUnit\": \"ms\"}}\n",
        rows.join(",\n")
    )
}

fn who(plan: &Plan, lane: usize) -> String {
    let lane = &plan.lanes[lane];
    let (request, thread) = (quote(&lane.request), quote(&lane.thread));
    format!(r#""request": {request}, "thread": {thread}"#)
}

/// The words for an activity, the same in all drawings.
pub(crate) fn activity(activity: Activity) -> &'static str {
    match activity {
        Activity::Nothing => "nothing",
        Activity::Suspended => "suspended",
        Activity::Blocks => "blocks its thread",
        Activity::Runs => "runs",
    }
}

/// A JSON string.
fn quote(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    json.push('"');
    for c in text.chars() {
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            c if c < ' ' => _ = write!(json, "\\u{:04x}", u32::from(c)),
            c => json.push(c),
        }
    }
    json.push('"');
    json
}
