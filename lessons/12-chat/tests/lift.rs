//! The lift: the server speaks first. Over HTTP alone it answers, and whoever wants to know more has to ask again.

mod people;

use lesson_12_chat::{Rooms, Rules};

use people::{in_rooms, turns};

/// B says nothing, asks for nothing, and hears it all.
#[test]
fn who_asks_for_nothing_is_told() {
    in_rooms(Rooms::new(Rules::default()), async |house| {
        let [a, mut b] = house.people(["A", "B"]).await;
        for text in ["1", "2", "3"] {
            a.says(text);
            turns().await;
        }
        assert_eq!(b.lines().await, ["A: 1", "A: 2", "A: 3"]);
        // One request has opened the connection; there was no other.
        assert_eq!(house.server.connections(), 2);
    });
}

/// A's question waits an hour, and its answer comes on the connection that was open all the while.
#[test]
fn an_answer_may_take_an_hour() {
    let ask = || -> lesson_12_chat::Answer {
        Box::pin(async {
            ioloop::sleep(std::time::Duration::from_secs(3600)).await;
            "io result".to_owned()
        })
    };
    in_rooms(Rooms::that_ask(Rules::default(), ask), async |house| {
        let [mut a] = house.people(["A"]).await;
        a.says("/ask");
        assert_eq!(a.lines().await, ["A: /ask", "server: io result"]);
    });
}
