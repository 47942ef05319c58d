//! An error that crosses three levels of coroutines says where it came through.

use lesson_06_future::{long_io, run};
use promise::{Future, wait};
use slow_server::{Address, SlowServer};
use timeline::Story;

#[co::coroutine(start = run, wait = wait)]
fn fetch(server: Address) -> Future<String> {
    yield_!(long_io(server))
}

#[co::coroutine(start = run, wait = wait)]
fn article(server: Address) -> Future<String> {
    let text = yield_!(fetch(server))?;
    Ok(text.to_uppercase())
}

#[co::coroutine(start = run, wait = wait)]
fn front_page(server: Address) -> Future<usize> {
    Ok(yield_!(article(server))?.len())
}

/// C7: innermost first, one line a level, with the file and the line of each `yield_!`.
#[test]
fn c7_an_error_names_every_yield_it_came_through() {
    let server = SlowServer::hanging_up().unwrap();
    let address = server.address();
    let (sender, chain) = std::sync::mpsc::channel();
    Story::new()
        .run(|| {
            front_page(address).add_done_callback(move |outcome| {
                let error = outcome.as_ref().unwrap_err();
                sender
                    .send((format!("{error}"), format!("{error:#}")))
                    .unwrap();
            });
        })
        .unwrap();
    let (cause, chain) = chain.recv().unwrap();
    let expected = format!(
        "{cause}\n\
         \x20 in fetch, at yield_!(long_io(server)), {file}:10\n\
         \x20 in article, at yield_!(fetch(server)), {file}:15\n\
         \x20 in front_page, at yield_!(article(server)), {file}:21",
        file = file!(),
    );
    assert_eq!(chain, expected);
}
