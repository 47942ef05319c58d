use std::time::Duration;

use console::measure_text_width;
use timeline::{Activity, Event, Recording, Style, chart, parse_line};

use crate::recordings::{RUNG_1, RUNG_2, RUNG_3, all_sizes, generated, told, without_colour};

fn plain(width: usize) -> Style {
    Style {
        width,
        colour: false,
    }
}

/// A chart taken apart: its legend, its lanes (label, cells), its ruler.
struct Parts {
    legend: String,
    lanes: Vec<(String, Vec<char>)>,
    ruler: Vec<Vec<char>>,
}

fn parts(recording: &Recording, width: usize) -> Parts {
    let text = chart(recording, plain(width));
    let lanes = recording.lanes().len();
    let lines: Vec<&str> = text.lines().collect();
    let first = lines
        .iter()
        .position(|l| l.starts_with("ms "))
        .expect("a ruler")
        - lanes;
    let label = lines[first + lanes].find('└').expect("a mark");
    let cut = |line: &&str| {
        let chars: Vec<char> = line.chars().collect();
        let (label, cells) = chars.split_at(label.min(chars.len()));
        (label.iter().collect(), cells.to_vec())
    };
    Parts {
        legend: lines[..first].join(" "),
        lanes: lines[first..first + lanes].iter().map(cut).collect(),
        ruler: lines[first + lanes..].iter().map(|l| cut(l).1).collect(),
    }
}

/// The labels of a ruler: the column that begins with each time, and the time in ms.
fn labels(ruler: &[Vec<char>]) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for row in ruler {
        for (column, &corner) in row.iter().enumerate() {
            let digit = |c: &&char| c.is_ascii_digit() || **c == '.';
            match corner {
                '└' => found.push((column, row[column + 1..].iter().take_while(digit).collect())),
                '┘' => {
                    let back: Vec<char> = row[..column]
                        .iter()
                        .rev()
                        .take_while(digit)
                        .copied()
                        .collect();
                    found.push((column + 1, back.iter().rev().collect()));
                }
                _ => {}
            }
        }
    }
    found
}

fn micros(label: &str) -> u128 {
    let (whole, part) = label.split_once('.').unwrap_or((label, ""));
    whole.parse::<u128>().unwrap() * 1000 + format!("{part:0<3}").parse::<u128>().unwrap()
}

fn glyph(activity: Activity) -> char {
    match activity {
        Activity::Nothing => '·',
        Activity::Suspended => '─',
        Activity::Blocks => '▒',
        Activity::Runs => '█',
    }
}

#[test]
fn rung_1_one_thread_and_nobody_runs_while_it_is_blocked() {
    let expected = "
█ runs   ▒ blocks its thread   ─ suspended   · nothing
not to scale
A  main  ██▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒████·········
B  main  ············································██·····
C  main  ················································██·
ms       └0.012                       1000.304┘     1000.34┘
           └0.02
";
    assert_eq!(chart(&told(RUNG_1, 1_000_340), plain(60)), expected[1..]);
}

#[test]
fn rung_2_b_and_c_run_while_io_1_is_blocked_and_the_second_half_of_a_runs_there() {
    let expected = "
█ runs   ▒ blocks its thread   ─ suspended   · nothing
not to scale
A  main  ██·················································
B  main  ····██·············································
C  main  ··········██·······································
A  io-1  ········▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒██████·
ms       └0.012      └0.124                         1000.42┘
                                            1000.304┘
";
    assert_eq!(chart(&told(RUNG_2, 1_000_420), plain(60)), expected[1..]);
}

#[test]
fn rung_3_a_is_suspended_on_main_until_io_1_resumes_it() {
    let expected = "
█ runs   ▒ blocks its thread   ─ suspended   · nothing
not to scale
A  main  ██──────────────────────────────────────────────···
B  main  ····██·············································
C  main  ··········██·······································
A  io-1  ········▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒████·
ms       └0.012      └0.124                         1000.33┘
                                              1000.304┘
";
    assert_eq!(chart(&told(RUNG_3, 1_000_330), plain(60)), expected[1..]);
}

#[test]
fn a_resumption_ends_the_suspension_of_its_own_request_only() {
    let recording = told(
        "
    1.000 ms  main   A  A begins
    2.000 ms  main   A  A suspended
    3.000 ms  main   B  B begins
    4.000 ms  main   B  B suspended
    5.000 ms  io-1   A  A resumed with \"io result\"
    6.000 ms  io-1   A  A ends",
        7_000,
    );
    let expected = "
█ runs   ▒ blocks its thread
─ suspended   · nothing
A  main  ····████──────────────·········
B  main  ·············████──────────────
A  io-1  ······················████·····
ms       └0  └1  └2   └3  └4   └5  └6 7┘
";
    assert_eq!(chart(&recording, plain(40)), expected[1..]);
}

#[test]
fn what_brought_the_reply_ends_when_its_request_goes_on_elsewhere() {
    let recording = told(
        "
    1.000 ms  main   A  A begins
    2.000 ms  main   A  A suspended
    3.000 ms  io-1   A  I/O begins
    4.000 ms  io-1   A  I/O ends
    5.000 ms  main   A  A resumed with \"io result\"
    6.000 ms  main   A  A ends",
        7_000,
    );
    let expected = "
█ runs   ▒ blocks its thread
─ suspended   · nothing
A  main  ····████──────────────████·····
A  io-1  ·············▒▒▒▒█████·········
ms       └0  └1  └2   └3  └4   └5  └6 7┘
";
    assert_eq!(chart(&recording, plain(40)), expected[1..]);
}

#[test]
fn no_events() {
    assert_eq!(chart(&Recording::default(), plain(80)), "no events\n");
}

#[test]
fn no_line_is_wider_than_the_style_says_or_ends_in_space() {
    for recording in all_sizes() {
        for width in [0, 40, 41, 57, 80, 81, 120, 200] {
            let text = chart(&recording, plain(width));
            assert!(text.ends_with('\n'));
            for line in text.lines() {
                assert!(
                    measure_text_width(line) <= width.max(Style::NARROWEST),
                    "{text}"
                );
                assert_eq!(line, line.trim_end(), "{text}");
            }
        }
    }
}

#[test]
fn colour_changes_no_character() {
    for recording in all_sizes() {
        let (width, colour) = (80, true);
        let text = chart(&recording, Style { width, colour });
        assert_eq!(without_colour(&text), chart(&recording, plain(80)));
    }
    let text = chart(
        &told(RUNG_1, 1_000_340),
        Style {
            width: 60,
            colour: true,
        },
    );
    assert!(text.contains("\u{1b}[38;5;32mA  main\u{1b}[0m  \u{1b}[38;5;32m██▒▒"));
    assert!(text.contains("\u{1b}[38;5;166m██\u{1b}[0m\u{1b}[2m·····\u{1b}[0m"));
}

#[test]
fn every_lane_shows_what_it_did_however_short() {
    for recording in all_sizes() {
        for width in [40, 80, 200] {
            let Some((lanes, parts)) = Some(recording.lanes())
                .filter(|lanes| !lanes.is_empty())
                .map(|lanes| (lanes, parts(&recording, width)))
            else {
                continue;
            };
            for ((request, thread), (_, cells)) in lanes.iter().zip(&parts.lanes) {
                let mine = |e: &&Event| e.request == *request && e.thread == *thread;
                let did = recording.events.iter().filter(mine).map(Event::activity);
                let did: Vec<Activity> = did.collect();
                // Whoever neither runs nor blocks from now on ran at least when it said so.
                // So did whoever was suspended after its I/O had begun.
                let waits = |at: usize| {
                    did[at] == Activity::Blocks && did.get(at + 1) != Some(&Activity::Suspended)
                };
                let blocked = (0..did.len()).any(waits) && !did.contains(&Activity::Runs);
                let shows = if blocked { '▒' } else { '█' };
                assert!(
                    cells.contains(&shows),
                    "{}",
                    chart(&recording, plain(width))
                );
            }
        }
    }
}

#[test]
fn while_columns_last_each_event_has_its_own_and_its_lane_changes_there() {
    for recording in all_sizes() {
        let events = &recording.events;
        for width in [80, 120, 200] {
            if events.is_empty() || events.len() > width - 8 {
                continue;
            }
            let parts = parts(&recording, width);
            let lanes = recording.lanes();
            let mut column = 0;
            for (label_column, label) in labels(&parts.ruler) {
                // What stands at a mark is what some event of that time began.
                let now = |e: &&Event| e.at.as_micros() == micros(&label);
                let shown = |e: &Event| {
                    let lane = (e.request.clone(), e.thread.clone());
                    let lane = lanes.iter().position(|l| *l == lane).unwrap();
                    let cell = parts.lanes[lane].1.get(label_column);
                    cell.is_none_or(|&c| c == glyph(e.activity()) || c == '█')
                };
                let mut told = events.iter().filter(now).peekable();
                let border = told.peek().is_none();
                assert!(
                    border || told.any(shown),
                    "{label}\n{}",
                    chart(&recording, plain(width))
                );
                column = column.max(label_column);
            }
            assert!(column >= events.len() - 1);
        }
    }
}

#[test]
fn the_ruler_begins_with_the_first_moment_and_ends_with_the_last() {
    for recording in all_sizes().into_iter().skip(1) {
        for width in [40, 80, 200] {
            let parts = parts(&recording, width);
            let labels = labels(&parts.ruler);
            let times: Vec<u128> = labels.iter().map(|(_, label)| micros(label)).collect();
            let first = recording.events[0].at.as_micros();
            assert!(times[0] == 0 || times[0] == first);
            let length = recording.length.as_micros();
            let used = parts.lanes[0].1.len();
            let end = labels.iter().any(|(c, _)| *c == used);
            assert!(
                times.contains(&length) && end || used < 10,
                "{}",
                chart(&recording, plain(width))
            );
        }
    }
}

#[test]
fn with_more_events_than_columns_a_mark_stands_in_the_column_that_holds_its_time() {
    for recording in all_sizes() {
        for width in [40, 80, 200] {
            if recording.events.len() <= width {
                continue;
            }
            let parts = parts(&recording, width);
            let length = recording.length.as_micros();
            let columns = parts.lanes[0].1.len();
            for (column, label) in labels(&parts.ruler) {
                let time = micros(&label);
                assert_eq!(column as u128, time * columns as u128 / length);
            }
            assert!(labels(&parts.ruler).len() >= 3, "0, something, the end");
        }
    }
}

#[test]
fn what_runs_for_no_time_among_ten_thousand_events_is_seen() {
    let mut recording = generated(10_000, 1, 3);
    for event in &mut recording.events {
        event.what = "A suspended".to_owned();
    }
    let at = recording.length / 2;
    let middle = recording.events.partition_point(|e| e.at < at);
    let at = recording.events[middle].at;
    for what in ["B ends", "B begins"] {
        let (thread, request, what) = ("main".into(), "B".into(), what.to_owned());
        let event = Event {
            at,
            thread,
            request,
            what,
            place: None,
        };
        recording.events.insert(middle, event);
    }
    let parts = parts(&recording, 80);
    let b = parts
        .lanes
        .iter()
        .find(|(label, _)| label.starts_with('B'))
        .unwrap();
    assert_eq!(b.1.iter().filter(|&&c| c == '█').count(), 1);
    assert!(parts.legend.contains("never under a column"));
}

#[test]
fn events_of_one_microsecond_stand_in_the_order_told() {
    let recording = told(
        "
    0.000 ms  main   A  A begins
    0.000 ms  main   A  A ends
    0.000 ms  main   B  B begins
    0.000 ms  main   B  B ends
    0.000 ms  main   C  C leaves",
        0,
    );
    let expected = "
█ runs   ▒ blocks its thread   ─ suspended   · nothing   not to scale
A  main  ██········
B  main  ····██····
C  main  ········█·
ms       └0      0┘
";
    assert_eq!(chart(&recording, plain(80)), expected[1..]);
    let mut crowd = generated(10_000, 4, 7);
    for event in &mut crowd.events {
        event.at = Duration::ZERO;
    }
    crowd.length = Duration::ZERO;
    let parts = parts(&crowd, 80);
    assert!(
        parts.lanes.iter().all(|(_, cells)| cells == &['█']),
        "no time, one column"
    );
}

#[test]
fn the_legend_says_not_to_scale_only_if_it_is_not() {
    let even: String = (1..=6).fold(String::new(), |text, i| {
        format!("{text}    {i}.000 ms  main   A  step {i}\n")
    });
    assert!(!chart(&told(&even, 7_000), plain(80)).contains("scale"));
    assert!(chart(&told(&even, 700_000), plain(80)).contains("not to scale"));
}

#[test]
fn long_and_wide_names_lose_their_middle_and_nothing_loses_its_column() {
    let recording = told(
        "
    1.000 ms  a-thread-with-a-name-as-long-as-can-be-17  A-request-with-a-long-name-1  A begins
    2.000 ms  a-thread-with-a-name-as-long-as-can-be-18  请求的名字很长很长很长  B begins
    3.000 ms  \\u{1b}[2Jx  \\n\\n  C begins
    4.000 ms  -      -  nobody's event",
        5_000,
    );
    let text = chart(&recording, plain(60));
    let lanes: Vec<&str> = text.lines().filter(|l| l.contains("··")).collect();
    assert!(
        lanes[0].starts_with("A-req…me-1  a-threa…n-be-17  "),
        "{text}"
    );
    assert!(
        lanes[1].starts_with("请求…很长   a-threa…n-be-18  "),
        "{text}"
    );
    assert!(lanes[2].starts_with("\\n\\n        \\u{1b}[2Jx"), "{text}");
    assert!(
        lanes.iter().all(|lane| measure_text_width(lane) == 60),
        "{text}"
    );
}

#[test]
fn a_length_before_the_last_event_is_stretched_to_it() {
    let event = parse_line("    5.000 ms  main   A  A begins").expect("a line of ours");
    let recording = Recording {
        events: vec![event],
        threads: 1,
        length: Duration::from_micros(1),
        ..Recording::default()
    };
    assert!(chart(&recording, plain(80)).contains("5┘"));
}
