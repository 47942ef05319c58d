#![doc = include_str!("../README.md")]

mod broken;
pub mod check;
mod child;
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
pub use facts::wrap;
pub use law::{Chain, Law, Outcome};
pub use prove::{Proof, prove, refute};
pub use run::{Lesson, Waiting, run};
