//! The server through real HTTP: a server of its own for each test, on a free port of the loopback address.

mod access;
mod client;
mod find;
mod guide;
mod journey;
mod payments;
mod plan;
mod problems;
