//! Reading a plan file: TOML in, a valid [`Plan`] or every error with line, column and nearest key out.

use toml::de::DeTable;

use super::error::{Places, PlanErrors};
use super::fault::PlanFault;
use super::reader::{PLAN, Reader, Schema, Section};
use super::zones::Zones;
use super::*;
use crate::amount::AMOUNT_MAX;
use crate::message::{Quoted, Word};
use crate::time::{Calendar, UtcOffset, Zone};

/// Some editors put this character before the text of a file.
const BYTE_ORDER_MARK: char = '\u{feff}';

const NAME_CONTENT: Word =
    Word::new("name", "the programme's name in Chinese and English", "项目的中文和英文名称");
const SPLIT_CONTENT: Word = Word::new(
    "shares",
    "the shares of each sale, such as cost = \"60%\"",
    "每笔销售的各项份额，例如 cost = \"60%\"",
);

impl Plan {
    /// Parses and checks the text of a plan file; `file` is its name for messages.
    pub fn parse(file: &str, source: &str) -> Result<Plan, PlanErrors> {
        read_document(file, source, &PLAN, |reader, top| read_plan(reader, source, top, Zones::Table))
    }

    /// The same for the text in the genesis of a journal, which also holds the rules of its zone if it names one (TIME-3).
    pub fn parse_recorded(file: &str, source: &str, zone: Option<&Zone>) -> Result<Plan, PlanErrors> {
        read_document(file, source, &PLAN, |reader, top| {
            read_plan(reader, source, top, Zones::Recorded(zone))
        })
    }
}

/// Reads a TOML file of this schema; every error with its place. `read` is only used if it reports none.
pub fn read_document<T>(
    file: &str,
    source: &str,
    schema: &'static Schema,
    read: impl FnOnce(&mut Reader, Section<'_, '_>) -> T,
) -> Result<T, PlanErrors> {
    let (what, example) = (schema.what, schema.example);
    let text = source.strip_prefix(BYTE_ORDER_MARK).unwrap_or(source);
    let refuse = |errors| PlanErrors { file: file.to_owned(), errors };
    // Checked before anything is built from the text, so a huge file costs nothing.
    if text.len() > SOURCE_BYTES_MAX {
        let message = PlanFault::TooLarge { most: SOURCE_BYTES_MAX, what };
        return Err(refuse(vec![Places::new("").error(0, message)]));
    }
    let places = Places::new(text);
    if places.lines() > SOURCE_LINES_MAX {
        let message = PlanFault::TooLong { most: SOURCE_LINES_MAX, what };
        return Err(refuse(vec![places.error(0, message)]));
    }
    if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        let message = PlanFault::Empty { what, example };
        return Err(refuse(vec![places.error(0, message)]));
    }

    let (document, syntax_errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader::new(schema);
    // Only as many as are shown: a long line can hold a hundred thousand, and each looks at the whole line.
    for error in syntax_errors.iter().take(ERRORS_MAX + 1) {
        let at = error.span().map_or(0, |span| span.start);
        reader.syntax(at, places.line(places.line_of(at)), error.message());
    }
    let top = Section::top(document.get_ref());
    reader.unknown_keys(top);
    let value = read(&mut reader, top);
    let errors = reader.finish(&places);
    if errors.is_empty() { Ok(value) } else { Err(refuse(errors)) }
}

/// Reads all sections. What it returns is only valid if the reader has collected no error.
fn read_plan(reader: &mut Reader, source: &str, top: Section<'_, '_>, zones: Zones<'_>) -> Plan {
    // First, because the currency decides how amounts are read.
    let programme = read_programme(reader, top, zones);
    let split = read_split(reader, top);
    let settlement = reader.section(top, "settlement", "settlement");
    let after_sale_days =
        reader.optional_whole(settlement, "after_sale_days", 0..=AFTER_SALE_DAYS_MAX).unwrap_or(7);
    let pool = read_pool(reader, top);
    let refund = read_refund(reader, top);
    let wallet = read_wallet(reader, top, pool.as_ref());
    let ranks = commission::read_ranks(reader, top);
    let ranking = commission::read_ranking(reader, top, !ranks.is_empty());
    let classes = mall::read_classes(reader, top);
    let commission = commission::read_commission(reader, top, &split, &ranks, &classes);
    let release = release::read_release(reader, top, &split);
    let value = release::read_value(reader, top);
    let emission = release::read_emission(reader, top, &ranks, value.is_some());
    let merchant = release::read_merchant(reader, top, &ranks, emission.is_some());
    let catalogue = mall::read_catalogue(reader, top);
    let freight = mall::read_freight(reader, top, catalogue.is_some());
    let coupons = mall::read_coupons(reader, top, catalogue.is_some());
    let sources = mall::read_sources(reader, top, &split, pool.is_some());
    let loyalty = loyalty::read_loyalty(reader, top, &classes);
    let tasks = mall::read_tasks(reader, top);
    let around = (programme.mode, catalogue.is_some(), loyalty.is_some());
    let promotions = promotion::read_promotions(reader, top, &split, &coupons, around);
    let market = mall::read_market(reader, top, emission.is_some());
    let funding = mall::read_funding(reader, top);
    let equity = mall::read_equity(reader, top, pool.is_some());
    let claims = mall::read_claims(reader, top);
    let facts = facts::read_facts(reader, top);
    Plan {
        source: source.to_owned(),
        programme,
        split,
        settlement: Settlement { after_sale_days },
        pool,
        refund,
        wallet,
        commission,
        ranks,
        ranking,
        release,
        value,
        emission,
        merchant,
        catalogue,
        freight,
        coupons,
        classes,
        sources,
        loyalty,
        tasks,
        promotions,
        market,
        funding,
        equity,
        claims,
        facts,
    }
}

fn read_programme(reader: &mut Reader, top: Section<'_, '_>, zones: Zones<'_>) -> Programme {
    let section = reader.section(top, "programme", "programme");
    if top.value("programme").is_none() {
        reader.missing_section(0, "programme", NAME_CONTENT);
    }
    let name = reader.section(section, "name", "programme.name");
    if section.is_present() && section.value("name").is_none() {
        reader.missing(section, "name", "{ zh = \"消费增值\", en = \"Value growth\" }");
    }
    let name = Bilingual {
        zh: reader.name(name, "zh", "\"消费增值\""),
        en: reader.name(name, "en", "\"Value growth\""),
    };

    let mut currency = Currency::CNY;
    if let Some(code) = reader.optional_text(section, "currency", "\"CNY\"") {
        match Currency::parse(code) {
            Some(known) => currency = known,
            None => reader.wrong(section.place("currency"), PlanFault::Currency { code: Quoted(code) }),
        }
    }
    reader.currency = currency;

    let mut calendar = Calendar::CHINA;
    if let Some(text) = reader.optional_text(section, "utc_offset", "\"+08:00\"") {
        match UtcOffset::parse(text) {
            Some(offset) => calendar = Calendar::fixed(offset),
            None => reader.wrong(section.place("utc_offset"), PlanFault::Offset {}),
        }
    }

    if let Some(name) = reader.optional_text(section, "time_zone", "\"Europe/Berlin\"") {
        match zones.calendar(name) {
            Ok(zone) => calendar = zone,
            Err(reason) => reader.wrong(section.place("time_zone"), reason),
        }
        if section.value("utc_offset").is_some() {
            reader.wrong(section.place("utc_offset"), PlanFault::OffsetAndZone {});
        }
    }

    let modes = [("sandbox", Mode::Sandbox), ("live", Mode::Live)];
    let mode = reader.choice(section, "mode", Mode::Sandbox, &modes);
    let jurisdictions = read_jurisdictions(reader, section);
    let notice_days =
        reader.optional_whole(section, "notice_days", 0..=NOTICE_DAYS_MAX).unwrap_or(NOTICE_DAYS_LIVE);
    if mode == Mode::Live && notice_days < NOTICE_DAYS_LIVE {
        reader.wrong(section.place("notice_days"), PlanFault::NoticeShort { least: NOTICE_DAYS_LIVE });
    }
    Programme { name, currency, calendar, mode, jurisdictions, notice_days }
}

/// Where the programme is offered: `["CN"]` if nothing is said, because that is where such plans are offered.
fn read_jurisdictions(reader: &mut Reader, section: Section<'_, '_>) -> Vec<String> {
    let Some(codes) = reader.optional_texts(section, "jurisdictions", JURISDICTIONS_MAX, "[\"CN\"]") else {
        return vec!["CN".to_owned()];
    };
    let mut known: Vec<String> = Vec::new();
    for (code, at) in &codes {
        let right = (2..=8).contains(&code.len())
            && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
        if !right {
            reader.wrong(*at, PlanFault::Jurisdiction { code: Quoted(code) });
        }
        if known.contains(code) {
            reader.wrong(*at, PlanFault::Twice { text: Quoted(code) });
        }
        known.push(code.clone());
    }
    if codes.is_empty() {
        reader.wrong(section.place("jurisdictions"), PlanFault::NoJurisdiction {});
    }
    known
}

fn read_split(reader: &mut Reader, top: Section<'_, '_>) -> Split {
    let section = reader.section(top, "split", "split");
    if top.value("split").is_none() {
        reader.missing_section(0, "split", SPLIT_CONTENT);
    }
    let cost = reader.rate(section, "cost", Rate::ZERO);
    let pool = reader.rate(section, "pool", Rate::ZERO);
    let commission = reader.rate(section, "commission", Rate::ZERO);
    let funds_section = reader.section(section, "funds", "split.funds");
    let funds = reader.funds(funds_section);
    if let Some((_, _, at)) = funds.get(FUNDS_MAX) {
        reader.wrong(*at, PlanFault::FundsTooMany { most: FUNDS_MAX });
    }

    // Reported at the share that takes the sum past 100 %.
    let named = [("cost", cost), ("pool", pool), ("commission", commission)];
    let named = named.iter().map(|(key, share)| (*key, *share, section.place(key)));
    let all: Vec<(&str, Rate, usize)> =
        named.chain(funds.iter().map(|(name, share, at)| (name.as_str(), *share, *at))).collect();
    let sum: u32 = all.iter().map(|(_, share, _)| share.ppm()).fold(0, u32::saturating_add);
    if sum > Rate::ONE.ppm() {
        let mut reached: u32 = 0;
        let crossing = all.iter().find(|(_, share, _)| {
            reached = reached.saturating_add(share.ppm());
            reached > Rate::ONE.ppm()
        });
        let shares = all.iter().filter(|(_, share, _)| *share > Rate::ZERO);
        let shares: Vec<String> = shares.map(|(name, share, _)| format!("{name} {share}")).collect();
        let at = crossing.map_or(section.place("cost"), |(_, _, at)| *at);
        reader.wrong(at, PlanFault::Shares { sum: Rate::from_ppm(sum), shares: shares.join(" + ") });
    }
    if pool > Rate::ZERO && top.value("pool").is_none() {
        reader.wrong(section.place("pool"), PlanFault::SplitNeedsPool {});
    }
    let funds = funds.into_iter().map(|(name, share, _)| Fund { name, share }).collect();
    Split { cost, pool, commission, funds }
}

fn read_pool(reader: &mut Reader, top: Section<'_, '_>) -> Option<PoolPlan> {
    let section = reader.section(top, "pool", "pool");
    // One unit of the currency, not of its minor unit: 1.00 in CNY.
    let one = Money::from_minor(10_i64.pow(reader.currency.decimals)).unwrap_or(Money::ZERO);
    let opening_price = reader.optional_money(section, "opening_price").unwrap_or(one);
    if !(1..=OPENING_PRICE_MAX).contains(&opening_price.minor()) {
        let most = Money::from_minor(OPENING_PRICE_MAX).unwrap_or(Money::ZERO);
        let (least, most) = (Money::from_minor(1).unwrap_or(Money::ZERO), most);
        let (least, most) = (reader.currency.format(least), reader.currency.format(most));
        reader.wrong(section.place("opening_price"), PlanFault::OpeningPrice { least, most });
    }
    let house_points = reader.optional_whole(section, "house_points", 0..=HOUSE_POINTS_MAX).unwrap_or(0);
    let house_cost = u128::from(house_points).saturating_mul(opening_price.as_u128());
    if Money::from_wide(house_cost).is_none_or(|cost| cost.minor() > AMOUNT_MAX) {
        let most = reader.currency.format(Money::from_minor(AMOUNT_MAX).unwrap_or(Money::ZERO));
        reader.wrong(section.place("house_points"), PlanFault::HousePoints { most });
    }
    let max_contribution = reader.optional_rate(section, "max_contribution", Rate::from_ppm(100_000));
    if max_contribution == Some(Rate::ZERO) {
        reader.wrong(section.place("max_contribution"), PlanFault::MaxContribution {});
    }
    let retention_points = [("sale", RetentionPoint::Sale), ("withdrawal", RetentionPoint::Withdrawal)];
    let sale_prices = [("immediate", SalePrice::Immediate), ("daily_batch", SalePrice::DailyBatch)];
    let plan = PoolPlan {
        mint_ratio: reader.rate(section, "mint_ratio", Rate::from_ppm(700_000)),
        opening_price,
        retention: reader.rate(section, "retention", Rate::from_ppm(200_000)),
        retention_point: reader.choice(section, "retention_point", RetentionPoint::Sale, &retention_points),
        house_points,
        sale_price: reader.choice(section, "sale_price", SalePrice::Immediate, &sale_prices),
        max_contribution,
        exit: read_exit(reader, section),
    };
    section.is_present().then_some(plan)
}

fn read_exit(reader: &mut Reader, pool: Section<'_, '_>) -> Option<ExitPlan> {
    let section = reader.section(pool, "exit", "pool.exit");
    let multiple = reader.required_whole(section, "multiple", 1..=EXIT_MULTIPLE_MAX, "3");
    let bases = [("member", ExitBasis::Member), ("lot", ExitBasis::Lot)];
    let counts =
        [("earned", ExitCounts::Earned), ("held", ExitCounts::Held), ("realised", ExitCounts::Realised)];
    let ofs = [("spend", ExitOf::Spend), ("contribution", ExitOf::Contribution)];
    let targets = [("pool", RetentionTo::Pool), ("residual", RetentionTo::Residual)];
    let plan = ExitPlan {
        multiple: multiple.unwrap_or(1),
        basis: reader.choice(section, "basis", ExitBasis::Member, &bases),
        counts: reader.choice(section, "counts", ExitCounts::Earned, &counts),
        of: reader.choice(section, "of", ExitOf::Spend, &ofs),
        clamp: reader.flag(section, "clamp"),
        retention_to: reader.choice(section, "retention_to", RetentionTo::Pool, &targets),
    };
    section.is_present().then_some(plan)
}

fn read_refund(reader: &mut Reader, top: Section<'_, '_>) -> RefundPlan {
    let section = reader.section(top, "refund", "refund");
    let plan = RefundPlan {
        reserve_share: reader.rate(section, "reserve_share", Rate::ZERO),
        reserve_required: reader.optional_money(section, "reserve_required"),
        set_off_sales: reader.flag(section, "set_off_sales"),
    };
    if top.value("pool").is_none() {
        if plan.reserve_required.is_some() {
            reader.wrong(section.place("reserve_required"), PlanFault::ReserveNeedsPool {});
        }
        if plan.set_off_sales {
            reader.wrong(section.place("set_off_sales"), PlanFault::SetOffNeedsPool {});
        }
    }
    plan
}

fn read_wallet(reader: &mut Reader, top: Section<'_, '_>, pool: Option<&PoolPlan>) -> WalletPlan {
    let section = reader.section(top, "wallet", "wallet");
    let minor_unit = Money::from_minor(1).unwrap_or(Money::ZERO);
    let plan = WalletPlan {
        withdrawal_fee: reader.rate(section, "withdrawal_fee", Rate::ZERO),
        withdrawal_minimum: reader.optional_money(section, "withdrawal_minimum").unwrap_or(minor_unit),
        withdrawal_daily_limit: reader.optional_money(section, "withdrawal_daily_limit"),
        withdrawal_cool_down_hours: reader
            .optional_whole(section, "withdrawal_cool_down_hours", 0..=COOL_DOWN_HOURS_MAX)
            .unwrap_or(0),
        two_approvals_above: reader.optional_money(section, "two_approvals_above"),
        reconsume_share: reader.rate(section, "reconsume_share", Rate::ZERO),
        net_receivables: reader.flag(section, "net_receivables"),
    };
    if plan.withdrawal_daily_limit.is_some_and(|limit| limit.is_zero() || limit < plan.withdrawal_minimum) {
        let minimum = reader.currency.format(plan.withdrawal_minimum);
        reader.wrong(section.place("withdrawal_daily_limit"), PlanFault::DailyLimit { minimum });
    }
    let kept = match pool {
        Some(pool) if pool.retention_point == RetentionPoint::Withdrawal => pool.retention,
        Some(_) | None => Rate::ZERO,
    };
    // Both are rounded up, so at exactly 100 % some withdrawals would already cost more than they are.
    if plan.withdrawal_fee.ppm().saturating_add(kept.ppm()) >= Rate::ONE.ppm() {
        reader.wrong(section.place("withdrawal_fee"), PlanFault::WithdrawalNothing {});
    }
    plan
}
