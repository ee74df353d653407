//! The simulator from outside: files in, results and reports out.

mod advert;
mod fork;
mod generate;
mod golden;
mod input;
mod report;
mod run;
mod scenario;
mod selling;
mod shops;
mod simulate;
mod study;

use std::path::PathBuf;

use ratchet_engine::amount::Currency;
use ratchet_engine::plan::Plan;
use ratchet_engine::time::Calendar;
use ratchet_sim::backtest::{self, Assumptions, Backtest, Observers};
use ratchet_sim::orders::{Orders, OrdersError, ReadOptions};
use ratchet_sim::selling::Selling;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A preset with another settlement time.
fn preset(name: &str, after_sale_days: u32) -> Plan {
    let path = root().join("plans").join(name);
    let text = std::fs::read_to_string(&path).unwrap();
    let mut plan = Plan::parse(name, &text).unwrap_or_else(|error| panic!("{error:?}"));
    plan.settlement.after_sale_days = after_sale_days;
    plan
}

fn options() -> ReadOptions {
    ReadOptions { currency: Currency::CNY, calendar: Calendar::CHINA, skip_bad_rows: false }
}

fn try_read(csv: &[u8], options: &ReadOptions) -> Result<Orders, OrdersError> {
    Orders::read_from(csv, "orders.csv", csv.len() as u64, options, &mut |_| {})
}

fn read(csv: &str) -> Orders {
    try_read(csv.as_bytes(), &options()).unwrap_or_else(|error| panic!("{error}"))
}

fn run(plan: Plan, orders: &Orders, selling: Selling, seed: u64) -> Backtest {
    let observers = Observers { command: None, order: None, progress: &mut |_| {} };
    backtest::run(
        backtest::engine(plan, &orders.expected()),
        orders,
        &Assumptions { selling, seed },
        observers,
    )
    .unwrap_or_else(|e| panic!("{e}"))
}
