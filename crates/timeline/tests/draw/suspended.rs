//! I/O that does not block, drawn.

use timeline::{Style, chart};

use crate::recordings::told;

/// I/O that does not block: its thread goes on, with others.
#[test]
fn whoever_is_suspended_after_its_io_began_did_not_block() {
    const EVENT_LOOP: &str = "    0.020 ms  main   A  A begins
    0.030 ms  main   A  I/O begins
    0.040 ms  main   A  A suspended
    0.050 ms  main   B  B begins
    0.060 ms  main   B  B ends
 1000.010 ms  main   A  I/O ends
 1000.020 ms  main   A  A ends
";
    let text = chart(
        &told(EVENT_LOOP, 1_000_100),
        Style {
            width: 60,
            colour: false,
        },
    );
    let of_a = text.lines().find(|line| line.starts_with("A  main"));
    let of_a = of_a.unwrap();
    assert!(of_a.starts_with("A  main  ████──"), "{text}");
    assert!(!of_a.contains('▒'), "{text}");
}
