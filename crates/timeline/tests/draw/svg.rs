use std::ops::Range;
use std::panic::Location;

use roxmltree::{Document, Node};
use timeline::{Recording, svg};

use crate::recordings::{RUNG_1, RUNG_2, RUNG_3, all_sizes, generated, told};

fn of_class<'a>(document: &'a Document<'a>, class: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
    document.descendants().filter(move |node| {
        let classes = node.attribute("class").unwrap_or_default();
        classes.split(' ').any(|c| c == class)
    })
}

fn number(node: Node<'_, '_>, name: &str) -> i64 {
    let value = node.attribute(name);
    value
        .and_then(|v| v.parse().ok())
        .unwrap_or_else(|| panic!("{name}: {value:?}"))
}

fn tooltip<'a>(node: Node<'a, 'a>) -> Option<&'a str> {
    let title = node.children().find(|child| child.has_tag_name("title"))?;
    title.text()
}

fn tooltips(document: &Document<'_>, class: &str) -> Vec<String> {
    let tips = of_class(document, class).filter_map(tooltip);
    tips.map(str::to_owned).collect()
}

#[test]
fn rung_3_has_each_span_and_each_event_once() {
    let text = svg(&told(RUNG_3, 1_000_330), "Rung 3");
    let document = Document::parse(&text).expect("well-formed");
    let runs = [
        "runs, 0.012 to 0.101 ms",
        "runs, 0.11 to 0.113 ms",
        "runs, 0.121 to 0.124 ms",
        "runs, 1000.304 to 1000.316 ms",
    ];
    assert_eq!(tooltips(&document, "runs"), runs);
    let blocks = ["blocks its thread, 0.119 to 1000.304 ms"];
    assert_eq!(tooltips(&document, "blocks"), blocks);
    let suspended = ["suspended, 0.101 to 1000.309 ms"];
    assert_eq!(tooltips(&document, "suspended"), suspended);
    let dots = tooltips(&document, "dot");
    assert_eq!(dots.len(), 10);
    assert_eq!(dots[0], "A begins, 0.012 ms on main");
    assert_eq!(
        of_class(&document, "event").count(),
        10,
        "there is room for every name"
    );
}

#[test]
fn it_says_what_it_is_to_those_who_do_not_see_it() {
    let text = svg(&told(RUNG_1, 1_000_340), "Rung 1");
    let document = Document::parse(&text).expect("well-formed");
    let root = document.root_element();
    assert_eq!(root.attribute("role"), Some("img"));
    assert_eq!(tooltip(root), Some("Rung 1"));
    let desc = root
        .children()
        .find(|c| c.has_tag_name("desc"))
        .and_then(|d| d.text());
    let desc = desc.expect("a description");
    assert!(desc.starts_with("9 events; 0.012 ms main A begins; 0.02 ms main I/O begins;"));
    assert!(desc.ends_with("; over at 1000.34 ms."));
}

#[test]
fn it_needs_nothing_else_and_knows_light_and_dark() {
    let text = svg(&told(RUNG_2, 1_000_420), "Rung 2");
    assert_eq!(text.matches("http").count(), 1, "the namespace alone");
    assert!(!text.contains("<script") && !text.contains("@import"));
    assert!(text.contains("@media (prefers-color-scheme:dark){.timeline .c0{color:#6cb0f0}"));
    let document = Document::parse(&text).expect("well-formed");
    for block in of_class(&document, "blocks") {
        let fill = block.attribute("fill").expect("hatched");
        let id = fill.strip_prefix("url(#").and_then(|f| f.strip_suffix(')'));
        assert!(
            document
                .descendants()
                .any(|node| node.attribute("id") == id),
            "{fill}"
        );
    }
}

#[test]
fn the_source_line_is_in_the_tooltip() {
    let mut recording = told("    0.000 ms  main   A  A begins", 1);
    recording.events[0].place = Some(Location::caller());
    let text = svg(&recording, "");
    assert!(text.contains("<title>A begins, 0.000 ms on main, "));
    assert!(text.contains(&format!("svg.rs:{}</title>", line!() - 3)));
}

#[test]
fn hostile_text_stays_text() {
    let evil = "</title><script>\"'&lt;\u{0}\u{1b}\u{fffe}\u{202e}";
    let mut recording = told("    0.000 ms  main   A  A begins", 1);
    recording.events[0].what = evil.to_owned();
    recording.events[0].request = evil.into();
    recording.events[0].thread = evil.into();
    let text = svg(&recording, evil);
    let document = Document::parse(&text).expect("well-formed");
    assert!(
        !document
            .descendants()
            .any(|node| node.has_tag_name("script"))
    );
    let seen = "</title><script>\"'&lt;\\u{0}\\u{1b}\u{fffd}\\u{202e}";
    assert_eq!(tooltip(document.root_element()), Some(seen));
}

/// The room that a text takes, if its letters are as wide as the drawing takes them to be.
fn room(node: Node<'_, '_>, glyph: i64) -> (i64, Range<i64>) {
    let x = number(node, "x");
    let long = node.text().unwrap_or_default().chars().count() as i64 * glyph / 2;
    let x = if node.attribute("text-anchor") == Some("end") {
        x - long..x
    } else {
        x..x + long
    };
    (number(node, "y"), x)
}

#[test]
fn nothing_leaves_the_picture_and_no_text_covers_another() {
    for recording in all_sizes() {
        let text = svg(&recording, "Generated");
        let document = Document::parse(&text).expect("well-formed");
        let view = document
            .root_element()
            .attribute("viewBox")
            .expect("a size");
        let size: Vec<i64> = view.split(' ').map(|n| n.parse().unwrap()).collect();
        for rect in document
            .descendants()
            .filter(|node| node.has_attribute("y"))
        {
            let (right, bottom) = match rect.tag_name().name() {
                "rect" if rect.attribute("class") != Some("card") => {
                    (number(rect, "width"), number(rect, "height"))
                }
                "text" => (0, 0),
                _ => continue,
            };
            assert!(number(rect, "x") + right <= size[2] && number(rect, "y") + bottom <= size[3]);
        }
        let names = of_class(&document, "event").map(|node| room(node, 13));
        let times = of_class(&document, "time").flat_map(|group| {
            let glyph = if group.attribute("class").unwrap().contains("wide") {
                14
            } else {
                24
            };
            let row = if glyph == 14 { 0 } else { 100_000 };
            let texts = group.children().filter(|node| node.has_tag_name("text"));
            texts
                .map(move |node| room(node, glyph))
                .map(move |(y, x)| (y + row, x))
        });
        let mut rooms: Vec<(i64, Range<i64>)> = names.chain(times).collect();
        rooms.sort_by_key(|(y, x)| (*y, x.start));
        for pair in rooms.windows(2) {
            assert!(
                pair[0].0 != pair[1].0 || pair[0].1.end <= pair[1].1.start,
                "{pair:?}\n{text}"
            );
        }
    }
}

#[test]
fn every_lane_and_while_there_is_room_every_event_is_drawn() {
    for recording in all_sizes() {
        let text = svg(&recording, "Generated");
        let document = Document::parse(&text).expect("well-formed");
        assert_eq!(
            of_class(&document, "request").count(),
            recording.lanes().len()
        );
        if recording.events.len() <= 70 {
            assert_eq!(of_class(&document, "dot").count(), recording.events.len());
        } else {
            // Marks are shared, and say how many they stand for.
            let told: usize = tooltips(&document, "rug")
                .iter()
                .map(|tip| match tip.rsplit_once("\nand ") {
                    Some((named, more)) => {
                        let more = more.strip_suffix(" more").unwrap();
                        named.lines().count() + more.parse::<usize>().unwrap()
                    }
                    None => tip.lines().count(),
                })
                .sum();
            assert_eq!(told, recording.events.len());
        }
    }
}

#[test]
fn the_file_stays_small() {
    let size = |recording: &Recording| svg(recording, "Many").len();
    assert!(size(&generated(10_000, 50, 1)) < 1_200_000);
    assert!(
        size(&generated(40_000, 50, 1)) < 2_000_000,
        "more events, hardly more file"
    );
    assert!(size(&told(RUNG_3, 1_000_330)) < 10_000);
}
