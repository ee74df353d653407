//! Campaigns through the library: quota, groups, lotteries, presales, vouchers (PROMO-1 to PROMO-4, GROUP, LOT, PRE, VOUCH).

mod campaigns;
mod exploits;
mod groups;
mod lotteries;
mod presales;
mod properties;
mod refusals;
mod vouchers;

use std::collections::BTreeMap;

use ratchet_engine::campaign::GroupState;
use ratchet_engine::command::Envelope;
use ratchet_engine::engine::{Engine, Outcome};
use ratchet_engine::hash::Hash32;
use ratchet_engine::journal::{Verifier, Writer};
use ratchet_engine::ledger::AccountKind;
use ratchet_engine::plan::Plan;

/// One of each kind of campaign; orders settle a day after receipt: half to the shop, 10 % to the fund, 40 % to the platform.
const PLAN: &str = r#"
[programme]
name = { zh = "测试", en = "Test" }
[settlement]
after_sale_days = 1
[split]
cost = "50%"
[split.funds]
care = "10%"
[wallet]
reconsume_share = "30%"
[catalogue]
[loyalty]
earn_rate = "2%"
valid_days = 365
[claims]
share = "40%"
[[coupon]]
id = "again"
name = { zh = "安慰券", en = "Another time" }
off = "5.00"
[[promotion]]
id = "flash"
name = { zh = "限时", en = "Flash" }
price = "10.00"
limit_per_order = 3
limit_per_member = 4
hold_minutes = 30
[[promotion]]
id = "group"
name = { zh = "拼团", en = "Group" }
price = "9.99"
[promotion.group]
members = 3
hours = 24
leader_bonus = "2.50"
[[promotion]]
id = "rate_group"
name = { zh = "团长提成", en = "Leader's rate" }
price = "9.99"
[promotion.group]
members = 2
hours = 24
leader_rate = "10%"
[[promotion]]
id = "lottery"
name = { zh = "抽奖团", en = "Lottery" }
price = "20.00"
[promotion.group]
members = 4
hours = 24
[promotion.lottery]
winners = 1
reveal_hours = 6
consolation = "1.50"
fund = "care"
[[promotion]]
id = "rate_lottery"
name = { zh = "抽奖团", en = "Lottery" }
price = "20.00"
[promotion.group]
members = 3
hours = 24
[promotion.lottery]
winners = 1
consolation_rate = "3.33%"
fund = "care"
[[promotion]]
id = "loyal_lottery"
name = { zh = "抽奖团", en = "Lottery" }
price = "20.00"
[promotion.group]
members = 2
hours = 24
[promotion.lottery]
winners = 1
consolation_loyalty = "1.00"
fund = "care"
[[promotion]]
id = "coupon_lottery"
name = { zh = "抽奖团", en = "Lottery" }
price = "20.00"
[promotion.group]
members = 2
hours = 24
[promotion.lottery]
winners = 1
consolation_coupon = "again"
fund = "care"
[[promotion]]
id = "presale"
name = { zh = "预售", en = "Presale" }
price = "100.00"
[promotion.presale]
deposit = "20.00"
counts_as = "50.00"
balance_hours = 48
ship_hours = 72
forfeit = true
[[promotion]]
id = "soft_presale"
name = { zh = "预售", en = "Presale" }
price = "100.00"
[promotion.presale]
deposit = "20.00"
balance_hours = 48
[[promotion]]
id = "group_presale"
name = { zh = "预售团", en = "Group presale" }
price = "100.00"
[promotion.group]
members = 2
hours = 24
[promotion.presale]
deposit = "20.00"
balance_hours = 48
forfeit = true
[[promotion]]
id = "big_group"
name = { zh = "四人团", en = "Four" }
price = "9.99"
[promotion.group]
members = 4
hours = 24
leader_bonus = "2.50"
[[promotion]]
id = "big_presale"
name = { zh = "四人预售团", en = "Four in a presale" }
price = "100.00"
[promotion.group]
members = 4
hours = 24
[promotion.presale]
deposit = "20.00"
balance_hours = 48
forfeit = true
[[promotion]]
id = "voucher"
name = { zh = "到店券", en = "Voucher" }
price = "30.00"
[promotion.voucher]
valid_days = 7
[[promotion]]
id = "group_voucher"
name = { zh = "到店拼团", en = "Group voucher" }
price = "25.00"
[promotion.group]
members = 2
hours = 24
[promotion.voucher]
valid_days = 7
"#;

/// A programme with a clock of minutes, its journal and what is needed to compare.
#[derive(Clone)]
struct World {
    engine: Engine,
    minute: i64,
    number: u32,
    writer: Writer,
    journal: Vec<u8>,
}

const HOUR: i64 = 60;
const DAY: i64 = 24 * HOUR;

fn at(minute: i64) -> String {
    let start = ratchet_engine::time::Timestamp::parse("2026-03-01T04:00:00Z").expect("a time");
    let at = start.us() + minute * 60_000_000;
    ratchet_engine::time::Timestamp::from_us(at).expect("in range").to_string()
}

impl World {
    /// The plan with `tea` of the merchant `shop`, 100 pieces of it.
    fn new() -> World {
        let mut world = World::of(PLAN);
        world.ok(r#""type":"sku.list","sku":"tea","merchant":"shop","price":"15.00","stock":100"#);
        world
    }

    /// The same where `tea` is a product of the member `boss` too, who has no emission points behind its awards.
    fn selling_for_points() -> World {
        let merchants = r#"
[value]
grant_ratio = "10%"
[emission]
years = [36500]
cap = 36500
tail = "none"
first_price = "1000.00"
[merchant]
activation_pack = "399"
merchant_share = "20%"
"#;
        let mut world = World::of(&format!("{PLAN}{merchants}"));
        world
            .ok(r#""type":"order.pay","order":"pack","member":"boss","lines":[{"line":"1","amount":"399"}]"#);
        world.ok(r#""type":"merchant.apply","merchant":"shop","member":"boss","order":"pack""#);
        world.ok(r#""type":"merchant.approve","merchant":"shop","actor":"alice""#);
        world.refund("pack");
        world.ok(
            r#""type":"product.list","product":"tea","merchant":"shop","price":"15","value_award":"150""#,
        );
        world.ok(r#""type":"sku.list","sku":"tea","merchant":"shop","price":"15.00","stock":100"#);
        world
    }

    fn of(source: &str) -> World {
        let plan = Plan::parse("plan.toml", source).unwrap_or_else(|errors| panic!("{errors}"));
        let mut writer = Writer::new();
        let mut journal = Vec::new();
        let engine = Engine::genesis(plan);
        writer.write(&engine, None, &mut journal);
        World { engine, minute: 0, number: 0, writer, journal }
    }

    /// The same with a campaign `c` of this promotion that sells `tea` for 10 days.
    fn with(promotion: &str) -> World {
        let mut world = World::new();
        world.open("c", promotion, 10 * DAY, None);
        world
    }

    fn open(&mut self, campaign: &str, promotion: &str, minutes: i64, quota: Option<u32>) {
        let (from, until) = (at(self.minute), at(self.minute + minutes));
        let quota = quota.map_or_else(String::new, |quota| format!(r#","quota":{quota}"#));
        self.ok(&format!(
            r#""type":"promotion.open","campaign":"{campaign}","promotion":"{promotion}","sku":"tea","from":"{from}","until":"{until}"{quota}"#
        ));
    }

    fn send(&mut self, rest: &str) -> Outcome {
        self.number += 1;
        let json = format!(r#"{{"key":"k{}","at":"{}",{rest}}}"#, self.number, at(self.minute));
        let currency = self.engine.plan().programme.currency;
        let envelope =
            Envelope::from_json(&json, &currency).unwrap_or_else(|error| panic!("{error}: {json}"));
        let outcome = self.engine.submit(&envelope);
        self.writer.write(&self.engine, Some(&envelope), &mut self.journal);
        outcome
    }

    fn ok(&mut self, rest: &str) {
        let outcome = self.send(rest);
        assert!(matches!(outcome, Outcome::Applied { .. }), "{outcome:?}: {rest}");
    }

    /// Refused with this code, and nothing changed.
    fn refused(&mut self, rest: &str, code: &str) {
        let before = self.engine.digest();
        match self.send(rest) {
            Outcome::Rejected(rejection) => assert_eq!(rejection.code(), code, "{rest}"),
            outcome => panic!("{outcome:?}, expected {code}: {rest}"),
        }
        assert_eq!(self.engine.digest(), before, "{rest}");
    }

    fn minutes(&mut self, minutes: i64) {
        self.minute += minutes;
        self.ok(r#""type":"time.advance""#);
    }

    fn paid(&mut self, order: &str, member: &str, amount: &str, rest: &str) {
        self.ok(&pay(order, member, amount, rest));
    }

    fn receive(&mut self, order: &str) {
        self.ok(&format!(r#""type":"order.receive","order":"{order}""#));
    }

    fn refund(&mut self, order: &str) {
        let refund = format!("r{}", self.number);
        self.ok(&format!(r#""type":"order.refund","refund":"{refund}","order":"{order}""#));
    }

    fn refund_part(&mut self, order: &str, amount: &str) {
        let refund = format!("r{}", self.number);
        self.ok(&format!(
            r#""type":"order.refund","refund":"{refund}","order":"{order}","lines":[{{"line":"1","amount":"{amount}"}}]"#
        ));
    }

    /// An order's state by name.
    fn state(&self, order: &str) -> &'static str {
        self.engine.order(order).expect("placed").0.name()
    }

    fn states<const N: usize>(&self, orders: [&str; N]) -> [&'static str; N] {
        orders.map(|order| self.state(order))
    }

    /// Pieces taken of the campaign `c`.
    fn taken(&self) -> u64 {
        self.engine.campaign("c").expect("opened").taken
    }

    fn group(&self, id: &str) -> (GroupState, usize, Option<&str>) {
        let group = self.engine.group(id).expect("opened");
        (group.state, group.members, group.leader)
    }

    fn balance(&self, kind: AccountKind, owner: &str) -> i128 {
        let mut accounts = self.engine.accounts().filter(|(account, _)| account.kind == kind);
        let found = accounts.find(|(account, _)| self.engine.account_owner(*account) == Some(owner));
        found.map_or(0, |(_, balance)| balance)
    }

    fn cash(&self, member: &str) -> i128 {
        self.balance(AccountKind::WalletCash, member)
    }

    fn programme(&self, kind: AccountKind) -> i128 {
        let found = self.engine.accounts().find(|(account, _)| account.kind == kind);
        found.expect("the chart has it").1
    }

    /// Every balance that is not zero, and what everybody spent.
    fn books(&self) -> BTreeMap<String, i128> {
        let accounts = self.engine.accounts().filter(|(_, balance)| *balance != 0);
        let accounts = accounts.map(|(account, balance)| {
            let owner = self.engine.account_owner(account).unwrap_or("");
            (format!("{} {owner}", account.kind.name()), balance)
        });
        let spent = self.engine.members().filter(|member| !member.spent.is_zero());
        let spent = spent.map(|member| (format!("spent {}", member.id), member.spent.minor().into()));
        accounts.chain(spent).collect()
    }

    /// The journal can be decided again and leads to the same state.
    fn audit(&self) {
        let mut verifier = Verifier::new();
        for line in std::str::from_utf8(&self.journal).expect("JSON").lines() {
            verifier.push(line).unwrap_or_else(|error| panic!("{error}"));
        }
        let (replayed, _) = verifier.finish().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(replayed.digest(), self.engine.digest());
    }

    /// Publishes the commitments of these seeds for the campaign `c`.
    fn commit(&mut self, seeds: &[&str]) {
        let hashes: Vec<String> = seeds.iter().map(|seed| format!("\"{}\"", commitment(seed))).collect();
        self.ok(&format!(r#""type":"promotion.commit","campaign":"c","commitments":[{}]"#, hashes.join(",")));
    }
}

/// 32 secret bytes by a name.
fn seed(name: &str) -> Hash32 {
    Hash32::of(name.as_bytes())
}

/// What is published of them.
fn commitment(name: &str) -> Hash32 {
    Hash32::of(seed(name).bytes())
}

/// Places and pays an order of the campaign `c`, of one piece unless `rest` says otherwise.
fn pay(order: &str, member: &str, amount: &str, rest: &str) -> String {
    terms("order.pay", order, member, amount, 1, rest)
}

fn place(order: &str, member: &str, amount: &str, rest: &str) -> String {
    terms("order.place", order, member, amount, 1, rest)
}

fn terms(kind: &str, order: &str, member: &str, amount: &str, quantity: u32, rest: &str) -> String {
    format!(
        r#""type":"{kind}","order":"{order}","member":"{member}","campaign":"c","lines":[{{"line":"1","amount":"{amount}","sku":"tea","quantity":{quantity}}}]{rest}"#
    )
}

fn joins(group: &str) -> String {
    format!(r#","group":"{group}""#)
}

fn pay_placed(order: &str) -> String {
    format!(r#""type":"order.pay","order":"{order}""#)
}
