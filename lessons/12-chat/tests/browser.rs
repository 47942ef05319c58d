//! The page, in headless Chromium: two browsers that talk over the room that the lesson starts.
//!
//! Where there is no Chromium, or no chromedriver beside it, these tests say so and pass; with `BROWSER_TESTS=required`,
//! which `.ci/run` sets, they fail.
#![cfg(unix)]

mod browser {
    mod again;
    mod driver;
    mod page;
    mod reader;
    mod room;
    mod safe;
    mod talk;
}
