#![doc = include_str!("../README.md")]

mod broken;
pub mod check;
mod child;
mod choices;
mod facts;
mod flags;
mod graph;
mod law;
pub mod notes;
mod output;
mod prove;
mod run;
mod stack;

pub use broken::Broken;
pub use choices::{Choices, Events, Proved, every_choice, prove_every_choice, refute_every_choice};
pub use facts::wrap;
pub use law::{Chain, Law, Outcome};
pub use prove::{Proof, prove, refute};
pub use run::{Lesson, Waiting, run};
