//! What a plan does to people: one run of a scenario with every person's outcome and the course of the price, small enough to be
//! looked at while it is computed. The same question has the same answer everywhere (`docs/spec/lab.md`).
//!
//! ```text
//! Question (plan, settings, people, seed) → prepare() → Prepared ─ run() ─→ Answer
//! ```

use std::fmt::Write as _;

use ratchet_engine::amount::{Money, Rate};
use ratchet_engine::command::Command;
use ratchet_engine::disclosure::{Disclosure, MemberOutcome, outcome_ppm};
use ratchet_engine::engine::{Engine, Outcome};
use ratchet_engine::id::MemberNo;
use ratchet_engine::message::{List, Message, Quoted};
use ratchet_engine::messages;
use ratchet_engine::plan::{Mode, Plan, PlanErrors};
use ratchet_engine::pool::Price;
use ratchet_engine::rejection::Rejection;

use crate::fault::FileFault;
use crate::scenario::{PRESETS, SCENARIOS, Scenario, SettingError, with_setting};
use crate::simulate::Simulation;

/// Most people of a run.
pub const PEOPLE_MAX: u64 = 10_000;
/// Most settings of a plan that a question changes.
pub const SETTINGS_MAX: usize = 16;
/// Most bytes of a text.
pub const TEXT_BYTES_MAX: usize = 64 << 10;
/// Of a crowd so many come on a day.
const DAILY: u64 = 100;
/// The course has at most so many days.
const COURSE_MAX: u32 = 200;
/// The plan of a crowd that names none.
const ADVERT: &str = "value-growth";
/// What the scenario calls the plan of the question.
const PLAN_FILE: &str = "plan.toml";

/// Something that comes with Ratchet, or a text of one's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// By its name.
    Preset(String),
    /// Its text.
    Text(String),
}

/// People who all do the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crowd {
    /// How many come if nothing stops them.
    pub count: u64,
    /// What each spends, once, as a decimal text in the plan's currency.
    pub spend: String,
    /// No more than so many come; the days of the others pass all the same.
    pub only: Option<u64>,
    /// The chance with which whoever holds points sells all of them on a day.
    pub sell_daily: Option<String>,
}

impl Default for Crowd {
    /// 10,000 people who spend 1,000 each and sell nothing.
    fn default() -> Crowd {
        Crowd { count: 10_000, spend: "1000".to_owned(), only: None, sell_daily: None }
    }
}

/// Who comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum People {
    /// Equal buyers.
    Crowd(Crowd),
    /// A scenario.
    Scenario(Source),
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The plan; absent: the first one that the scenario names.
    pub plan: Option<Source>,
    /// Keys of the plan and what they are set to, in order.
    pub set: Vec<(String, String)>,
    /// Who comes.
    pub people: People,
    /// Decides what is drawn by lot.
    pub seed: u64,
}

/// Which of the texts is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The plan, its settings included.
    Plan,
    /// The people.
    People,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A text is wrong, with lines.
    Wrong(Part, PlanErrors),
    /// Anything else.
    Refused(Message),
}

impl From<LabFault<'_>> for Fault {
    fn from(fault: LabFault<'_>) -> Fault {
        Fault::Refused(fault.into())
    }
}

impl From<SettingError> for Fault {
    fn from(error: SettingError) -> Fault {
        Fault::Refused(error.into())
    }
}

messages! {
    /// Why a question has no answer.
    #[derive(Debug)]
    pub enum LabFault<'a> {
        NoPlan "lab.no_plan" { name: Quoted<'a>, known: List }
            "there is no plan {name}; there are {known}, or give the text of one"
            "没有计划 {name}；现有 {known}，也可以给出计划的文本";
        NoScenario "lab.no_scenario" { name: Quoted<'a>, known: List }
            "there is no scenario {name}; there are {known}, or give the text of one"
            "没有场景 {name}；现有 {known}，也可以给出场景的文本";
        TooLong "lab.text_too_long" { most: usize }
            "the text is longer than {most} bytes; the command line runs longer ones"
            "文本超过 {most} 字节；更长的文本请用命令行运行";
        Settings "lab.settings" { most: usize }
            "more than {most} settings; put them into the text of the plan"
            "设置多于 {most} 个；请写进计划的文本";
        People "lab.people" { most: u64 }
            "between 1 and {most} people can come here; the command line runs more of them"
            "这里可以来 1 到 {most} 人；更多的人请用命令行运行";
        Only "lab.only" { count: u64 }
            "\"only\" is more than the {count} people of the crowd; leave it out or make it smaller"
            "`only` 多于这群人的人数 {count}；请省去或改小";
        Spend "lab.spend" { spend: Quoted<'a>, reason: Message }
            "what each spends, {spend}: {reason}"
            "每人消费 {spend}：{reason}";
        SpendNothing "lab.spend_nothing" {}
            "each has to spend something; write an amount such as 1000.00"
            "每人都要消费；请写一个金额，例如 1000.00";
        Chance "lab.chance" { chance: Quoted<'a>, reason: Message }
            "the share that sells on a day, {chance}: {reason}"
            "每天卖出的比例 {chance}：{reason}";
        Files "lab.files" { path: &'a str }
            "{path}: a scenario that reads files is run by the command line (`ratchet simulate`)"
            "{path}：读取文件的场景请用命令行运行（`ratchet simulate`）";
        Nobody "lab.nobody" {}
            "nobody bought anything under this plan, so there is nothing to show"
            "在此计划下没有人消费，因此没有可看的结果";
        AllRefused "lab.all_refused" { code: &'a str, refusal: Rejection }
            "every order is refused under this plan ({code}): {refusal}"
            "按此计划，每一笔订单都会被拒绝（{code}）：{refusal}";
        Stopped "lab.stopped" { day: u32, days: u32 }
            "it was stopped after day {day} of {days}"
            "在第 {day} 天（共 {days} 天）后停止";
        Wrong "lab.text_wrong" { count: usize }
            "errors in the text: {count}; each says its line and what is right"
            "文本有 {count} 处错误；每处都注明行号和正确写法";
        Seed "lab.seed" { seed: Quoted<'a> }
            "the seed {seed} is not a whole number below 2^64"
            "种子 {seed} 不是小于 2^64 的整数";
        Cancelled "lab.cancelled" {}
            "the run was cancelled; ask again to begin anew"
            "运行已取消；再次运行会从头开始";
        Time "lab.time" { seconds: u64, day: u32, days: u32 }
            "it took longer than {seconds} s and was stopped on day {day} of {days}; let fewer people come, or run it by the command line"
            "用时超过 {seconds} 秒，在第 {day} 天（共 {days} 天）停止；请减少人数，或用命令行运行";
        Memory "lab.memory" { most_mib: u64 }
            "it needed more than {most_mib} MiB of memory and was stopped; let fewer people come, or run it by the command line"
            "所需内存超过 {most_mib} `MiB`，已停止；请减少人数，或用命令行运行";
        Broken "lab.broken" {}
            "the run broke off, which is not your fault; ask again, and tell the operator if it happens again"
            "运行中断，与您无关；请重试，再次发生时请告诉运营方";
        LinkKey "lab.link_key" { key: Quoted<'a>, known: List }
            "a link of the lab has no {key}; it has {known}"
            "实验室的链接没有 {key}；可用的有 {known}";
        LinkSetting "lab.link_setting" { value: Quoted<'a> }
            "{value} sets nothing; write a key of the plan and its value, such as split.pool=60%"
            "{value} 没有设置任何内容；请写计划的键和值，例如 `split.pool=60%`";
        LinkNumber "lab.link_number" { key: &'a str, value: Quoted<'a> }
            "{key} is not a whole number: {value}"
            "{key} 不是整数：{value}";
        LinkText "lab.link_text" {}
            "a text within the link is damaged; copy the whole link again"
            "链接中的文本已损坏；请重新复制完整的链接";
        LinkPeople "lab.link_people" {}
            "a link has either a crowd (count, spend, only, sell_daily) or a scenario, not both"
            "链接中要么是一群买家（`count`、`spend`、`only`、`sell_daily`），要么是场景，不能两者都有";
    }
}

/// A question that can be run.
#[derive(Debug)]
pub struct Prepared {
    scenario: Scenario,
    seed: u64,
}

/// One buyer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buyer {
    /// Place among the buyers in joining order, from 1.
    pub number: u64,
    /// What it spent, what it received in cash, and what its points would bring now.
    pub outcome: MemberOutcome,
}

/// The end of a day.
#[derive(Clone, Debug)]
pub struct CourseDay {
    /// From 1.
    pub day: u32,
    /// Members so far.
    pub members: u64,
    /// Quoted price; absent without a pool.
    pub price: Option<Price>,
    /// What the last buyer whose order has settled received and would get then.
    pub newest: Option<MemberOutcome>,
}

/// What became of the people.
#[derive(Debug)]
pub struct Answer {
    /// The plan as it was run.
    pub plan: Plan,
    /// Name under which the scenario has it.
    pub plan_label: String,
    /// The scenario.
    pub scenario: Scenario,
    /// Every buyer in joining order.
    pub buyers: Vec<MemberOutcome>,
    /// Orders paid.
    pub orders: u64,
    /// Commands that the plan refused.
    pub refused: u64,
    /// Who gains and who loses (SPEC 13).
    pub disclosure: Disclosure,
    /// Price at the end; absent without a pool.
    pub price: Option<Price>,
    /// Day by day.
    pub course: Vec<CourseDay>,
    /// Entries of the journal.
    pub entries: u64,
    /// Digest of the final state.
    pub digest: String,
}

/// Checks a question and makes everything ready to run it.
pub fn prepare(question: &Question) -> Result<Prepared, Fault> {
    let people = match &question.people {
        People::Crowd(crowd) => People::Crowd(crowd.clone()),
        People::Scenario(source) => {
            let text = text_of(source, &SCENARIOS, |name, known| LabFault::NoScenario { name, known })?;
            People::Scenario(Source::Text(text))
        }
    };
    let advert = Source::Preset(ADVERT.to_owned());
    let (base, label) = match (&question.plan, &people) {
        (None, People::Scenario(Source::Text(text))) => {
            let first = read_scenario(text, None)?.plans.swap_remove(0);
            (first.plan.source, Some(first.label))
        }
        (plan, _) => {
            let source = plan.as_ref().unwrap_or(&advert);
            let label = match source {
                Source::Preset(name) => Some(name.clone()),
                Source::Text(_) => None,
            };
            (text_of(source, &PRESETS, |name, known| LabFault::NoPlan { name, known })?, label)
        }
    };
    let plan = set(base, &question.set)?;
    let text = match &people {
        People::Crowd(crowd) => crowd_scenario(crowd, &plan)?,
        People::Scenario(Source::Text(text)) => {
            with_setting(text, "scenario.plan", &format!("\"{PLAN_FILE}\""))?
        }
        People::Scenario(Source::Preset(_)) => unreachable!("its text was looked up above"),
    };
    let mut scenario = read_scenario(&text, Some(&plan.source))?;
    if !(1..=PEOPLE_MAX).contains(&scenario.members_expected()) {
        return Err(LabFault::People { most: PEOPLE_MAX }.into());
    }
    if let Some(label) = label {
        scenario.plans[0].label = label;
    }
    Ok(Prepared { scenario, seed: question.seed })
}

/// The text that a source names.
fn text_of<'a>(
    source: &'a Source,
    known: &[(&str, &str)],
    unknown: impl FnOnce(Quoted<'a>, List) -> LabFault<'a>,
) -> Result<String, Fault> {
    match source {
        Source::Text(text) if text.len() > TEXT_BYTES_MAX => {
            Err(LabFault::TooLong { most: TEXT_BYTES_MAX }.into())
        }
        Source::Text(text) => Ok(text.clone()),
        Source::Preset(name) => match known.iter().find(|(known, _)| known == name) {
            Some((_, text)) => Ok((*text).to_owned()),
            None => Err(unknown(Quoted(name), List::of(known.iter().map(|(name, _)| name))).into()),
        },
    }
}

/// The plan with its keys set to other values, as a sandbox: nobody pays here.
fn set(mut text: String, settings: &[(String, String)]) -> Result<Plan, Fault> {
    if settings.len() > SETTINGS_MAX {
        return Err(LabFault::Settings { most: SETTINGS_MAX }.into());
    }
    let parsed = |text: &str| Plan::parse("plan", text).map_err(|errors| Fault::Wrong(Part::Plan, errors));
    parsed(&text)?;
    for (key, value) in settings {
        let is_bare = value.parse::<i64>().is_ok() || matches!(value.as_str(), "true" | "false");
        // A text of JSON is a text of TOML.
        let literal =
            if is_bare { value.clone() } else { serde_json::Value::from(value.as_str()).to_string() };
        text = with_setting(&text, key, &literal)?;
    }
    let plan = parsed(&text)?;
    match plan.programme.mode {
        Mode::Sandbox => Ok(plan),
        Mode::Live => parsed(&with_setting(&text, "programme.mode", "\"sandbox\"")?),
    }
}

fn read_scenario(text: &str, plan: Option<&str>) -> Result<Scenario, Fault> {
    let mut load = |path: &str| match plan {
        Some(plan) if path == PLAN_FILE => Ok(plan.as_bytes().to_vec()),
        _ if path.ends_with(".toml") => Err(FileFault::NotSent { path }.into()),
        _ => Err(LabFault::Files { path }.into()),
    };
    Scenario::parse("people", text, &mut load).map_err(|errors| Fault::Wrong(Part::People, errors))
}

/// A scenario that comes with Ratchet; nothing of one that cannot be run here.
pub fn known_scenario(name: &str) -> Option<Scenario> {
    let (_, text) = SCENARIOS.iter().find(|(known, _)| *known == name)?;
    read_scenario(text, None).ok().filter(|scenario| (1..=PEOPLE_MAX).contains(&scenario.members_expected()))
}

/// The scenario of a crowd.
fn crowd_scenario(crowd: &Crowd, plan: &Plan) -> Result<String, Fault> {
    let Crowd { count, spend, only, sell_daily } = crowd;
    if !(1..=PEOPLE_MAX).contains(count) || *only == Some(0) {
        return Err(LabFault::People { most: PEOPLE_MAX }.into());
    }
    if only.is_some_and(|only| only > *count) {
        return Err(LabFault::Only { count: *count }.into());
    }
    let currency = &plan.programme.currency;
    let amount = currency
        .parse_money(spend)
        .map_err(|reason| LabFault::Spend { spend: Quoted(spend), reason: reason.into() })?;
    if amount.is_zero() {
        return Err(LabFault::SpendNothing {}.into());
    }
    let comes = only.unwrap_or(*count);
    let list = (0..comes.div_ceil(DAILY)).map(|day| (comes - day * DAILY).min(DAILY).to_string());
    let list = list.collect::<Vec<_>>().join(", ");
    let days = count.div_ceil(DAILY);
    let mut text = format!(
        "[scenario]\nname = {{ zh = \"同样的买家\", en = \"Equal buyers\" }}\nplan = \"{PLAN_FILE}\"\ndays = {days}\n\
         [arrival]\nkind = \"list\"\nlist = [{list}]\n[spending.fixed]\namount = \"{}\"\n",
        currency.format(amount)
    );
    match sell_daily {
        None => text.push_str("[selling.never]\n"),
        Some(chance) => {
            let rate = Rate::parse(chance)
                .map_err(|reason| LabFault::Chance { chance: Quoted(chance), reason: reason.into() })?;
            write!(text, "[selling.random]\ndaily = \"{rate}\"\n").expect("a text takes what is written");
        }
    }
    Ok(text)
}

impl Prepared {
    /// Runs it. `goes_on` is told after each day how many are done, and on how many people act, and says whether to go on.
    pub fn run(self, mut goes_on: impl FnMut(u32, u32) -> bool) -> Result<Answer, Fault> {
        let Prepared { scenario, seed } = self;
        let days = scenario.acting_days();
        let every = days.div_ceil(COURSE_MAX).max(1);
        let mut refusal = None;
        let mut refused = 0_u64;
        let mut observe = |_: &Engine, envelope: &ratchet_engine::command::Envelope, outcome: Outcome| {
            if let Outcome::Rejected(rejection) = outcome {
                refused += 1;
                if matches!(envelope.command, Command::OrderPay { .. }) {
                    refusal.get_or_insert(rejection);
                }
            }
        };
        let mut simulation = Simulation::new(&scenario, &scenario.plans[0].plan, seed, 0);
        let (mut course, mut newest) = (Vec::new(), None);
        while simulation.step(&mut observe) {
            let day = simulation.day();
            if !goes_on(day, days) {
                return Err(LabFault::Stopped { day, days }.into());
            }
            if day.is_multiple_of(every) || day == days {
                course.push(course_day(simulation.engine(), day, &mut newest));
            }
        }
        let (result, engine) = simulation.finish(&mut observe);
        if course.last().is_none_or(|last| last.newest != last_settled(&engine, &mut newest)) {
            course.push(course_day(&engine, days + 1, &mut newest));
        }
        let members: Vec<_> = engine.member_outcomes().collect();
        let disclosure = Disclosure::compute(members.iter().copied(), engine.plan(), &engine.totals());
        if disclosure.buyers == 0 {
            let fault = match refusal {
                Some(refusal) => LabFault::AllRefused { code: refusal.code(), refusal },
                None => LabFault::Nobody {},
            };
            return Err(fault.into());
        }
        let plan = engine.plan().clone();
        Ok(Answer {
            plan_label: scenario.plans[0].label.clone(),
            price: plan.pool.is_some().then(|| engine.price()),
            buyers: members.into_iter().filter(|member| !member.spent.is_zero()).collect(),
            orders: result.end("orders").unsigned_abs(),
            refused,
            disclosure,
            course,
            entries: engine.next_seq(),
            digest: engine.digest(),
            plan,
            scenario,
        })
    }
}

fn course_day(engine: &Engine, day: u32, newest: &mut Option<MemberNo>) -> CourseDay {
    CourseDay {
        day,
        members: engine.member_count() as u64,
        price: engine.plan().pool.is_some().then(|| engine.price()),
        newest: last_settled(engine, newest),
    }
}

/// The last member to join that has points or has received something; `known` is where it was found before.
fn last_settled(engine: &Engine, known: &mut Option<MemberNo>) -> Option<MemberOutcome> {
    let from = known.map_or(0, |member| member.0);
    let last = u32::try_from(engine.member_count()).unwrap_or(u32::MAX);
    let outcome = |member: &u32| engine.member_outcome(MemberNo(*member));
    let has_settled = |member: &u32| {
        outcome(member)
            .is_some_and(|found| !found.spent.is_zero() && (!found.points.is_zero() || !found.cash.is_zero()))
    };
    let found = (from..last).rev().find(has_settled);
    *known = found.map(MemberNo).or(*known);
    found.as_ref().and_then(outcome)
}

impl Answer {
    /// The buyer below whose outcome a share of them lies, in per cent (nearest rank; the first to join of equals).
    pub fn at_percent(&self, per_cent: usize) -> Option<Buyer> {
        let outcome = |buyer: &MemberOutcome| outcome_ppm(buyer.spent, buyer.cash, buyer.held).unwrap_or(0);
        let mut sorted: Vec<u64> = self.buyers.iter().map(outcome).collect();
        sorted.sort_unstable();
        let rank = (sorted.len() * per_cent).div_ceil(100).max(1);
        let wanted = *sorted.get(rank - 1)?;
        let place = self.buyers.iter().position(|buyer| outcome(buyer) == wanted)?;
        self.buyer(place)
    }

    /// The last to join of the buyers.
    pub fn newest(&self) -> Option<Buyer> {
        self.buyer(self.buyers.len().checked_sub(1)?)
    }

    fn buyer(&self, place: usize) -> Option<Buyer> {
        Some(Buyer { number: place as u64 + 1, outcome: *self.buyers.get(place)? })
    }

    /// What all members together received and would get for their points now.
    pub fn value(&self) -> Money {
        let (cash, held) = (self.disclosure.cash, self.disclosure.held);
        cash.checked_add(held).expect("both are parts of one programme's money")
    }

    /// An amount of each 100 units of money that all buyers spent, rounded down.
    pub fn per_hundred(&self, amount: Money) -> Money {
        let hundred = 100 * 10_u128.pow(self.plan.programme.currency.decimals);
        let spent = self.disclosure.spent.as_u128().max(1);
        // More than what is spent can come back where money was injected, but not 2⁶³ times as much.
        Money::from_wide(amount.as_u128() * hundred / spent).unwrap_or(amount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(question: &Question) -> Answer {
        prepare(question).and_then(|prepared| prepared.run(|_, _| true)).unwrap()
    }

    fn crowd(crowd: Crowd) -> Question {
        Question { plan: None, set: Vec::new(), people: People::Crowd(crowd), seed: 1 }
    }

    fn code(question: &Question) -> &'static str {
        match prepare(question).and_then(|prepared| prepared.run(|_, _| true)).unwrap_err() {
            Fault::Refused(message) => message.code,
            Fault::Wrong(_, errors) => errors.errors[0].message.code,
        }
    }

    /// SPEC 17: of 10,000 equal buyers of the advert's first plan 26 get back what they spent, two of them in cash.
    #[test]
    fn few_get_back_what_they_spent() {
        let found = asked(&crowd(Crowd::default()));
        let (outcomes, currency) = (&found.disclosure.outcomes, found.plan.programme.currency);
        assert_eq!((outcomes.at_least_one.members, outcomes.in_cash[0].members), (26, 2));
        let value = |buyer: Option<Buyer>| currency.format(buyer.unwrap().outcome.value());
        assert_eq!([50, 99].map(|share| value(found.at_percent(share))), ["206.92", "669.09"]);
        assert_eq!((value(found.newest()), found.newest().unwrap().number), ("168.00".to_owned(), 10_000));
        let [mine, bound] = [found.value(), found.disclosure.conservation.payable];
        assert_eq!([mine, bound].map(|money| currency.format(found.per_hundred(money))), ["24.00", "30.00"]);
        assert_eq!(found.digest, asked(&crowd(Crowd::default())).digest);
    }

    /// The price rises all the time, and what the last buyer would get does not.
    #[test]
    fn the_course_shows_both() {
        let found = asked(&crowd(Crowd::default()));
        let settled: Vec<_> =
            found.course.iter().filter_map(|day| day.newest.map(|newest| (day, newest))).collect();
        assert!(settled.len() >= 90, "{}", settled.len());
        let price = |day: &CourseDay| day.price.unwrap().display(2);
        assert!(settled.windows(2).all(|pair| pair[0].0.members <= pair[1].0.members));
        assert_ne!(price(settled[0].0), price(settled.last().unwrap().0));
        let last = settled.last().unwrap().1;
        assert_eq!(found.plan.programme.currency.format(last.value()), "168.00");
    }

    #[test]
    fn fewer_come_sell_or_share_more() {
        let half = asked(&crowd(Crowd { only: Some(5_000), ..Crowd::default() }));
        assert_eq!((half.disclosure.buyers, half.disclosure.outcomes.at_least_one.members), (5_000, 13));
        let set = [("split.pool", "60%"), ("split.commission", "0%")];
        let set = set.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec();
        let more = asked(&Question { set, ..crowd(Crowd::default()) });
        assert_eq!(more.disclosure.outcomes.at_least_one.members, 277);
        let selling = |seed| {
            let sells = Crowd { count: 1_000, sell_daily: Some("3%".to_owned()), ..Crowd::default() };
            asked(&Question { seed, ..crowd(sells) })
        };
        assert!(
            selling(1).value() > asked(&crowd(Crowd { count: 1_000, ..Crowd::default() })).disclosure.held
        );
        assert_ne!(selling(1).digest, selling(2).digest);
    }

    #[test]
    fn scenarios_bring_their_plan_or_take_another() {
        let steady = |plan: Option<Source>| {
            let people = People::Scenario(Source::Preset("steady".to_owned()));
            asked(&Question { plan, set: Vec::new(), people, seed: 1 })
        };
        let (own, other) = (steady(None), steady(Some(Source::Preset("value-growth-hardened".to_owned()))));
        assert_eq!((&*own.plan_label, &*other.plan_label), ("value-growth", "value-growth-hardened"));
        assert_eq!(own.disclosure.spent, other.disclosure.spent, "the same people");
        assert!(SCENARIOS.iter().filter(|(name, _)| known_scenario(name).is_some()).count() >= 8);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let plan =
            |text: &str| Question { plan: Some(Source::Text(text.to_owned())), ..crowd(Crowd::default()) };
        let scenario = |text: &str| {
            let people = People::Scenario(Source::Text(text.to_owned()));
            Question { plan: None, set: Vec::new(), people, seed: 1 }
        };
        let set =
            |key: &str| Question { set: vec![(key.to_owned(), "1".to_owned())], ..crowd(Crowd::default()) };
        let listed = "[programme]\nmode = \"sandbox\"\nname = { zh = \"商城\", en = \"Shop\" }\n[split]\ncost = \"60%\"\n\
                      [catalogue]\nlisted_only = true\n";
        let many = "[scenario]\nname = { zh = \"多\", en = \"Many\" }\nplan = \"starter\"\ndays = 300\n\
                    [arrival]\nkind = \"constant\"\ndaily = 100\n[spending.fixed]\namount = \"10.00\"\n";
        let files = many.replace("\"starter\"", "\"mine.toml\"");
        for (question, expected) in [
            (plan("[pool]\nmint_ration = \"70%\"\n"), "file.section_missing"),
            (plan(&" ".repeat(TEXT_BYTES_MAX + 1)), "lab.text_too_long"),
            (plan(listed), "lab.all_refused"),
            (scenario(many), "lab.people"),
            (scenario(&files), "scenario.plan_unreadable"),
            (set("pool.nothing"), "file.key_unknown"),
            (crowd(Crowd { count: 0, ..Crowd::default() }), "lab.people"),
            (crowd(Crowd { only: Some(10_001), ..Crowd::default() }), "lab.only"),
            (crowd(Crowd { spend: "many".to_owned(), ..Crowd::default() }), "lab.spend"),
            (crowd(Crowd { spend: "0".to_owned(), ..Crowd::default() }), "lab.spend_nothing"),
            (crowd(Crowd { sell_daily: Some("3".to_owned()), ..Crowd::default() }), "lab.chance"),
            (
                Question { plan: Some(Source::Preset("no".to_owned())), ..crowd(Crowd::default()) },
                "lab.no_plan",
            ),
        ] {
            assert_eq!(code(&question), expected, "{question:?}");
        }
        let stopped = prepare(&crowd(Crowd::default())).and_then(|prepared| prepared.run(|day, _| day < 3));
        assert!(matches!(stopped, Err(Fault::Refused(message)) if message.code == "lab.stopped"));
    }
}
