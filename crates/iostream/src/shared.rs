use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::task::{Context, Waker};

use crate::error::Cause;
use crate::state::{After, Limits, Phase, State};
use crate::transport::Transport;

/// What the handles of a stream and its driver point to.
pub(crate) struct Shared<S> {
    state: RefCell<State<S>>,
    /// The handles of the program; the driver has none.
    pub(crate) handles: Cell<usize>,
}

impl<S: Transport> Shared<S> {
    pub(crate) fn new(phase: Phase<S>, limits: Limits) -> Self {
        Self {
            state: RefCell::new(State::new(phase, limits)),
            handles: Cell::new(1),
        }
    }

    /// Calls `function` with the state, and then, when it is not borrowed any more, does what that left to be done.
    pub(crate) fn with<T>(&self, function: impl FnOnce(&mut State<S>, &mut After<S>) -> T) -> T {
        let mut after = After::nothing();
        let result = function(&mut self.state.borrow_mut(), &mut after);
        after.run();
        result
    }

    /// The same for what leaves nothing to be done.
    pub(crate) fn change<T>(&self, function: impl FnOnce(&mut State<S>) -> T) -> T {
        function(&mut self.state.borrow_mut())
    }

    pub(crate) fn look<T>(&self, function: impl FnOnce(&State<S>) -> T) -> T {
        function(&self.state.borrow())
    }

    /// The last handle is gone: what is queued still goes out, then the stream closes.
    pub(crate) fn orphaned(&self) {
        let mut after = After::nothing();
        // Inside a call of the transport the driver looks after it when that returns.
        if let Ok(mut state) = self.state.try_borrow_mut() {
            if state.is_writing() {
                after.wakes.extend(state.driver.clone());
            } else {
                state.close(None, &mut after);
                // It may be closed already, and the driver wait for this.
                after.wakes.extend(state.driver.clone());
            }
        }
        after.run();
    }
}

impl<S: Transport> After<S> {
    fn run(self) {
        if let Some(cause) = self.cut_off {
            match &cause {
                Cause::Unsatisfiable { .. } => {
                    log::info!("Unsatisfiable read, closing the stream: {cause}");
                }
                _ => log::error!("Reached maximum read buffer size: {cause}"),
            }
        }
        if let Some(mut transport) = self.closed {
            // Lets TLS say good-bye, if that fits; nobody waits for it.
            let mut cx = Context::from_waker(Waker::noop());
            let _ = Pin::new(&mut transport).poll_close(&mut cx);
        }
        drop(self.drops);
        self.wakes.into_iter().for_each(Waker::wake);
    }
}
