//! Any bytes as an order file: orders, or an error that names the file, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ratchet_engine::amount::Currency;
use ratchet_engine::time::Calendar;
use ratchet_sim::orders::{Orders, ReadOptions};

fuzz_target!(|bytes: &[u8]| {
    let skip_bad_rows = bytes.len() % 2 == 0;
    let options = ReadOptions { currency: Currency::CNY, calendar: Calendar::CHINA, skip_bad_rows };
    match Orders::read_from(bytes, "orders.csv", 0, &options, &mut |_| {}) {
        Ok(orders) => assert!(!orders.is_empty()),
        Err(error) => assert!(error.to_string().starts_with("orders.csv")),
    }
});
