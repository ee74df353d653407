//! The demo's past: a run of the simulator, as commands by day.

use std::collections::BTreeMap;

use ratchet_engine::command::{Command, Envelope};
use ratchet_engine::engine::Outcome;
use ratchet_engine::message::Message;
use ratchet_engine::plan::Plan;
use ratchet_engine::time::Day;
use ratchet_sim::scenario::Scenario;
use ratchet_sim::simulate::Simulation;

use super::goods;
use super::seed::failed;

/// People come, buy again, invite and send some orders back.
const PEOPLE: &str = r#"
[arrival]
kind = "growth"
daily = 3
rate = "25%"
[spending.orders]
file = "customers.csv"
[referral]
invited = "60%"
inviters = "30%"
[refunds]
share = "4%"
after_days = 4
"#;
/// Where points can be sold some do, and half of those take the money out.
const SELLERS: &str = r#"
[selling.never]
weight = 60
[selling.random]
weight = 40
daily = "2%"
[withdrawing]
share = "50%"
every_days = 7
smallest = "20.00"
"#;

/// What people did from `first` on for so many days, as far as it was carried out.
pub(super) fn history(
    plan: &Plan,
    text: &str,
    first: Day,
    days: u32,
) -> Result<BTreeMap<Day, Vec<Envelope>>, Message> {
    let (customers, baskets) = goods::customers();
    let sellers = if plan.pool.is_some() { SELLERS } else { "" };
    let source = format!(
        "[scenario]\nname = {{ zh = \"演示\", en = \"Demo\" }}\nplan = \"plan.toml\"\nstart = \"{first}\"\ndays = {days}\nruns = 1\n\
         {PEOPLE}{sellers}"
    );
    let mut load = |name: &str| {
        Ok(if name == "customers.csv" { customers.clone() } else { text.to_owned() }.into_bytes())
    };
    let scenario =
        Scenario::parse("demo.toml", &source, &mut load).map_err(|error| failed("scenario", &error))?;
    let mut by_day: BTreeMap<Day, Vec<Envelope>> = BTreeMap::new();
    let mut keep = |_: &_, envelope: &Envelope, outcome| {
        if matches!(outcome, Outcome::Rejected(_)) || envelope.command == (Command::TimeAdvance {}) {
            return;
        }
        let mut envelope = envelope.clone();
        if let Command::OrderPay { terms: Some(terms), .. } = &mut envelope.command {
            let basket = baskets.get(&terms.lines[0].amount.minor()).expect("customers pay for baskets");
            terms.lines = goods::lines(basket).collect();
        }
        by_day.entry(plan.programme.calendar.day_of(envelope.at)).or_default().push(envelope);
    };
    let mut simulation = Simulation::new(&scenario, plan, 1, 0);
    while simulation.step(&mut keep) {}
    drop(simulation);
    Ok(by_day)
}
