//! The server through real HTTP: a server of its own for each test, on a free port of the loopback address.

mod access;
mod batches;
mod catalogue;
mod client;
mod codes;
mod coupons;
mod days;
mod find;
mod guide;
mod home;
mod journey;
mod market;
mod merchants;
mod network;
mod own;
mod payments;
mod payouts;
mod plan;
mod problems;
mod release;
mod reviews;
mod shares;
mod tasks;
mod tls;
