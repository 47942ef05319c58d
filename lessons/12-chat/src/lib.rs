#![doc = include_str!("../README.md")]

mod law;
mod member;
mod name;
mod page;
mod room;
mod rooms;
mod rules;
mod story;
mod wire;

pub use law::LESSON;
pub use member::Member;
pub use page::application;
pub use rooms::{Answer, Rooms};
pub use rules::{Pace, Rules};
pub use story::{Failure, serve, story, talk};
