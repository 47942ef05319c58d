//! Code of others that may panic.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a panic carries.
pub(crate) type Payload = Box<dyn Any + Send>;

/// Calls `function`, and gives back the payload if it panics.
///
/// The caller answers for what `function` leaves half done.
pub(crate) fn caught<T>(function: impl FnOnce() -> T) -> Result<T, Payload> {
    catch_unwind(AssertUnwindSafe(function))
}

/// Calls `function`; its panic ends here, after the panic hook has told of it.
pub(crate) fn quietly(function: impl FnOnce()) {
    if let Err(payload) = caught(function) {
        // A payload is a value of others too; one whose drop panics is the last that is listened to.
        if let Err(another) = caught(move || drop(payload)) {
            mem::forget(another);
        }
    }
}
