//! Members who sell.

use ratchet_engine::engine::Engine;
use ratchet_engine::event::{Event, SaleCause};
use ratchet_sim::backtest::{self, Assumptions, Observers};
use ratchet_sim::generate;
use ratchet_sim::orders::Orders;
use ratchet_sim::selling::Selling;

use crate::{preset, read, run};

fn history(orders: u64) -> String {
    let mut csv = Vec::new();
    generate::orders(&generate::Options::new(orders, 4), &mut csv, &mut |_| {}).unwrap();
    String::from_utf8(csv).unwrap()
}

/// Whether some member has reached the multiple of what it spent in its cycle and still holds points.
fn somebody_waits(engine: &Engine, multiple_ppm: u128) -> bool {
    engine.members().any(|member| {
        !member.points.is_zero()
            && !member.cap_base.is_zero()
            && member.net_value.as_u128() * 1_000_000 >= multiple_ppm * member.cap_base.as_u128()
    })
}

/// SELL-2
#[test]
fn at_a_multiple_nobody_is_forgotten_and_nobody_sells_early() {
    let csv = history(600);
    let mut sold = 0;
    for days in [0, 7] {
        // At the end of every prefix of the history, a look at all members finds nobody who should have sold.
        for length in [1, 2, 3, 10, 50, 120, 200, 333, 450, 599, 600] {
            let prefix: Vec<&str> = csv.lines().take(length + 1).collect();
            let orders = read(&prefix.join("\n"));
            let selling = Selling::parse("at-multiple=0.3").unwrap();
            let backtest = run(preset("value-growth.toml", days), &orders, selling, 0);
            assert!(!somebody_waits(&backtest.engine, 300_000), "{days} {length}");
            sold = sold.max(backtest.sales);
        }
        let orders = read(&csv);
        let mut sales = 0;
        check_every_sale(&orders, days, &mut sales);
        assert!(sales > 50, "{sales}");
    }
    assert!(sold > 50, "{sold}");
}

/// Each sale pays at least the multiple of what the seller spent since it last had no points.
fn check_every_sale(orders: &Orders, days: u32, sales: &mut u64) {
    // Cap base of each member before the command, by number.
    let mut spent: Vec<u128> = Vec::new();
    let mut look = |engine: &Engine, _: Option<(&_, &_)>| {
        for entry in engine.entries() {
            for (event, _) in entry.steps() {
                if let Event::PointsSold { member, net, cause: SaleCause::Member, .. } = event {
                    assert!(net.as_u128() * 1_000_000 >= 300_000 * spent[member.0 as usize], "{event:?}");
                    *sales += 1;
                }
            }
        }
        spent = engine.members().map(|member| member.cap_base.as_u128()).collect();
        Ok(())
    };
    let selling = Selling::parse("at-multiple=0.3").unwrap();
    let observers = Observers { command: Some(&mut look), order: None, progress: &mut |_| {} };
    let assumptions = Assumptions { selling, seed: 0 };
    backtest::run(
        backtest::engine(preset("value-growth.toml", days), &orders.expected()),
        orders,
        &assumptions,
        observers,
    )
    .unwrap();
}

/// SELL-1
#[test]
fn never_means_cap_exits_only() {
    let backtest = run(preset("value-growth.toml", 0), &read(&history(400)), Selling::Never, 0);
    assert_eq!(backtest.sales, 0);
    assert!(backtest.engine.members().all(|member| member.cash_received.is_zero() || member.exits > 0));
}

/// SELL-3
#[test]
fn at_random_everybody_sells_at_once_at_100_percent() {
    let orders = read(&history(400));
    let backtest = run(preset("value-growth.toml", 0), &orders, Selling::parse("random=100%").unwrap(), 1);
    assert_eq!(backtest.sales, 400);
    assert!(backtest.engine.members().all(|member| member.points.is_zero()));
    let none = run(preset("value-growth.toml", 0), &orders, Selling::parse("random=0%").unwrap(), 1);
    assert_eq!(none.sales, 0);
}

#[test]
fn who_has_asked_already_does_not_stop_a_run_with_daily_batches() {
    let orders = read(&history(400));
    let backtest =
        run(preset("value-growth-hardened.toml", 7), &orders, Selling::parse("random=50%").unwrap(), 1);
    assert!(backtest.sales > 10);
}
