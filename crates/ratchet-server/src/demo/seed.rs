//! Making a demo: people, three programmes that live through the simulator's days, and something left open for everybody.

use std::collections::BTreeMap;
use std::future::Future;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ratchet_engine::amount::Money;
use ratchet_engine::command::{
    Command, Envelope, OrderTerms, RefundLine, RefundSize, SellQuantity, SkuTerms,
};
use ratchet_engine::engine::Engine;
use ratchet_engine::id::{Id, MemberNo};
use ratchet_engine::message::{Message, System};
use ratchet_engine::plan::Plan;
use ratchet_engine::time::{Day, Timestamp};
use ratchet_sim::backtest::{self, Assumptions, Observers};
use ratchet_sim::generate;
use ratchet_sim::orders::{OrderFile, ReadOptions};
use ratchet_sim::outputs::Outputs;
use ratchet_sim::selling::Selling;
use ratchet_sim::summary::Summary;
use ratchet_store::{
    Act, Asks, CategoryRow, Disk, MasterKey, NewAuditEntry, NewPerson, People, ProductRow, Store, StoreError,
    Transfer,
};

use super::goods::{ARTICLES, Basket, CATEGORIES, basket, lines};
use super::history::history;
use super::{MARK, Mark, Persona, REPORT};
use crate::api::{PROVIDER, booked, hashed, words_of};
use crate::programme::{ClockKind, Outcome, Programme, Programmes, Request, Settings};
use crate::serve::{Config, ServeFault};

/// How much is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// Days of history, the last is today; at least [`LEAST_DAYS`].
    pub(crate) days: u32,
    /// Orders of the report.
    pub(crate) orders: u64,
    /// People in the report, nearly all of whom buy.
    pub(crate) people: u64,
}

/// What the persona of the members does takes so long.
const LEAST_DAYS: u32 = 40;

impl Size {
    /// Three months, and a report on 10,000 buyers.
    pub(crate) const WHOLE: Size = Size { days: 90, orders: 30_000, people: 10_161 };
}

/// A sandbox of the demo.
struct Sandbox {
    /// Its id, which is the preset's name.
    id: &'static str,
    plan: &'static str,
    /// What the demo adds at the end of the plan, so that withdrawals have a fee and two people.
    wallet: &'static str,
}

const SANDBOXES: [Sandbox; 3] = [
    Sandbox {
        id: "value-growth",
        plan: include_str!("../../../../plans/value-growth.toml"),
        wallet: "\n[wallet]\nwithdrawal_fee = \"0.6%\"\nwithdrawal_minimum = \"10.00\"\ntwo_approvals_above = \"50.00\"\n",
    },
    Sandbox {
        id: "value-growth-hardened",
        plan: include_str!("../../../../plans/value-growth-hardened.toml"),
        // The preset ends in its `[wallet]`.
        wallet: "withdrawal_fee = \"0.6%\"\nwithdrawal_minimum = \"10.00\"\ntwo_approvals_above = \"50.00\"\n",
    },
    Sandbox { id: "loyalty-fixed", plan: include_str!("../../../../plans/loyalty-fixed.toml"), wallet: "" },
];

/// What is said of the tenant.
const TENANT: &str = "Ratchet 演示 Demo";
/// Withdrawals that one person approves in [`SANDBOXES`]: a larger and a small one.
const OF_ONE: i64 = 4_800;
const SMALL: i64 = 2_000;
/// People act in the morning, at noon and in the evening.
const HOURS: [u32; 3] = [9, 13, 20];
/// An article's stock where the plan counts it.
const STOCK: u32 = 5_000;

/// Something of the demo could not be made.
pub(super) fn failed(what: &str, error: &dyn std::fmt::Debug) -> Message {
    ServeFault::Demo { what, error: &format!("{error:?}") }.into()
}

/// How far it is, in parts that each day and the report count.
struct Progress<'a> {
    done: AtomicU64,
    total: u64,
    say: &'a (dyn Fn(u32) + Sync),
}

impl Progress<'_> {
    fn add(&self, parts: u64) {
        let percent = |done: u64| u32::try_from(done * 100 / self.total).unwrap_or(100);
        let before = self.done.fetch_add(parts, Ordering::Relaxed);
        if percent(before) != percent(before + parts) {
            (self.say)(percent(before + parts));
        }
    }
}

/// Makes the demo beside its place and moves it there when it is whole (A13); `say` hears the percentage. If `stop` comes first nothing is left.
pub(crate) async fn make(
    config: &Config,
    size: Size,
    say: &(dyn Fn(u32) + Sync),
    stop: impl Future<Output = ()>,
) -> Result<(), Message> {
    let io = |error: std::io::Error| {
        Message::from(ServeFault::DemoNotRead {
            file: config.data.display().to_string(),
            error: System(&error),
        })
    };
    let place = std::path::absolute(&config.data).map_err(io)?;
    let parent = place.parent().ok_or_else(|| failed("directory", &place))?;
    std::fs::create_dir_all(parent).map_err(io)?;
    let making = tempfile::Builder::new().prefix(".ratchet-demo-").tempdir_in(parent).map_err(io)?;
    let store = Store::open(making.path()).map_err(|error| error.message().clone())?;
    let programmes = Programmes::open(Arc::new(store), config.clock.clone(), Settings::default());
    let programmes = programmes.map_err(|error| error.message().clone())?;
    let made = tokio::select! {
        made = fill(config, making.path(), &programmes, size, say) => made,
        () = stop => Err(ServeFault::DemoStopped {}.into()),
    };
    programmes.stop().await;
    drop(programmes);
    made?;
    if place.exists() {
        // It is empty, or this fails.
        std::fs::remove_dir(&place).map_err(io)?;
    }
    std::fs::rename(making.keep(), &place).map_err(io)
}

async fn fill(
    config: &Config,
    directory: &Path,
    programmes: &Programmes,
    size: Size,
    say: &(dyn Fn(u32) + Sync),
) -> Result<(), Message> {
    let key = MasterKey::of_file(&config.key_file(), true).map_err(|error| error.message().clone())?;
    let people = People::open(directory, &Disk::default(), &key).map_err(|error| error.message().clone())?;
    let (personas, tenant) = staff(&people, config.clock.now().us()).await?;
    let parts = u64::from(size.days) * (SANDBOXES.len() as u64 + 1);
    let progress = Progress { done: AtomicU64::new(0), total: parts, say };
    let (now, days) = (config.clock.now(), size.days.max(LEAST_DAYS));
    let makers = SANDBOXES.each_ref().map(|sandbox| {
        let maker = Maker {
            sandbox,
            people: &people,
            tenant: &tenant,
            personas: &personas,
            progress: &progress,
            days,
            now,
        };
        maker.make(programmes)
    });
    let [first, second, third] = makers;
    let folder = directory.join(REPORT);
    let report = async {
        let written = tokio::task::spawn_blocking(move || report(&folder, size)).await;
        progress.add(u64::from(size.days));
        written.unwrap_or_else(|ended| std::panic::resume_unwind(ended.into_panic()))
    };
    tokio::try_join!(first, second, third, report)?;
    let mark = Mark {
        programmes: SANDBOXES.iter().map(|sandbox| sandbox.id.to_owned()).collect(),
        personas: personas.iter().map(|(persona, person)| (*persona, person.clone())).collect(),
    };
    let mark = serde_json::to_vec_pretty(&mark).expect("texts are JSON");
    std::fs::write(directory.join(MARK), mark).map_err(|error| failed(MARK, &error))
}

/// Everybody, with their roles, and the tenant. Nobody knows a password of theirs: the only way in is [`Demo`]'s.
async fn staff(people: &People, now: i64) -> Result<(BTreeMap<Persona, String>, String), Message> {
    let mut password = [0; 32];
    getrandom::fill(&mut password).expect("the operating system has random bytes");
    let password = hashed(ratchet_engine::hash::hex(&password)).await;
    let made = people.change(|tables| {
        let mut personas = BTreeMap::new();
        for persona in Persona::ALL {
            let [zh, en] = persona.name();
            // A host that no mail ever reaches (RFC 2606).
            let login = format!("{}@demo.invalid", en.to_lowercase().replace(' ', "."));
            let new = NewPerson { login, name: format!("{zh} {en}"), password: password.clone(), at: now };
            personas.insert(persona, tables.add_person(&new)?.expect("the directory has no people"));
        }
        let owner = &personas[&Persona::Owner];
        let link = tables.add_owner_link(TENANT, now)?;
        let tenant = tables.use_link(&link.token, owner, true, now)?.expect("the link is new").tenant;
        // Its people come in by one tap, without a password or a second factor.
        tables.set_asks(&tenant, Asks { staff_second_factor: false, confirmed_login: false })?;
        for persona in Persona::ALL {
            let Some(role) = persona.role().filter(|_| persona != Persona::Owner) else { continue };
            tables.grant(&tenant, &personas[&persona], role.name(), owner, now)?;
            let after = Some(serde_json::json!({ "role": role.name() }).to_string());
            let subject = &personas[&persona];
            let entry = NewAuditEntry { after, ..NewAuditEntry::of(&tenant, "role.grant", subject) };
            tables.audit(&act(owner, now), entry)?;
        }
        Ok::<_, StoreError>((personas, tenant))
    });
    made.map_err(|error| error.message().clone())
}

fn act(person: &str, at: i64) -> Act {
    Act { person: person.to_owned(), address: "demo".to_owned(), request: "demo".to_owned(), at }
}

/// The backtest that the demo's first page leads to.
fn report(file: &Path, size: Size) -> Result<(), Message> {
    let folder = file.parent().unwrap_or(file);
    let plan = Plan::parse("value-growth", SANDBOXES[0].plan).map_err(|error| failed("report", &error))?;
    let options = generate::Options { members: Some(size.people), ..generate::Options::new(size.orders, 1) };
    let mut orders = Vec::new();
    generate::orders(&options, &mut orders, &mut |_| {}).map_err(|error| error.message())?;
    let options = ReadOptions {
        currency: plan.programme.currency,
        calendar: plan.programme.calendar.clone(),
        skip_bad_rows: false,
    };
    let assumptions = Assumptions { selling: Selling::Never, seed: 1 };
    let outputs = Outputs::begin(folder).map_err(|error| error.message())?;
    let mut prices = outputs.price_log(plan.programme.currency).map_err(|error| error.message())?;
    let mut file = OrderFile::new(Cursor::new(orders), "orders.csv", options);
    let mut write_price = |order: &str, at, price| prices.write(order, at, price);
    let mut nothing = |_| {};
    let observers = Observers { command: None, order: Some(&mut write_price), progress: &mut nothing };
    let engine = backtest::engine(plan, &file.expected());
    let run =
        backtest::run_file(engine, &mut file, &assumptions, observers).map_err(|error| error.message())?;
    let summary = Summary::new("orders.csv", file.found(), &assumptions, &run);
    let finished = outputs.finish(&summary, &run.engine, file.found(), prices, &mut |_| {});
    finished.map_err(|error| error.message())
}

/// What makes one of the sandboxes.
struct Maker<'a> {
    sandbox: &'static Sandbox,
    people: &'a People,
    tenant: &'a str,
    personas: &'a BTreeMap<Persona, String>,
    progress: &'a Progress<'a>,
    days: u32,
    /// When it is made, by the server's clock.
    now: Timestamp,
}

/// One that is being filled.
struct Filling<'a> {
    maker: Maker<'a>,
    programme: Programme,
    /// The persona of the members, in this programme.
    member: Id,
    /// Its points can be sold.
    sells: bool,
    /// It has articles of its own, so that it says what an order's freight is.
    prices: bool,
}

impl Maker<'_> {
    async fn make(self, programmes: &Programmes) -> Result<(), Message> {
        let (id, days, now) = (self.sandbox.id, self.days, self.now);
        let text = format!("{}{}", self.sandbox.plan, self.sandbox.wallet);
        let plan = Plan::parse(id, &text).map_err(|error| failed(id, &error))?;
        let calendar = plan.programme.calendar.clone();
        let first = calendar.day_of(now).plus(1 - i64::from(days));
        let start = ClockKind::Own { start: calendar.start_of(first) };
        let programme = programmes.create(id, plan.clone(), start).await;
        let programme = programme.map_err(|error| failed(id, &error))?;
        let (sells, prices) = (plan.pool.is_some(), plan.catalogue.is_some());
        // Nobody acts on the last day but those of the demo.
        let past = tokio::task::spawn_blocking(move || history(&plan, &text, first, days - 1)).await;
        let past = past.unwrap_or_else(|ended| std::panic::resume_unwind(ended.into_panic()))?;
        let member = plain(&self.people.id_of("m", &[id, &self.personas[&Persona::Member]]));
        let filling = Filling { maker: self, programme, member, sells, prices };
        filling.open_shop(now.us())?;
        filling.list_articles().await?;
        filling.live(past, first, |day| calendar.start_of(day)).await?;
        filling.leave_open().await?;
        filling.provide().await
    }
}

impl Filling<'_> {
    /// The shop's side: whose programme it is, who is which member, what it sells.
    fn open_shop(&self, now: i64) -> Result<(), Message> {
        let (id, tenant) = (self.programme.id(), self.maker.tenant);
        let kept = self.maker.people.change(|tables| {
            tables.add_programme(id, tenant, now)?;
            tables.add_membership(tenant, id, self.person(Persona::Member), self.member.as_str())?;
            let categories = CATEGORIES.map(|(id, [zh, en])| CategoryRow {
                id: id.to_owned(),
                name: [zh.to_owned(), en.to_owned()],
                count: 0,
            });
            tables.put_categories(tenant, id, &categories)?;
            for article in &ARTICLES {
                let text = |[zh, en]: [&str; 2]| [zh.to_owned(), en.to_owned()];
                let product = ProductRow {
                    id: article.id.to_owned(),
                    title: text(article.title),
                    description: text(article.description),
                    picture: Some(article.id.to_owned()),
                    category: Some(article.category.to_owned()),
                    brand: article.brand.map(str::to_owned),
                    price: article.price,
                    listed: true,
                    ..ProductRow::default()
                };
                tables.put_product(tenant, id, &product, &words_of(&product))?;
            }
            Ok::<_, StoreError>(())
        });
        kept.map_err(|error| error.message().clone())
    }

    /// The history went past the play-money provider; its books say the same, so that statement and journal agree.
    async fn provide(&self) -> Result<(), Message> {
        let id = self.programme.id();
        let booked = booked(&self.programme).await.map_err(|problem| failed(id, &problem))?;
        let kept = self.maker.people.change(|tables| {
            // The oldest first, as if it had gone through the provider.
            booked.iter().rev().try_for_each(|line| {
                let (reference, at) = (line.reference.clone(), line.at.us());
                let amount = i64::try_from(line.amount).expect("money of the demo is small");
                tables.add_transfer(id, &Transfer { reference, amount, at })
            })
        });
        kept.map_err(|error: StoreError| error.message().clone())
    }

    /// Where the plan has articles of its own they are listed there too.
    async fn list_articles(&self) -> Result<(), Message> {
        if !self.prices {
            return Ok(());
        }
        for article in &ARTICLES {
            let terms = SkuTerms {
                price: money(article.price),
                product: None,
                merchant: None,
                cost: None,
                zone: None,
                class: None,
                stock: Some(STOCK),
                limit_per_order: None,
                limit_per_member: None,
                points_only: false,
            };
            let list = Command::SkuList { sku: plain(article.id), terms: Box::new(terms) };
            self.must(Persona::Operator, &format!("list {}", article.id), list).await?;
        }
        Ok(())
    }

    /// Lives through the days in three steps each, the demo's own people among the others; what comes in one step is one commit.
    async fn live(
        &self,
        mut past: BTreeMap<Day, Vec<Envelope>>,
        first: Day,
        start_of: impl Fn(Day) -> Timestamp,
    ) -> Result<(), Message> {
        let days = self.maker.days;
        let (mut all, mut refused) = (0, 0);
        for number in 0..days {
            let left = days - 1 - number;
            let day = first.plus(i64::from(number));
            let mut envelopes = past.remove(&day).unwrap_or_default().into_iter();
            let part = envelopes.len().div_ceil(HOURS.len());
            for (step, hour) in HOURS.into_iter().enumerate().take(if left == 0 { 1 } else { HOURS.len() }) {
                let minutes = hour * 60 + (number * 7 + hour * 13) % 50;
                let at = start_of(day).plus_minutes(minutes).unwrap_or(Timestamp::MAX);
                let advanced = self.programme.advance(at, self.actor(Persona::Operator)).await;
                advanced.map_err(|error| failed(self.programme.id(), &error))?;
                if step == 1 {
                    self.member_acts(left).await?;
                }
                let commands =
                    envelopes.by_ref().take(part).filter(|envelope| !stays_open(&envelope.command, left));
                let requests = commands.map(|envelope| self.request_of(envelope)).collect();
                let outcomes = self.submit(requests).await?;
                all += outcomes.len();
                refused += outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Rejected(_))).count();
            }
            self.maker.progress.add(1);
        }
        // A few find less money than in the simulation; more than that would be another history.
        if refused * 20 > all { Err(failed("refused, of all", &[refused, all])) } else { Ok(()) }
    }

    /// A command of the simulation, by the people of the demo where it is one of staff.
    fn request_of(&self, envelope: Envelope) -> Request {
        let Envelope { key, actor, command, .. } = envelope;
        let actor = match (&command, actor.as_str()) {
            (Command::WalletApprove { .. }, "cashier") => self.actor(Persona::Reviewer),
            (Command::WalletApprove { .. }, _) => self.actor(Persona::SecondReviewer),
            (Command::WalletSent { .. }, _) => self.actor(Persona::Operator),
            (Command::WalletPaid { .. }, _) => plain(PROVIDER),
            _ => actor,
        };
        Request { key, actor, command, happened_at: None }
    }

    /// What the demo's member did so many days ago: four purchases, a sale, money taken out, goods sent back.
    async fn member_acts(&self, days_ago: u32) -> Result<(), Message> {
        match days_ago {
            38 => {
                let person = Some(self.actor(Persona::Member));
                let join =
                    Command::MemberJoin { member: self.member.clone(), referrer: None, region: None, person };
                self.must(Persona::Member, "join", join).await?;
                self.buy("first", &basket(&[("tea", 1), ("honey", 1)])).await?;
                self.receive("first").await
            }
            32 => {
                self.buy("second", &basket(&[("lamp", 1), ("rice", 2)])).await?;
                self.receive("second").await
            }
            29 => {
                let friend = plain(&format!("{}-friend", self.programme.id()));
                let referrer = Some(self.member.clone());
                let join = Command::MemberJoin { member: friend, referrer, region: None, person: None };
                self.must(Persona::Member, "invite", join).await
            }
            24 if self.sells => self.sell_all("first sale").await,
            22 if self.sells => {
                let withdrawal = self.withdraw("first", &self.member, None).await?;
                self.approve(Persona::Reviewer, &withdrawal).await?;
                self.approve(Persona::SecondReviewer, &withdrawal).await?;
                self.pay_out(&withdrawal).await
            }
            20 => {
                self.buy("third", &basket(&[("oil", 2), ("towel", 1)])).await?;
                self.receive("third").await
            }
            18 => {
                let towels = RefundLine { line: plain("2"), size: RefundSize::Pieces(1), restock: false };
                let (refund, order) = (self.named("refund", "third"), self.named("order", "third"));
                let refund = Command::OrderRefund {
                    refund,
                    order,
                    lines: Some(vec![towels]),
                    freight: None,
                    tax: None,
                };
                self.must(Persona::Member, "refund", refund).await
            }
            17 => {
                self.buy("fourth", &basket(&[("lamp", 1), ("kettle", 1)])).await?;
                self.receive("fourth").await
            }
            8 if self.sells => self.sell_all("second sale").await,
            15 => self.buy("fifth", &basket(&[("rice", 1), ("apple", 2)])).await,
            // Received so late that its points are there to be sold.
            11 => self.receive("fifth").await,
            1 if self.sells => self.ask_for_money().await,
            2 => {
                self.buy("settling", &basket(&[("honey", 2)])).await?;
                self.receive("settling").await
            }
            _ => Ok(()),
        }
    }

    /// What waits for whom: a payment for the member, goods and a payout for the operator, reviews for two people.
    async fn leave_open(&self) -> Result<(), Message> {
        self.buy("to-be-sent", &basket(&[("towel", 1), ("oil", 1)])).await?;
        let terms = self.terms(&basket(&[("rice", 1)])).await?;
        let place = Command::OrderPlace { order: self.named("order", "unpaid"), terms };
        self.must(Persona::Member, "order unpaid", place).await?;
        if !self.sells {
            return Ok(());
        }
        self.approve(Persona::Reviewer, &self.named("withdrawal", "of-two")).await?;
        self.approve(Persona::Reviewer, &self.named("withdrawal", "approved")).await
    }

    /// Yesterday four asked for their money: the demo's member, and three of those who sold and left theirs. The most is for two people.
    async fn ask_for_money(&self) -> Result<(), Message> {
        self.withdraw("second", &self.member, None).await?;
        let [most, next, least] = self.with_cash().await?;
        self.withdraw("of-two", &most.0, None).await?;
        self.withdraw("approved", &next.0, Some(next.1.min(money(OF_ONE)))).await?;
        self.withdraw("of-one", &least.0, Some(money(SMALL))).await?;
        Ok(())
    }

    /// Three members who have money in their wallets, who has most first; the last has enough for a small withdrawal.
    async fn with_cash(&self) -> Result<[(Id, Money); 3], Message> {
        let known = self.member.clone();
        let found = self.programme.read(None, move |engine| {
            let members = (0_u32..).map_while(|number| engine.member_at(MemberNo(number)));
            let rich = members.filter(|view| view.cash.minor() >= SMALL && view.id != known.as_str());
            let mut rich: Vec<(Id, Money)> = rich.map(|view| (plain(view.id), view.cash)).collect();
            rich.sort_by_key(|(_, cash)| std::cmp::Reverse(*cash));
            rich
        });
        let mut found = found.await.map_err(|error| failed(self.programme.id(), &error))?;
        found.truncate(3);
        found.try_into().map_err(|few: Vec<_>| failed("members with money", &few.len()))
    }

    async fn terms(&self, basket: &Basket) -> Result<OrderTerms, Message> {
        let mut terms = OrderTerms::plain(self.member.clone(), money(1));
        terms.lines = lines(basket).collect();
        self.with_freight(vec![terms]).await.map(|mut terms| terms.remove(0))
    }

    /// Orders with the freight that the plan charges.
    async fn with_freight(&self, mut orders: Vec<OrderTerms>) -> Result<Vec<OrderTerms>, Message> {
        if !self.prices {
            return Ok(orders);
        }
        let priced = self.programme.read(None, move |engine: &Engine| {
            for terms in &mut orders {
                terms.freight = engine.price_order(terms)?.freight;
            }
            Ok::<_, ratchet_engine::rejection::Rejection>(orders)
        });
        let priced = priced.await.map_err(|error| failed(self.programme.id(), &error))?;
        priced.map_err(|rejection| failed(self.programme.id(), &rejection))
    }

    async fn buy(&self, what: &str, basket: &Basket) -> Result<(), Message> {
        let terms = Some(self.terms(basket).await?);
        let pay = Command::OrderPay { order: self.named("order", what), terms };
        self.must(Persona::Member, &format!("pay {what}"), pay).await
    }

    async fn receive(&self, what: &str) -> Result<(), Message> {
        let receive = Command::OrderReceive { order: self.named("order", what) };
        self.must(Persona::Member, &format!("receive {what}"), receive).await
    }

    async fn sell_all(&self, what: &str) -> Result<(), Message> {
        let sell =
            Command::PointsSell { member: self.member.clone(), points: SellQuantity::All, min_net: None };
        self.must(Persona::Member, what, sell).await
    }

    /// Asks for money to be paid out: so much, or all that the member has.
    async fn withdraw(&self, what: &str, member: &Id, amount: Option<Money>) -> Result<Id, Message> {
        let (withdrawal, known) = (self.named("withdrawal", what), member.clone());
        let cash =
            self.programme.read(None, move |engine| engine.member(known.as_str()).map(|view| view.cash));
        let cash = cash.await.map_err(|error| failed(self.programme.id(), &error))?.unwrap_or(Money::ZERO);
        let amount = amount.unwrap_or(cash);
        let withdraw =
            Command::WalletWithdraw { withdrawal: withdrawal.clone(), member: member.clone(), amount };
        // Others than the demo's own have no person.
        let actor = if *member == self.member { self.actor(Persona::Member) } else { member.clone() };
        self.must_as(actor, &format!("withdraw {what}"), withdraw).await?;
        Ok(withdrawal)
    }

    async fn approve(&self, persona: Persona, withdrawal: &Id) -> Result<(), Message> {
        let approve = Command::WalletApprove { withdrawal: withdrawal.clone() };
        self.must(persona, &format!("approve {withdrawal}"), approve).await
    }

    async fn pay_out(&self, withdrawal: &Id) -> Result<(), Message> {
        let sent = Command::WalletSent { withdrawal: withdrawal.clone() };
        self.must(Persona::Operator, &format!("send {withdrawal}"), sent).await?;
        let paid = Command::WalletPaid { withdrawal: withdrawal.clone() };
        self.must_as(plain(PROVIDER), &format!("paid {withdrawal}"), paid).await.map(drop)
    }

    fn named(&self, kind: &str, what: &str) -> Id {
        plain(&self.maker.people.id_of(&kind[..1], &["demo", self.programme.id(), kind, what]))
    }

    fn person(&self, persona: Persona) -> &str {
        &self.maker.personas[&persona]
    }

    fn actor(&self, persona: Persona) -> Id {
        plain(self.person(persona))
    }

    /// A command of one of the demo's people, which has to be carried out; of staff it stands in the audit log.
    async fn must(&self, persona: Persona, key: &str, command: Command) -> Result<(), Message> {
        let action = command.type_name();
        let seq = self.must_as(self.actor(persona), key, command).await?;
        if persona.role().is_none() {
            return Ok(());
        }
        let (tenant, at) = (self.maker.tenant, self.maker.now.us());
        let audited = self.maker.people.change(|tables| {
            let subject = self.programme.id();
            let entry =
                NewAuditEntry { tenant, action, subject, before: None, after: None, entry: Some(seq) };
            tables.audit(&act(self.person(persona), at), entry)
        });
        audited.map_err(|error: StoreError| error.message().clone())
    }

    async fn must_as(&self, actor: Id, key: &str, command: Command) -> Result<u64, Message> {
        let kind = command.type_name();
        let key = plain(&format!("{actor}:demo.{}", key.replace(' ', ".")));
        let request = Request { key, actor, command, happened_at: None };
        match self.submit(vec![request]).await?.pop() {
            Some(Outcome::Applied { seq, .. }) => Ok(seq),
            other => Err(failed(&format!("{} {kind}", self.programme.id()), &other)),
        }
    }

    /// Submits commands in their order. Those of the simulation may come out otherwise than they did there: the demo's own people buy too.
    async fn submit(&self, mut requests: Vec<Request>) -> Result<Vec<Outcome>, Message> {
        if self.prices {
            let terms_of = |request: &Request| match &request.command {
                Command::OrderPay { terms: Some(terms), .. } => Some(terms.clone()),
                _ => None,
            };
            let mut priced =
                self.with_freight(requests.iter().filter_map(terms_of).collect()).await?.into_iter();
            for request in &mut requests {
                if let Command::OrderPay { terms: Some(terms), .. } = &mut request.command {
                    *terms = priced.next().expect("as many as there are");
                }
            }
        }
        let answers = self.programme.submit_all(requests).await;
        let answers = answers.map_err(|error| failed(self.programme.id(), &error))?;
        Ok(answers.into_iter().map(|answer| answer.outcome).collect())
    }
}

/// Of the last days some goods are still on their way.
fn stays_open(command: &Command, days_ago: u32) -> bool {
    match command {
        Command::OrderReceive { order } => {
            days_ago <= 2 && order.as_str().bytes().last().is_some_and(|digit| digit % 3 == 0)
        }
        _ => false,
    }
}

fn plain(text: &str) -> Id {
    Id::new(text).expect("ids of the demo are plain")
}

fn money(minor: i64) -> Money {
    Money::from_minor(minor).expect("prices of the demo are positive")
}
