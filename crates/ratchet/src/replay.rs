//! `ratchet replay`: carries out commands from a file or the standard input, and writes the whole state.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use ratchet_engine::amount::Currency;
use ratchet_engine::command::{Command, Envelope};
use ratchet_engine::debt::Debtor;
use ratchet_engine::draw::record::RecordResult;
use ratchet_engine::engine::DrawView;
use ratchet_engine::engine::{CampaignView, GroupView};
use ratchet_engine::engine::{
    CouponView, Engine, MemberView, OrderLineView, OrderView, Outcome, PaymentView, SkuView,
};
use ratchet_engine::ledger::{AccountKind, Asset};
use ratchet_engine::message::System;
use ratchet_engine::payment::SuspenseReason;
use ratchet_engine::refusal::{Fact, FactName, Refusal};
use ratchet_engine::rejection::Rejection;
use ratchet_sim::capital::{claims_json, coverage_json, market_json, rounds_json, windows_json};
use ratchet_sim::fault::FileFault;
use ratchet_sim::progress::{Phase, Progress};
use ratchet_sim::wind_down::{EndCohort, end_json, paid_at_the_end, per_point};
use serde_json::{Value, json};

use crate::fault::CliFault;
use crate::files::Output;
use crate::journal_file::Journal;
use crate::lines::Lines;
use crate::progress::Bar;
use crate::{Ended, Failure, Lang, files, print, print_json};

/// Longest line of commands: an order of the most lines fits many times.
const LINE_BYTES_MAX: u64 = 1 << 20;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The plan, a TOML file / 计划文件（TOML）
    plan: PathBuf,
    /// The commands, one JSON object a line; - for the standard input / 命令文件，每行一个 JSON；- 表示标准输入
    commands: PathBuf,
    /// Write the whole state here, as JSON / 把全部状态写成 JSON
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Write the journal here, for `ratchet verify` / 写出日志，供 ratchet verify 核对
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Of a live plan: signed opinions for the gate / 实盘计划：供准入检查的律师意见
    #[arg(long, value_name = "FILE")]
    opinions: Option<PathBuf>,
    /// Write a file for each draw into this folder, for `ratchet verify-draw` / 每次抽签写出一个文件，供 ratchet verify-draw 核对
    #[arg(long, value_name = "DIR")]
    draws: Option<PathBuf>,
    /// Print one JSON object / 输出一个 JSON 对象
    #[arg(long)]
    json: bool,
}

/// A refused command.
struct Refused {
    line: u64,
    key: String,
    refusal: Refusal,
}

pub(crate) fn run(arguments: &Arguments, lang: Lang) -> Result<Ended, Failure> {
    let plan = files::plan(&arguments.plan)?;
    let plan = files::admitted(plan, &arguments.plan, arguments.opinions.as_deref())?;
    if arguments.state.is_some() && arguments.state == arguments.journal {
        return Err(Failure::usage(CliFault::SameFile {}));
    }
    if let Some(folder) = &arguments.draws {
        files::folder(folder)?;
    }
    let name = arguments.commands.display().to_string();
    let (source, total): (Box<dyn Read>, u64) = if arguments.commands == Path::new("-") {
        (Box::new(std::io::stdin().lock()), 0)
    } else {
        let file = files::open(&arguments.commands)?;
        let total = file.metadata().map_or(0, |metadata| metadata.len());
        (Box::new(file), total)
    };
    let mut journal = arguments.journal.as_deref().map(Journal::create).transpose()?;
    let state = arguments.state.as_deref().map(Output::create).transpose()?;

    let currency = plan.plan().programme.currency;
    let mut engine = Engine::genesis(plan);
    if let Some(journal) = &mut journal {
        journal.write(&engine, None).map_err(not_written)?;
    }
    let mut lines = Lines::new(source, &name, LINE_BYTES_MAX);
    let mut bar = Bar::new(lang);
    let (mut applied, mut replayed, mut refusals) = (0_u64, 0_u64, Vec::new());
    let mut orders = BTreeSet::new();
    let mut ended: Option<Vec<EndCohort>> = None;
    while let Some((line, text)) = lines.next()? {
        if text.trim().is_empty() {
            continue;
        }
        let envelope = match Envelope::from_json(text, &currency) {
            Ok(envelope) => envelope,
            Err(error) => {
                if let Some(key) = error.refused_key() {
                    // CMD-1
                    let facts = vec![(FactName::Cause, Fact::Cause(error.message().clone()))];
                    let refusal = Refusal { code: Rejection::ValueInvalid, facts };
                    refusals.push(Refused { line, key: key.to_string(), refusal });
                    continue;
                }
                let column = match error.column() {
                    0 => String::new(),
                    column => format!(":{column}"),
                };
                let place = format!("{name}:{line}{column}");
                let error = error.message().clone();
                return Err(Failure::refused(CliFault::Command { place: &place, error }));
            }
        };
        let mut written = Ok(());
        let outcome = engine.submit_in_steps(&envelope, |engine, envelope, _| {
            if let (Some(journal), Ok(())) = (&mut journal, &written) {
                written = journal.write(engine, Some(envelope));
            }
            if ended.is_none() {
                ended = paid_at_the_end(engine);
            }
        });
        written.map_err(not_written)?;
        match outcome {
            Outcome::Applied { .. } => {
                applied += 1;
                // The engine knows orders by the hashes of their ids.
                if arguments.state.is_some()
                    && let Command::OrderPlace { order, .. } | Command::OrderPay { order, .. } =
                        &envelope.command
                {
                    orders.insert(order.to_string());
                }
            }
            Outcome::Duplicate { .. } => replayed += 1,
            Outcome::Rejected(rejection) => {
                let refusal = engine.refusal(&envelope, rejection);
                refusals.push(Refused { line, key: envelope.key.to_string(), refusal });
            }
        }
        if line % 1024 == 0 {
            bar.report(Progress { phase: Phase::Running, done: lines.bytes_read(), total });
        }
    }
    drop(bar);
    // Cap exits that the last command left over (TIME-2c).
    if engine.under_way().is_some() {
        engine.run_due(engine.now(), u64::MAX);
        if let Some(journal) = &mut journal {
            journal.write(&engine, None).map_err(not_written)?;
        }
    }

    let digest = engine.digest();
    if let Some(mut output) = state {
        write_state(&engine, &orders, &digest, &mut output).map_err(not_written)?;
        output.persist()?;
    }
    if let Some(journal) = journal {
        journal.persist(&engine)?;
    }
    let draws = arguments.draws.as_deref().map(|folder| write_draws(&engine, folder)).transpose()?;
    if arguments.json {
        let mut summary = json!({
            "applied": applied,
            "replayed": replayed,
            "refused": refusals.iter().map(|refused| refusal_json(refused, &currency)).collect::<Vec<_>>(),
            "entries": engine.next_seq(),
            "now": engine.now().to_string(),
            "digest": digest,
            "draws": draws,
        });
        if engine.plan().claims.is_some() {
            summary["coverage"] = coverage_json(&engine);
        }
        if let Some(cohorts) = &ended {
            summary["wind_down"] = end_json(&engine, cohorts);
        }
        print_json(&summary)?;
    } else {
        let mut text = String::new();
        for Refused { line, key, refusal } in &refusals {
            let sentence = lang.pick(&refusal.zh(&currency), &refusal.en(&currency));
            text.push_str(&format!("{name}:{line}: {key}: {}: {sentence}\n", refusal.code.code()));
        }
        let refused = refusals.len();
        text.push_str(&lang.pick(
            &format!("已执行 {applied} 条，重复 {replayed} 条，被拒绝 {refused} 条。状态摘要 {digest}"),
            &format!("{applied} carried out, {replayed} repeated, {refused} refused. State digest {digest}"),
        ));
        text.push('\n');
        if let Some(draws) = draws {
            text.push_str(&lang.pick(&format!("写出 {draws} 次抽签"), &format!("{draws} draws written")));
            text.push('\n');
        }
        if let Some(cohorts) = &ended {
            text.push_str(&end_text(&engine, cohorts, lang));
        }
        print(&text)?;
    }
    Ok(if refusals.is_empty() { Ended::Done } else { Ended::Refused })
}

/// WIND-5: what each cohort got when the programme ended.
fn end_text(engine: &Engine, cohorts: &[EndCohort], lang: Lang) -> String {
    let currency = engine.plan().programme.currency;
    let mut text = lang.pick("清盘支付，按加入月份：", "Paid at the end, by month of joining:");
    text.push('\n');
    for cohort in cohorts {
        let EndCohort { month, members, points, paid, release, loyalty } = cohort;
        let each = per_point(engine, cohort).unwrap_or_else(|| "–".to_owned());
        let [paid, release, loyalty] = [paid, release, loyalty].map(|amount| currency.format(*amount));
        text.push_str(&lang.pick(
            &format!(
                "{month}：{members} 人，积分 {points}，支付 {paid}（每点 {each}），绿色积分 {release}，消费积分 {loyalty}"
            ),
            &format!(
                "{month}: {members} members, {points} points, {paid} paid ({each} a point), release points {release}, loyalty points {loyalty}"
            ),
        ));
        text.push('\n');
    }
    text
}

/// PROMO-5d: a file for each draw with a result, numbered in the order of their orders; says how many.
fn write_draws(engine: &Engine, folder: &Path) -> Result<usize, Failure> {
    let mut written = 0;
    for record in engine.draw_records() {
        written += 1;
        let mut output = Output::create(&folder.join(format!("draw-{written:06}.json")))?;
        output.write_all(record.to_json().as_bytes()).map_err(not_written)?;
        output.persist()?;
    }
    Ok(written)
}

fn not_written(error: std::io::Error) -> Failure {
    Failure::usage(FileFault::NothingWritten { error: System(&error) })
}

fn refusal_json(refused: &Refused, currency: &Currency) -> Value {
    let Refused { line, key, refusal } = refused;
    let message = refusal.message(currency).to_json();
    json!({
        "line": line,
        "key": key,
        "code": message["code"],
        "number": refusal.code.number(),
        "facts": message["facts"],
        "text": { "en": message["en"], "zh": message["zh"] },
    })
}

/// How a part of the state is written.
type Part = fn(&Engine) -> Value;

/// The whole state for an auditor, member by member so that no second copy of it is in memory.
fn write_state(
    engine: &Engine,
    orders: &BTreeSet<String>,
    digest: &str,
    out: &mut impl Write,
) -> std::io::Result<()> {
    let (totals, currency) = (engine.totals(), engine.plan().programme.currency);
    let money = |amount| currency.format(amount);
    let pool = json!({
        "assets": money(totals.pool),
        "supply": totals.supply.to_string(),
        "residual": money(totals.residual),
        "price": engine.price().display(currency.decimals),
        "splits": totals.exponent,
        "epoch": engine.epoch(),
        "contributions": money(totals.contributions),
        "injected": money(totals.injected),
        "paid_out": money(totals.paid_out),
        "retained": money(totals.retained),
        "refunded": money(totals.pool_refunded),
        "exits": totals.exits,
        "mint_queue": totals.mint_queue,
    });
    writeln!(out, "{{\n\"now\": \"{}\",\n\"entries\": {},", engine.now(), engine.next_seq())?;
    writeln!(out, "\"pool\": {pool},")?;
    if engine.plan().release.is_some() {
        writeln!(out, "\"release\": {},", json!({ "shortfall": money(engine.release_shortfall()) }))?;
    }
    if engine.plan().emission.is_some() {
        // The guide price is the quotient of the last two: an index that nobody guarantees (EMIT-4).
        let emission = engine.emission();
        let emission = json!({
            "issued": emission.issued.to_string(),
            "reserve": emission.reserve.to_string(),
            "guide_released": emission.guide_released.to_string(),
            "guide_issued": emission.guide_issued.to_string(),
        });
        writeln!(out, "\"emission\": {emission},")?;
    }
    let plan = engine.plan();
    let parts: [(&str, bool, Part); 5] = [
        ("market", plan.market.is_some(), market_json),
        ("rounds", plan.funding, rounds_json),
        ("windows", plan.equity.is_some(), windows_json),
        ("claims", plan.claims.is_some(), claims_json),
        ("coverage", plan.claims.is_some(), coverage_json),
    ];
    for (name, _, part) in parts.into_iter().filter(|(_, is_there, _)| *is_there) {
        writeln!(out, "\"{name}\": {},", part(engine))?;
    }
    writeln!(out, "\"members\": {{")?;
    let mut separator = "";
    for member in engine.members() {
        write!(out, "{separator}{}: {}", Value::from(member.id), member_state(engine, &member))?;
        separator = ",\n";
    }
    writeln!(out, "\n}},\n\"orders\": {{")?;
    let mut separator = "";
    for id in orders {
        if let Some(order) = engine.order_view(id) {
            write!(out, "{separator}{}: {}", Value::from(id.as_str()), order_state(engine, &order))?;
            separator = ",\n";
        }
    }
    let mut merchants = merchants(engine);
    // The supplier of lines that name no merchant: nobody can take the empty name.
    let supplier = merchants.remove("").unwrap_or_default();
    writeln!(out, "\n}},\n\"merchants\": {},\n\"supplier\": {},", json!(merchants), json!(supplier))?;
    writeln!(out, "\"operator\": {},\n\"advanced\": {},", operator(engine), advanced(engine))?;
    writeln!(out, "\"debts\": {},", debts(engine))?;
    if engine.payments().next().is_some() {
        writeln!(out, "\"open_payments\": {},", open_payments(engine))?;
    }
    if engine.plan().catalogue.is_some() {
        writeln!(out, "\"articles\": {},\n\"coupons\": {},", articles(engine), coupons(engine))?;
    }
    if engine.plan().loyalty.is_some() {
        let totals = engine.loyalty_totals();
        let loyalty = json!({
            "earned": money(totals.earned),
            "spent": money(totals.spent),
            "returned": money(totals.returned),
            "taken_back": money(totals.taken_back),
            "expired": money(totals.expired),
            "receivable": money(totals.owed),
            "netted": money(totals.netted),
            "set_off": money(totals.set_off),
            "operator": money(engine.loyalty_by_operator()),
        });
        writeln!(out, "\"loyalty\": {loyalty},")?;
    }
    if !engine.plan().promotions.is_empty() {
        writeln!(out, "\"campaigns\": {},\n\"groups\": {},", campaigns(engine), groups(engine))?;
        writeln!(out, "\"draws\": {},\n\"chain\": {},", draws(engine), chain(engine))?;
        writeln!(out, "\"goods\": {},\n\"relist\": {},", goods(engine), relist(engine))?;
    }
    writeln!(out, "\"accounts\": {},\n\"digest\": \"{digest}\"\n}}", accounts(engine))
}

fn member_state(engine: &Engine, member: &MemberView<'_>) -> Value {
    let currency = engine.plan().programme.currency;
    let money = |amount| currency.format(amount);
    let rank = member.rank.and_then(|rank| engine.plan().ranks.get(rank)).map(|rank| rank.id.as_str());
    let mut state = json!({
        "joined_at": member.joined_at.to_string(),
        "spent": money(member.spent),
        "cash_received": money(member.cash_received),
        "cash": money(member.cash),
        "reconsume": money(member.reconsume),
        "hold": money(member.hold),
        "points": member.points.to_string(),
        "net_value": money(member.net_value),
        "exits": member.exits,
        "cap_base": money(member.cap_base),
        "earned": member.earned.to_string(),
        "release_points": member.release_points.to_string(),
        "release_remaining": member.release_remaining.to_string(),
        "value_units": member.value_units.to_string(),
        "emission_points": member.emission_points.to_string(),
        "emission_reserved": member.emission_reserved.to_string(),
        "loyalty": money(member.loyalty),
        "loyalty_receivable": money(member.loyalty_owed),
        "rank": rank,
        "team_volume": money(member.team_volume),
        "receivable": money(member.receivable),
        "suspended": member.suspended,
    });
    if let Some(person) = member.person {
        state["person"] = person.into();
    }
    let plan = engine.plan();
    if plan.market.is_some() {
        state["market_hold"] = money(member.market_hold).into();
        state["market_points"] = member.market_points.to_string().into();
    }
    if plan.equity.is_some() {
        state["shares"] = member.shares.into();
        state["vested_shares"] = engine.vested_shares(member.no).into();
    }
    if plan.claims.is_some() {
        state["claim"] = money(member.claim).into();
        state["locked_points"] = member.locked_points.to_string().into();
    }
    state
}

/// An order: where it stands, and what is left of each line (ORDER-1, ORDER-5).
fn order_state(engine: &Engine, order: &OrderView<'_>) -> Value {
    let currency = engine.plan().programme.currency;
    let line = |line: &OrderLineView| {
        let fields = json!({
            "amount": currency.format(line.amount),
            "base": currency.format(line.base),
            "refunded": currency.format(line.refunded),
            "points": line.points.to_string(),
        });
        (line.id.clone(), fields)
    };
    json!({
        "member": order.member,
        "state": order.state.name(),
        "paid_at": order.paid_at.map(|at| at.to_string()),
        "freight": currency.format(order.freight),
        "tax": currency.format(order.tax),
        "lines": Value::Object(order.lines.iter().map(line).collect()),
    })
}

/// Articles by id, delisted ones too: what they cost and how many there are (CAT-1, CAT-3).
fn articles(engine: &Engine) -> Value {
    let currency = engine.plan().programme.currency;
    let article = |sku: SkuView<'_>| {
        let fields = json!({
            "price": currency.format(sku.price),
            "cost": sku.cost.map(|cost| currency.format(cost)),
            "product": sku.product,
            "merchant": sku.merchant,
            "available": sku.available,
            "held": sku.held,
            "out": sku.out,
            "listed": sku.listed,
        });
        (sku.id.to_owned(), fields)
    };
    Value::Object(engine.skus().map(article).collect())
}

/// Payments of which something is left in suspense, by id, each with its reason (PAY-1b).
fn open_payments(engine: &Engine) -> Value {
    let payment = |payment: PaymentView<'_>| {
        let fields = json!({
            "amount": payment.currency.format(payment.amount),
            "remaining": payment.currency.format(payment.left),
            "currency": payment.currency.code(),
            "order": payment.order,
            "received_at": payment.received_at.to_string(),
            "reason": payment.reason.map(SuspenseReason::name),
            "refusal": payment.refusal,
        });
        (payment.id.to_owned(), fields)
    };
    Value::Object(engine.open_payments().map(payment).collect())
}

/// Coupons by id, with their kind and where they stand (COUPON-4).
fn coupons(engine: &Engine) -> Value {
    let members: Vec<&str> = engine.members().map(|member| member.id).collect();
    let coupon = |coupon: CouponView<'_>| {
        let fields = json!({
            "rule": engine.plan().coupons.get(coupon.rule).map(|rule| rule.id.as_str()),
            "member": members.get(coupon.member.index()),
            "expires_at": coupon.expires_at.to_string(),
            "state": coupon.state.name(),
        });
        (coupon.id.to_owned(), fields)
    };
    Value::Object(engine.coupons().map(coupon).collect())
}

/// Campaigns by id: what is taken and left of their quota, draws that were withheld, and what a lottery is worth to who takes
/// part (PROMO-3, PROMO-5d, LOT-2).
fn campaigns(engine: &Engine) -> Value {
    let currency = engine.plan().programme.currency;
    let campaign = |campaign: CampaignView<'_>| {
        let expected = campaign.expectation.map(|expected| {
            let text = expected.text(&currency);
            json!({ "value": currency.format(expected.value), "zh": text.zh, "en": text.en })
        });
        let fields = json!({
            "promotion": campaign.promotion.id,
            "sku": campaign.sku,
            "from": campaign.from.to_string(),
            "until": campaign.until.to_string(),
            "quota": campaign.quota,
            "taken": campaign.taken,
            "remaining": campaign.left,
            "cancelled": campaign.cancelled,
            "commitments": campaign.commitments,
            "withheld": campaign.withheld,
            "expected_value": expected,
            "items": box_items(engine, campaign.id),
        });
        (campaign.id.to_owned(), fields)
    };
    Value::Object(engine.campaigns().map(campaign).collect())
}

/// What a campaign's boxes hold, with the odds of each item: exact where it fits, and in parts per million (BOX-3).
fn box_items(engine: &Engine, campaign: &str) -> Value {
    let items = engine.box_items_of(campaign).into_iter().map(|view| {
        let ((single, of), text) = (view.odds.single(), view.text());
        json!({
            "sku": view.item.sku,
            "remaining": view.left,
            "odds": format!("{single}/{of}"),
            "long_run": view.odds.exact().map(|(share, of)| format!("{share}/{of}")),
            "long_run_ppm": view.odds.share(1_000_000),
            "zh": text.zh,
            "en": text.en,
        })
    });
    Value::Array(items.collect())
}

/// Draws by their order: the published hash, where they stand, and what came out (PROMO-5).
fn draws(engine: &Engine) -> Value {
    let draw = |draw: DrawView<'_>| {
        let drawn = engine.draw_record(draw.id).map(|record| match record.result {
            RecordResult::Winners { winners } => json!(winners),
            RecordResult::Item { item, .. } => json!([item]),
        });
        let fields = json!({
            "campaign": draw.campaign,
            "state": draw.state,
            "commitment": draw.commitment,
            "drawn": drawn,
        });
        (draw.id.to_owned(), fields)
    };
    Value::Object(engine.draws().map(draw).collect())
}

/// Places in the chain by member (CHAIN-1).
fn chain(engine: &Engine) -> Value {
    let places = engine.members().filter_map(|member| {
        let place = engine.chain_place(member.id)?;
        let fields = json!({
            "role": place.role.name(),
            "upline": place.upline,
            "boss": place.boss,
            "recruits": place.recruits,
        });
        Some((member.id.to_owned(), fields))
    });
    Value::Object(places.collect())
}

/// Goods that may be or were sold on, by order (RELIST-1).
fn goods(engine: &Engine) -> Value {
    let currency = engine.plan().programme.currency;
    let goods = engine.goods().map(|goods| {
        let fields = json!({
            "holder": goods.holder,
            "price": currency.format(goods.price),
            "next_price": goods.next_price.map(|price| currency.format(price)),
            "state": goods.state.name(),
        });
        (goods.order.to_owned(), fields)
    });
    Value::Object(goods.collect())
}

/// Sums of goods sold on, and whose money every gain is (RELIST-3).
fn relist(engine: &Engine) -> Value {
    let (totals, currency) = (engine.relist_totals(), engine.plan().programme.currency);
    let money = |amount| currency.format(amount);
    json!({
        "sales": totals.sales,
        "paid": money(totals.paid),
        "fees": money(totals.fees),
        "received": money(totals.received),
        "gains": money(totals.gains),
        "losses": money(totals.losses),
        "zh": "每一笔所得都是下一位买方的钱：买方付出的合计 = 卖方所得合计 + 手续费",
        "en": "every gain is the next buyer's money: what later buyers paid = what sellers received + fees",
    })
}

/// Groups by the order that opened them (GROUP-1).
fn groups(engine: &Engine) -> Value {
    let group = |group: GroupView<'_>| {
        let fields = json!({
            "campaign": group.campaign,
            "state": group.state.name(),
            "members": group.members,
            "needed": group.needed,
            "leader": group.leader,
            "ends_at": group.ends_at.to_string(),
        });
        (group.id.to_owned(), fields)
    };
    Value::Object(engine.groups().map(group).collect())
}

/// Every account of the chart that was used, summed over its owners: signed, so that each asset sums to zero
/// (LEDGER-1). Funds and merchants' accounts stand by name in `merchants` and as `fund.NAME`.
fn accounts(engine: &Engine) -> Value {
    let mut sums: BTreeMap<String, (Asset, i128)> = BTreeMap::new();
    for (account, balance) in engine.accounts() {
        let name = match account.kind {
            AccountKind::Fund | AccountKind::FundReceivable => {
                format!("{}.{}", account.kind.name(), engine.account_owner(account).unwrap_or("?"))
            }
            kind => kind.name().to_owned(),
        };
        sums.entry(name).or_insert((account.kind.asset(), 0)).1 += balance;
    }
    let named = sums.into_iter().map(|(name, (asset, sum))| (name, Value::from(decimal(engine, asset, sum))));
    Value::Object(named.collect())
}

/// What each merchant is owed and owes; of those that applied also whose they are and where they stand.
fn merchants(engine: &Engine) -> BTreeMap<&str, BTreeMap<&str, String>> {
    let mut merchants: BTreeMap<&str, BTreeMap<&str, String>> = BTreeMap::new();
    for (account, balance) in engine.accounts() {
        let field = match account.kind {
            AccountKind::MerchantPayable => "payable",
            AccountKind::MerchantDeposit => "deposit",
            AccountKind::MerchantReceivable => "receivable",
            AccountKind::MerchantHold => "hold",
            _ => continue,
        };
        let owner = engine.account_owner(account).unwrap_or("?");
        let balance = decimal(engine, Asset::Money, if field == "receivable" { -balance } else { balance });
        merchants.entry(owner).or_default().insert(field, balance);
    }
    for merchant in engine.merchants() {
        let fields = merchants.entry(merchant.id).or_default();
        fields.insert("state", merchant.state.name().to_owned());
        fields.insert("member", merchant.member.to_owned());
    }
    merchants
}

/// Where the operator stands (ORDER-6h).
fn operator(engine: &Engine) -> Value {
    let (operator, currency) = (engine.operator(), engine.plan().programme.currency);
    json!({
        "due": currency.format(operator.due),
        "claim": currency.format(operator.claim),
        "hold": currency.format(operator.hold),
    })
}

/// What each has advanced for late refunds and not got back (ORDER-6f).
fn advanced(engine: &Engine) -> Value {
    let (advanced, currency) = (engine.advanced(), engine.plan().programme.currency);
    json!({
        "reserve": currency.format(advanced.reserve),
        "platform": currency.format(advanced.platform),
        "operator": currency.format(advanced.operator),
    })
}

/// Who owes what after late refunds, by debtor, the oldest first (ORDER-6b).
fn debts(engine: &Engine) -> Value {
    let currency = engine.plan().programme.currency;
    let debts = engine.debts().map(|(debtor, name, debt)| {
        let who = match debtor {
            Debtor::Member(_) => "member",
            Debtor::Merchant(_) => "merchant",
            Debtor::Platform => "platform",
            Debtor::Reserve => "reserve",
            Debtor::Undistributed => "undistributed",
            Debtor::Fund(_) => "fund",
        };
        json!({ "debtor": who, "name": name, "of": debt.origin.name(), "amount": currency.format(debt.amount) })
    });
    Value::Array(debts.collect())
}

/// A signed balance as a decimal string.
fn decimal(engine: &Engine, asset: Asset, balance: i128) -> String {
    match asset {
        Asset::Money | Asset::Claims => engine.plan().programme.currency.format_minor(balance),
        Asset::Shares => balance.to_string(),
        Asset::Points | Asset::ReleasePoints | Asset::ValueUnits | Asset::EmissionPoints => {
            let points = ratchet_engine::amount::Points::from_units(balance.unsigned_abs());
            if balance < 0 { format!("-{points}") } else { points.to_string() }
        }
    }
}
