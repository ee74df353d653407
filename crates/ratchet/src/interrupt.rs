//! Ctrl-C and SIGTERM during long work, on Linux: the work stops at its next step, what is done is kept, and the program says how to go on.
//! A second one ends it at once. Elsewhere the first one does.

use std::sync::atomic::AtomicBool;

use crate::fault::CliFault;
use crate::{Failure, INTERRUPTED};

static ASKED: AtomicBool = AtomicBool::new(false);

/// Set once somebody has asked to stop; from this call on the program does not end by itself when asked.
pub(crate) fn asked() -> &'static AtomicBool {
    #[cfg(target_os = "linux")]
    signals::listen();
    &ASKED
}

/// What a task that was stopped ends with.
pub(crate) fn stopped(said: CliFault<'_>) -> Failure {
    Failure { exit: INTERRUPTED, message: said.into() }
}

#[cfg(target_os = "linux")]
mod signals {
    use std::sync::atomic::Ordering;

    extern "C" fn note(signal: libc::c_int) {
        super::ASKED.store(true, Ordering::Relaxed);
        set(signal, libc::SIG_DFL);
    }

    pub(super) fn listen() {
        let handler: extern "C" fn(libc::c_int) = note;
        for signal in [libc::SIGINT, libc::SIGTERM] {
            set(signal, handler as libc::sighandler_t);
        }
    }

    #[expect(unsafe_code, reason = "the C library's signal() is the only way to hear of Ctrl-C")]
    fn set(signal: libc::c_int, handler: libc::sighandler_t) {
        // SAFETY: the handler stores into an atomic and calls signal(); both are allowed in a signal handler.
        unsafe { libc::signal(signal, handler) };
    }
}
