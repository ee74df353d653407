//! Hand-worked examples of the mall, in the naive model by itself.

use super::*;
use crate::command::{MallTerms, Side, SkuTerms, TimeInForce};
use crate::plan::Discount;
use crate::testing::naive::stock::discount_of;

const NAME: &str = "name = { zh = \"名\", en = \"Name\" }\n";
const NO_POOL: &str = "[split]\ncost = \"40%\"\ncommission = \"30%\"\n[split.funds]\nrelease = \"25%\"\n";

fn article(price: &str, stock: Option<u32>) -> Box<SkuTerms> {
    Box::new(SkuTerms {
        product: None,
        merchant: None,
        price: yuan(price),
        cost: None,
        zone: None,
        class: None,
        stock,
        limit_per_order: None,
        limit_per_member: None,
        points_only: false,
    })
}

impl Desk {
    fn number(&self, name: &str) -> i128 {
        self.naive.snapshot().others.get(name).copied().unwrap_or(0)
    }

    fn at(&self, seconds: i64) -> Timestamp {
        Timestamp::from_us(self.now + seconds * SECOND_US).expect("in range")
    }

    /// A campaign that sells the article `tea` from now on for a day.
    #[track_caller]
    fn campaign(&mut self, promotion: &str) {
        self.must("desk", Command::SkuList { sku: id("tea"), terms: article("10.00", Some(5)) });
        let (from, until) = (self.at(0), self.at(86_400));
        let (campaign, promotion) = (id("c"), id(promotion));
        let sku = id("tea");
        self.must("desk", Command::PromotionOpen { campaign, promotion, sku, from, until, quota: None });
    }
}

/// An order of one `tea` in the campaign, into a group.
fn in_campaign(member: &str, amount: &str, group: Option<&str>) -> OrderTerms {
    let mut terms = terms(member, &[line("1", amount)]);
    terms.lines[0].sku = Some(id("tea"));
    let mall = MallTerms { campaign: Some(id("c")), group: group.map(id), ..MallTerms::default() };
    terms.mall = Some(Box::new(mall));
    terms
}

/// PROMO-4a, GROUP-1, GROUP-2: what a group's orders earn for others is recorded at payment and comes with their settlement;
/// a group that fails gives every fen back and earns nobody anything.
#[test]
fn a_group_earns_for_others_only_if_it_succeeds() {
    let plan = format!(
        "{NO_POOL}[commission.direct]\nrate = \"10%\"\n[catalogue]\n[[promotion]]\nid = \"group\"\n{NAME}price = \"8.00\"\n\
         [promotion.group]\nmembers = 2\nhours = 1\n"
    );
    let mut desk = Desk::new(&plan);
    for (member, referrer) in [("m1", None), ("m2", Some("m1")), ("m3", Some("m1"))] {
        let referrer = referrer.map(id);
        desk.must("desk", Command::MemberJoin { member: id(member), referrer, region: None, person: None });
    }
    desk.campaign("group");
    desk.must("m2", pay("o1", in_campaign("m2", "8.00", None)));
    desk.refused("desk", Command::OrderReceive { order: id("o1") }, Rejection::PromotionUndecided);
    assert_eq!((desk.number("groups.o1.state"), desk.number("sku.tea.held")), (1, 1));
    desk.advance(3_600 * SECOND_US);
    let after = desk.naive.snapshot();
    assert_eq!((after.accounts.bank, after.accounts.escrow), (0, 0));
    assert_eq!((desk.number("sku.tea.available"), desk.cash("m1")), (5, 0));

    desk.must("m2", pay("o2", in_campaign("m2", "8.00", None)));
    desk.must("m3", pay("o3", in_campaign("m3", "8.00", Some("o2"))));
    assert_eq!((desk.number("groups.o2.state"), desk.cash("m1")), (3, 0));
    desk.must("desk", Command::OrderReceive { order: id("o2") });
    // 10 % of 8.00.
    assert_eq!(desk.cash("m1"), fen("0.80"));
}

/// SOURCE-1a: a settlement that counts nothing for ranks asks for no close of the day.
#[test]
fn an_excluded_source_closes_no_day() {
    let plan = format!(
        "{NO_POOL}[[rank]]\nid = \"one\"\n{NAME}volume = \"1.00\"\nrate = \"9%\"\n[[source]]\nid = \"shop\"\n{NAME}\
         [[source]]\nid = \"offline\"\n{NAME}[source.excludes]\ncommission = true\n"
    );
    for (source, closes) in [("shop", true), ("offline", false)] {
        let mut desk = Desk::new(&plan);
        let mut order = terms("m1", &[line("1", "100.00")]);
        let mall = MallTerms { source: Some(id(source)), ..MallTerms::default() };
        order.mall = Some(Box::new(mall));
        desk.must("m1", pay("o1", order));
        desk.must("courier", Command::OrderReceive { order: id("o1") });
        let settled = desk.now;
        desk.now += 3 * DAY_US;
        // A refused command moves time only to the last due work before it.
        desk.send("desk", Command::OrderShip { order: id("nothing") });
        assert_eq!(desk.naive.now_us() > settled, closes, "{source}");
    }
}

/// WIND-1, WIND-2a, WIND-3: what is begun no more is refused for that; each holder gets its part, and the last fen has an owner.
#[test]
fn the_end_pays_every_holder_its_part() {
    let mut desk = Desk::new("");
    for member in ["m1", "m2", "m3"] {
        desk.buy(&format!("o-{member}"), member, "100.01");
    }
    let before = desk.naive.snapshot().pool;
    let closes_at = desk.at(86_400);
    let reason = "the lease ends".to_owned();
    desk.must("boss", Command::WindDownPropose { wind_down: id("w"), closes_at, reason });
    let approve = Command::WindDownApprove { wind_down: id("w") };
    desk.refused("boss", approve.clone(), Rejection::SamePerson);
    desk.must("auditor", approve);
    let again = pay("o-m1", terms("m1", &[line("1", "1.00")]));
    desk.refused("m1", again, Rejection::WindingDown);
    let inject = Command::PoolInject { amount: yuan("1.00"), source: id("angel") };
    desk.refused("boss", inject, Rejection::WindingDown);
    desk.refused("m1", Command::RelistOffer { order: id("nothing") }, Rejection::WindingDown);

    desk.advance(86_400 * SECOND_US);
    let paid: Vec<i128> = ["m1", "m2", "m3"].iter().map(|member| desk.cash(member)).collect();
    // Nothing is kept, and nothing is left over.
    assert_eq!(paid.iter().sum::<i128>(), before.assets);
    let after = desk.naive.snapshot();
    assert_eq!((after.pool.assets, after.pool.supply, after.pool.residual.len()), (0, 0, 0));
    desk.refused(
        "m1",
        Command::PointsSell { member: id("m1"), points: SellQuantity::All, min_net: None },
        Rejection::WoundDown,
    );
    desk.must("m1", withdraw("w1", "m1", "1.00"));
}

/// MKT-1b: fees round up at every fill, and a buyer's hold always pays for the rest of its offer.
#[test]
fn many_small_fills_cost_a_buyer_no_more_than_its_hold() {
    let plan = "[value]\ngrant_ratio = \"100%\"\nrate = \"100%\"\n[emission]\nyears = [365]\ncap = 1000\nfirst_price = \"1.00\"\n\
                members = \"100%\"\n[market]\nlot = \"0.01\"\nfee = \"1%\"\n";
    let mut desk = Desk::new(plan);
    for member in ["m1", "m2"] {
        desk.buy(&format!("o-{member}"), member, "100.00");
    }
    desk.sell("m1", "all");
    desk.advance(DAY_US);
    desk.must("m2", Command::TaskComplete { member: id("m2"), task: None });
    desk.advance(DAY_US);
    let offer = |offer: &str, member: &str, side, quantity| Command::MarketOffer {
        offer: id(offer),
        member: id(member),
        side,
        price: yuan("0.01"),
        quantity,
        time_in_force: TimeInForce::Gtc,
    };
    let cash = desk.cash("m1");
    desk.must("m1", offer("b", "m1", Side::Buy, 4));
    assert_eq!(desk.number("members.m1.market_hold"), 5, "4 and a fee of 1 %, rounded up");
    for number in 0..4 {
        desk.must("m2", offer(&format!("s{number}"), "m2", Side::Sell, 1));
    }
    assert_eq!((desk.number("members.m1.market_hold"), desk.number("offers.b")), (0, 0));
    assert_eq!(desk.cash("m1"), cash - 5, "the fee of the first fill used up what was held for fees");
    assert_eq!(desk.cash("m2"), 0, "a fee of one fen of each fill takes all of it");
}

/// COUPON-3: at most the sum, and a part of it rounded down.
#[test]
fn a_discount_is_at_most_the_sum() {
    assert_eq!(discount_of(Discount::Fixed(yuan("5.00")), 300), 300);
    assert_eq!(discount_of(Discount::Rate(crate::amount::Rate::from_ppm(333_333)), 100), 33);
}
