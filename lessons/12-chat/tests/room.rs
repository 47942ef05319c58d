//! What people in a room hear: section K of what Tornado's chat room does.

mod people;

use std::collections::BTreeSet;

use lesson::every_choice;
use lesson_12_chat::{Answer, Pace, Rooms, Rules, application};
use serde_json::json;
use web::WebSocketLimits;

use people::wire::run;
use people::{House, in_rooms, turns};

/// It is always a quarter of a second after 1970 began.
fn rooms(rules: Rules) -> Rooms {
    let clock = || 250;
    Rooms::new(Rules { clock, ..rules })
}

/// K1, K2, K3: each line, with who and when; who has no name is called by his address.
#[test]
fn k1_k2_k3_entering_talking_and_leaving_are_told_to_everybody() {
    in_rooms(rooms(Rules::default()), async |house| {
        let mut anna = house.person("name=Anna").await;
        let welcome = json!({ "kind": "welcome", "you": "Anna", "here": ["Anna"], "history": [] });
        assert_eq!(anna.hears().await, welcome);
        let entered = json!({ "kind": "entered", "who": "Anna", "time": 250 });
        assert_eq!(anna.hears().await, entered);

        let mut other = house.person("").await;
        let you = "127.0.0.1";
        let welcome =
            json!({ "kind": "welcome", "you": you, "here": ["Anna", you], "history": [] });
        assert_eq!(other.hears().await, welcome);
        for person in [&mut anna, &mut other] {
            let entered = json!({ "kind": "entered", "who": you, "time": 250 });
            assert_eq!(person.hears().await, entered);
        }

        other.says("hello");
        for person in [&mut anna, &mut other] {
            let said = json!({ "kind": "said", "who": you, "time": 250, "text": "hello" });
            assert_eq!(person.hears().await, said);
        }

        drop(other);
        let left = json!({ "kind": "left", "who": you, "time": 250 });
        assert_eq!(anna.hears().await, left);
    });
}

/// Two who have no name have one address here.
#[test]
fn k1_a_second_guest_from_an_address_has_a_number() {
    in_rooms(rooms(Rules::default()), async |house| {
        let mut guests = Vec::new();
        for you in ["127.0.0.1", "127.0.0.1 #2", "127.0.0.1 #3"] {
            guests.push(house.person("").await);
            assert_eq!(guests.last_mut().unwrap().hears().await["you"], you);
        }
    });
}

/// K4: two senders, three texts each, sent in each of 20 orders: everybody hears all of them, in the order in which the
/// room heard them, and each sender's in his own.
#[test]
fn k4_everybody_hears_everything_in_one_order() {
    let mut heard = BTreeSet::new();
    let runs = every_choice(|choices| {
        in_rooms(rooms(Rules::default()), async |house| {
            let mut people = house.people(["A", "B", "C"]).await;
            let mut left = [3, 3];
            while left != [0, 0] {
                let able: Vec<usize> = (0..2).filter(|one| left[*one] > 0).collect();
                let who = able[choices.choose(able.len())];
                people[who].says(&format!("{}", 4 - left[who]));
                left[who] -= 1;
                turns().await;
            }
            let mut all = Vec::new();
            for person in &mut people {
                all.push(person.lines::<6>().await);
            }
            assert!(all.iter().all(|lines| *lines == all[0]));
            for who in ["A", "B"] {
                let of_one = all[0].iter().filter(|line| line.starts_with(who));
                let of_one: Vec<&String> = of_one.collect();
                assert_eq!(of_one, [1, 2, 3].map(|n| format!("{who}: {n}")).each_ref());
            }
            heard.insert(all.swap_remove(0));
        });
    });
    assert_eq!((runs, heard.len()), (20, 20));
}

/// K5: B's connection is cut while others talk: neither the sender nor C is hurt, and nothing is lost for them.
#[test]
fn k5_whoever_is_gone_is_no_matter_to_the_others() {
    in_rooms(rooms(Rules::default()), async |house| {
        let [mut a, b, mut c] = house.people(["A", "B", "C"]).await;
        a.says("1");
        drop(b);
        a.says("2");
        a.says("3");
        for person in [&mut a, &mut c] {
            let mut lines = person.lines::<4>().await.to_vec();
            lines.retain(|line| line != "B left");
            assert_eq!(lines, ["A: 1", "A: 2", "A: 3"]);
        }
    });
}

/// K6, FI07: of whom does not read, the room keeps so much and no more, and then it is without him. The others hear all.
#[test]
fn k6_fi07_whoever_does_not_read_is_dropped_and_nobody_waits_for_him() {
    let rules = Rules {
        pace: None,
        socket: WebSocketLimits {
            queue_messages: 8,
            ..WebSocketLimits::default()
        },
        ..Rules::default()
    };
    run(async || {
        // The wires take up little, and a client reads 16 messages ahead.
        let house = House::with_wires(application(rooms(rules)), 256);
        let [mut a, mut deaf, mut c] = house.people(["A", "deaf", "C"]).await;
        for n in 0..100 {
            a.says(&format!("{n}"));
            for person in [&mut a, &mut c] {
                assert_eq!(person.line().await, format!("A: {n}"));
            }
        }
        // What he has of it is whole, in order, and says at the end why there is no more: no more than what his client reads
        // ahead, and the wire holds. What the room had kept for him it has dropped.
        let mut n = 0;
        loop {
            match deaf.line().await {
                line if line == format!("A: {n}") => n += 1,
                line => break assert_eq!(line, "closed by the peer: 1013 too slow"),
            }
        }
        assert!((16..25).contains(&n), "{n}");
        for person in [&mut a, &mut c] {
            assert_eq!(person.line().await, "deaf left");
        }
    });
}

/// FI14: in every order of an entering, a leaving, a talking and a panic of somebody's handler, who stays hears all.
#[test]
fn fi14_people_come_and_go_in_the_middle_of_it() {
    let runs = every_choice(|choices| {
        in_rooms(rooms(Rules::default()), async |house| {
            let [mut a, b, mut c] = house.people(["A", "B", "C"]).await;
            let mut b = Some(b);
            let mut d = None;
            let mut left = vec!["talks", "leaves", "enters", "talks again"];
            let mut expected = Vec::new();
            while !left.is_empty() {
                let what = left.remove(choices.choose(left.len()));
                match what {
                    "leaves" => {
                        b = None;
                        expected.push("B left".to_owned());
                    }
                    "enters" => {
                        d = Some(house.person("name=D").await);
                        expected.push("D entered".to_owned());
                    }
                    text => {
                        a.says(text);
                        expected.push(format!("A: {text}"));
                    }
                }
                // With or without a pause between this and the next.
                if choices.choose(2) == 1 {
                    turns().await;
                }
            }
            for person in [&mut a, &mut c] {
                let mut lines = person.lines::<4>().await.to_vec();
                let mut expected = expected.clone();
                let said = |lines: &[String]| -> Vec<String> {
                    lines
                        .iter()
                        .filter(|l| l.starts_with("A: "))
                        .cloned()
                        .collect()
                };
                assert_eq!(said(&lines), said(&expected));
                lines.sort();
                expected.sort();
                assert_eq!(lines, expected);
            }
            drop((b, d));
        });
    });
    assert_eq!(runs, 24 * 16);
}

/// Who enters hears what was said last, and no more of it than the rules say.
#[test]
fn who_enters_is_shown_the_last_lines() {
    let rules = Rules {
        history: 2,
        ..Rules::default()
    };
    in_rooms(rooms(rules), async |house| {
        let [mut a] = house.people(["A"]).await;
        for text in ["1", "2", "3"] {
            a.says(text);
            a.line().await;
        }
        let welcome = house.person("name=B").await.hears().await;
        let texts: Vec<_> = welcome["history"].as_array().unwrap().iter().collect();
        let said = |text| json!({ "kind": "said", "who": "A", "time": 250, "text": text });
        assert_eq!(texts, [&said("2"), &said("3")]);
    });
}

/// J8: what is no text is refused, and its sender with it.
#[test]
fn j8_a_binary_message_is_refused() {
    in_rooms(rooms(Rules::default()), async |house| {
        let [mut a] = house.people(["A"]).await;
        let binary = web::Message::binary(&b"\0"[..]);
        a.0.socket().write_message(binary).unwrap();
        assert_eq!(a.line().await, "closed by the peer: 1003 text only");
    });
}

/// J9: while A's question waits, A itself and the others talk; the answer is for all, and so is nobody's to lose.
#[test]
fn j9_who_has_asked_can_talk_on() {
    let ask = || -> Answer {
        Box::pin(async {
            ioloop::sleep(std::time::Duration::from_secs(5)).await;
            "io result".to_owned()
        })
    };
    in_rooms(Rooms::that_ask(Rules::default(), ask), async |house| {
        let [mut a, mut b] = house.people(["A", "B"]).await;
        a.says("/ask");
        a.says("are you there?");
        assert_eq!(b.lines().await, ["A: /ask", "A: are you there?"]);
        b.says("yes");
        let lines = [
            "A: /ask",
            "A: are you there?",
            "B: yes",
            "server: io result",
        ];
        assert_eq!(a.lines().await, lines);
        // A is gone when the answer comes.
        a.says("/ask");
        turns().await;
        drop(a);
        let lines = [
            "B: yes",
            "server: io result",
            "A: /ask",
            "A left",
            "server: io result",
        ];
        assert_eq!(b.lines().await, lines);
    });
}

/// One question of a room at a time: who asks again and again keeps nobody busy. Why there is no answer is one, too.
#[test]
fn a_room_asks_one_question_at_a_time() {
    let ask = || -> Answer {
        Box::pin(async {
            ioloop::sleep(std::time::Duration::from_secs(5)).await;
            "nobody is there".to_owned()
        })
    };
    in_rooms(Rooms::that_ask(Rules::default(), ask), async |house| {
        let [mut a, mut b] = house.people(["A", "B"]).await;
        a.says("/ask");
        b.lines::<1>().await;
        b.says("/ask");
        const WAITS: &str = "refused: another question waits for its answer";
        assert_eq!(
            b.lines().await,
            ["B: /ask", WAITS, "server: nobody is there"]
        );
        b.says("/ask");
        assert_eq!(b.lines().await, ["B: /ask", "server: nobody is there"]);
        let lines = ["A: /ask", "B: /ask", "server: nobody is there"];
        assert_eq!(a.lines().await, lines);
    });
    in_rooms(rooms(Rules::default()), async |house| {
        let [mut a] = house.people(["A"]).await;
        a.says("/ask");
        assert_eq!(
            a.lines().await,
            ["A: /ask", "refused: there is nobody to ask"]
        );
    });
}

/// A room that has gone is not the one that has its name now: nobody there has asked.
#[test]
fn an_answer_is_not_told_to_another_room_of_that_name() {
    let ask = || -> Answer {
        Box::pin(async {
            ioloop::sleep(std::time::Duration::from_secs(5)).await;
            "io result".to_owned()
        })
    };
    in_rooms(Rooms::that_ask(Rules::default(), ask), async |house| {
        let [mut a] = house.people(["A"]).await;
        a.says("/ask");
        a.line().await;
        drop(a);
        turns().await;
        let [mut b] = house.people(["B"]).await;
        ioloop::sleep(std::time::Duration::from_secs(10)).await;
        b.says("/ask");
        assert_eq!(b.lines().await, ["B: /ask", "server: io result"]);
    });
}

/// Sixteen rooms may ask at a time, be they gone or not.
#[test]
fn questions_are_bounded() {
    let ask = || -> Answer { Box::pin(std::future::pending()) };
    in_rooms(Rooms::that_ask(Rules::default(), ask), async |house| {
        for n in 0..17 {
            let mut person = house.person(&format!("room=r{n}&name=A")).await;
            person.lines::<2>().await;
            person.says("/ask");
            assert_eq!(person.line().await, "A: /ask");
            if n == 16 {
                let why = "refused: another question waits for its answer";
                assert_eq!(person.line().await, why);
            }
            drop(person);
            turns().await;
        }
    });
}

/// The longest texts fill the history, and yet who enters can be told of it.
#[test]
fn who_enters_after_the_longest_texts_is_in() {
    let rules = Rules {
        pace: None,
        ..Rules::default()
    };
    in_rooms(rooms(rules), async |house| {
        let [mut a] = house.people(["A"]).await;
        let text = "👩".repeat(2000);
        for _ in 0..60 {
            a.says(&text);
            a.line().await;
        }
        let mut b = house.person("name=B").await;
        let welcome = b.hears().await;
        assert_eq!(welcome["history"].as_array().unwrap().len(), 8);
        assert_eq!(b.line().await, "B entered");
    });
}

/// FJ04: 20 at once, 5 a second; a second later one may go on. More is closed.
#[test]
fn fj04_a_flood_is_closed() {
    in_rooms(rooms(Rules::default()), async |house| {
        let [mut a, mut b] = house.people(["A", "B"]).await;
        let pause = || ioloop::sleep(std::time::Duration::from_secs(1));
        for n in 0..20 {
            a.says(&n.to_string());
        }
        pause().await;
        for n in 20..26 {
            a.says(&n.to_string());
        }
        for n in 0..25 {
            assert_eq!(b.line().await, format!("A: {n}"));
        }
        assert_eq!(b.line().await, "A left");
        a.lines::<25>().await;
        assert_eq!(a.line().await, "closed by the peer: 1008 too fast");
    });
    let rules = Rules {
        pace: Some(Pace {
            per_second: 1,
            burst: 1,
        }),
        ..Rules::default()
    };
    in_rooms(rooms(rules), async |house| {
        let [mut a] = house.people(["A"]).await;
        a.says("1");
        a.says("2");
        assert_eq!(
            a.lines().await,
            ["A: 1", "closed by the peer: 1008 too fast"]
        );
    });
}
