//! For tests and fuzzing only (feature `testing`): a naive reference model, and random programs to run
//! against it.
//!
//! [`naive::Naive`] is a slow, obvious implementation of the rules, written from their text and not from
//! the engine. [`snapshot::Snapshot`] is what both must agree on after every command. [`program::Program`] is a
//! plan with commands, made from a seed.

pub mod compare;
pub mod keys;
pub mod naive;
pub mod previews;
pub mod program;
pub mod restores;
pub mod rng;
pub mod slices;
pub mod snapshot;
