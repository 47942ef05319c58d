#![doc = include_str!("../README.md")]

mod broken;
pub mod check;
mod child;
mod facts;
mod flags;
mod graph;
mod law;
mod output;
mod prove;
mod run;
mod stack;

pub use broken::Broken;
pub use law::{Chain, Law, Outcome};
pub use prove::{Proof, prove, refute};
pub use run::{Lesson, Waiting, run};
