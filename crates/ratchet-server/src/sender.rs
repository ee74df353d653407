//! How one-time codes reach people.

use std::fmt;
use std::sync::Arc;

/// A code on its way to somebody.
#[derive(Clone, Debug)]
pub struct Sending<'a> {
    /// E-mail address or phone number.
    pub to: &'a str,
    /// What it is for: `confirm`, `log_in`, `password`.
    pub purpose: &'a str,
    /// Six digits.
    pub code: &'a str,
}

/// What sends codes. It has to return at once: whoever asked for a code must not learn from the time whether one was sent.
#[derive(Clone, Default)]
pub enum Sender {
    /// A line of the server's log, for whoever runs it.
    #[default]
    Console,
    /// A function that hands codes on, to a gateway for messages or a mail server.
    Call(Arc<dyn Fn(&Sending<'_>) + Send + Sync>),
}

impl Sender {
    pub(crate) fn send(&self, sending: &Sending<'_>) {
        match self {
            Sender::Console => {
                let Sending { to, purpose, code } = sending;
                tracing::info!(to, purpose, code, "one-time code");
            }
            Sender::Call(call) => call(sending),
        }
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Sender::Console => "Console",
            Sender::Call(_) => "Call",
        })
    }
}
