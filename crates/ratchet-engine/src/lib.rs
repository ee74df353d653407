//! Every business rule of Ratchet. No I/O, no clock, no randomness, no threads, no floats.
//!
//! ```text
//! Envelope → Engine::submit → due work, then the command: decide (may refuse) → events → apply (may not fail)
//! ```
//!
//! Rules are numbered (`POOL-3`); their text is in `docs/spec/`.

#![deny(
    clippy::float_arithmetic,
    clippy::as_conversions,
    clippy::wildcard_enum_match_arm,
    clippy::unwrap_used
)]

mod admission;
pub mod amendment;
pub mod amount;
mod blind_box;
pub mod campaign;
mod catalogue;
pub mod chain;
pub mod claim;
pub mod command;
pub mod commission;
pub mod coupon;
mod cycle;
pub mod debt;
pub mod digest;
pub mod disclosure;
mod dividend;
pub mod draw;
mod emission;
pub mod engine;
pub mod equity;
pub mod event;
pub mod explain;
pub mod facts;
mod flow;
pub mod funding;
pub mod gate;
pub mod hash;
pub mod id;
pub mod invariant;
pub mod journal;
mod keys;
pub mod ledger;
pub mod lint;
pub mod loyalty;
pub mod market;
mod members;
pub mod merchant;
pub mod message;
mod network;
pub mod order;
pub mod payment;
pub mod plan;
pub mod points_core;
pub mod pool;
mod prefetch;
pub mod rank;
pub mod refusal;
pub mod region;
pub mod rejection;
mod release;
pub mod relist;
pub mod slice;
pub mod snapshot;
mod staged;
pub mod state;
#[cfg(feature = "testing")]
pub mod testing;
pub mod time;
pub mod timer;
mod undo;
pub mod wallet;
pub mod wind_down;
pub mod wire;
