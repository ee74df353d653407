//! What a programme promises to those who use it at the same time: durable answers, one effect a key, clocks, and what happens when
//! something goes wrong.

mod clocks;
mod crash;
mod failures;
mod support;
mod write_points;
mod writes;
