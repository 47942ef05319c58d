//! The flaw: the room is in one process's memory, and nowhere else.

mod people;

use lesson_12_chat::{Rooms, Rules, application};

use people::wire::run;
use people::{House, in_rooms, turns};

/// The last one takes with him what was said.
#[test]
fn an_empty_room_forgets() {
    in_rooms(Rooms::new(Rules::default()), async |house| {
        let [mut a] = house.people(["A"]).await;
        a.says("the key is under the mat");
        a.line().await;
        let again = async || house.person("name=B").await.hears().await["history"].clone();
        assert_eq!(again().await.as_array().unwrap().len(), 1);
        drop(a);
        turns().await;
        assert_eq!(again().await.as_array().unwrap().len(), 0);
    });
}

/// Who was away for longer than the room remembers has missed something, and is not told what.
#[test]
fn who_comes_back_late_has_missed_something() {
    let rules = Rules {
        history: 2,
        ..Rules::default()
    };
    in_rooms(Rooms::new(rules), async |house| {
        let [mut a, b] = house.people(["A", "B"]).await;
        drop(b);
        for text in ["1", "2", "3"] {
            a.says(text);
        }
        a.lines::<4>().await;
        let welcome = house.person("name=B").await.hears().await;
        let texts = welcome["history"].as_array().unwrap().iter();
        let texts: Vec<_> = texts.map(|line| line["text"].as_str().unwrap()).collect();
        assert_eq!(texts, ["2", "3"]);
    });
}

/// Two servers, be it of one program on two cores, have two rooms of the same name.
#[test]
fn a_second_server_has_rooms_of_its_own() {
    run(async || {
        let house = || House::of(application(Rooms::new(Rules::default())));
        let (one, other) = (house(), house());
        let [mut a] = one.people(["A"]).await;
        let [mut b] = other.people(["B"]).await;
        b.says("is anybody here?");
        assert_eq!(b.line().await, "B: is anybody here?");
        a.says("no");
        assert_eq!(a.line().await, "A: no");
    });
}
