//! The real binary, run as a person runs it: arguments and files in; exit code, text and files out.

mod bad_input;
mod chinese;
mod draws;
mod exit_codes;
mod fork;
mod fuzz_seeds;
mod golden;
mod guide;
mod journal;
mod kept;
mod lab;
mod replay;
mod run;
mod serve;
mod simulate;
mod study;
mod times;
mod vectors;
