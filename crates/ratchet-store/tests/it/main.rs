//! What the store promises, on random programs of every kind.

mod journal;
mod programs;
mod rows;

mod store;
