//! The report: one HTML file without script, in Chinese and English, that says what happened to members.
//!
//! Both languages are in the page; a pair of radio buttons and CSS show one. Text from outside (ids, file names, the
//! plan) is escaped. Nothing here promises anything: every sentence states what the numbers say.

pub(crate) mod sheet;
pub(crate) mod text;

use ratchet_engine::amount::{Money, Rate};
use ratchet_engine::commission::CommissionKind;
use ratchet_engine::disclosure::{Count, RankIncome};
use ratchet_engine::plan::Mode;

use crate::chart::{Chart, leg_text};
use crate::selling::Selling;
use crate::summary::{Summary, unsplit};
use sheet::{Both, Sheet, both};
use text::{Lang, escape, fraction, number, percent};

/// Commissions from this far on are shown in one line.
const DISTANCES_SHOWN: usize = 6;

/// The whole page.
pub(crate) fn html(summary: &Summary, charts: &[Chart]) -> String {
    let name = &summary.plan.programme.name;
    let is_sandbox = summary.plan.programme.mode == Mode::Sandbox;
    let sheet = Sheet::begin([escape(&name.zh), escape(&name.en)], is_sandbox);
    let mut page = Page { summary, charts, sheet };
    page.opening();
    page.hundred();
    page.outcomes();
    page.income();
    page.release();
    page.cohorts();
    page.inequality();
    page.price();
    page.bounds();
    page.distance();
    page.sell_now();
    page.payouts();
    page.words();
    page.sources();
    page.foot()
}

/// A commission's name for people.
fn kind_words(kind: CommissionKind) -> [&'static str; 2] {
    match kind {
        CommissionKind::Direct => ["直推", "Direct"],
        CommissionKind::Indirect => ["间推", "Indirect"],
        CommissionKind::Differential => ["级差", "Rank differential"],
        CommissionKind::Peer => ["平级", "Peer"],
        CommissionKind::District => ["区代", "District agent"],
        CommissionKind::City => ["市代", "City agent"],
        CommissionKind::Province => ["省代", "Province agent"],
        CommissionKind::ChainDirect => ["链动直推", "Chain: inviter"],
        CommissionKind::ChainBoss => ["链动老板", "Chain: boss"],
        CommissionKind::ValueReferral => ["健康值推荐", "Value referral"],
    }
}

struct Page<'a> {
    summary: &'a Summary,
    charts: &'a [Chart],
    sheet: Sheet,
}

impl Page<'_> {
    fn push(&mut self, html: &str) {
        self.sheet.push(html);
    }

    fn element(&mut self, tag: &str, texts: Both) {
        self.sheet.element(tag, texts);
    }

    fn heading(&mut self, zh: &str, en: &str) {
        self.sheet.heading(zh, en);
    }

    fn paragraph(&mut self, texts: Both) {
        self.element("p", texts);
    }

    fn chart(&mut self, name: &str) {
        if let Some(chart) = self.charts.iter().find(|chart| chart.name == name) {
            self.sheet.chart(chart);
        }
    }

    fn has_chart(&self, name: &str) -> bool {
        self.charts.iter().any(|chart| chart.name == name)
    }

    fn facts(&mut self, facts: Vec<(Both, Both)>) {
        self.sheet.facts(facts);
    }

    fn money(&self, money: Money, lang: Lang) -> String {
        text::money(self.summary.currency(), money, lang)
    }

    fn money_both(&self, money: Money) -> Both {
        both(|lang| self.money(money, lang))
    }

    fn unit(&self, lang: Lang) -> &'static str {
        lang.pick(text::unit(self.summary.currency()))
    }

    fn name(&self) -> Both {
        let name = &self.summary.plan.programme.name;
        [escape(&name.zh), escape(&name.en)]
    }

    /// The order file's name, without its folder.
    fn file(&self) -> String {
        let path = &self.summary.orders_file;
        escape(path.rsplit(['/', '\\']).next().unwrap_or(path))
    }

    fn has_pool(&self) -> bool {
        self.summary.plan.pool.is_some()
    }

    fn is_sandbox(&self) -> bool {
        self.summary.plan.programme.mode == Mode::Sandbox
    }

    fn opening(&mut self) {
        let summary = self.summary;
        let disclosure = &summary.disclosure;
        let name = self.name();
        self.element("h1", name);
        let calendar = &summary.plan.programme.calendar;
        let (from, to) = (calendar.day_of(summary.from), calendar.day_of(summary.to));
        self.element(
            "p class=\"about\"",
            both(|lang| {
                let (orders, file) = (number(summary.totals.orders), self.file());
                lang.pick([
                    format!("回测：{orders} 笔订单，{from} 至 {to}，来自 {file}"),
                    format!("Backtest: {orders} orders, {from} to {to}, from {file}"),
                ])
            }),
        );
        let recovered = disclosure.outcomes.in_cash[0];
        let middle = disclosure.outcomes.middle;
        self.element("p class=\"lead\"", both(|lang| {
            let buyers = number(disclosure.buyers);
            let got = number(recovered.members);
            let first = match (recovered.members, disclosure.buyers) {
                (0, _) => lang.pick([
                    format!("{buyers} 名消费过的会员中，<strong>没有一人</strong>拿回的现金达到自己的消费额。"),
                    format!("Of {buyers} members who bought, <strong>nobody</strong> got back in cash what they spent."),
                ]),
                (all, buyers_count) if all == buyers_count => lang.pick([
                    format!("{buyers} 名消费过的会员全部拿回了不少于自己消费额的现金。"),
                    format!("All {buyers} members who bought got back in cash at least what they spent."),
                ]),
                _ => lang.pick([
                    format!("{buyers} 名消费过的会员中，<strong>{got} 人</strong>拿回的现金达到了自己的消费额。"),
                    format!("Of {buyers} members who bought, <strong>{got}</strong> got back in cash what they spent."),
                ]),
            };
            let second = middle.map_or_else(String::new, |middle| {
                let (spent, cash, held) =
                    (self.money(middle.spent, lang), self.money(middle.cash, lang), self.money(middle.held, lang));
                let back = percent(disclosure.outcomes.spread.median_ppm);
                if !self.has_pool() {
                    return lang.pick([
                        format!(
                            "处在正中间的会员（一半人比他好，一半人比他差）消费了 {spent}，已收到现金 {cash}：\
                             是消费额的 <strong>{back}</strong>。"
                        ),
                        format!(
                            " The member in the middle (half did better, half did worse) spent {spent} and has received \
                             {cash} in cash: <strong>{back}</strong> of what it spent."
                        ),
                    ]);
                }
                lang.pick([
                    format!(
                        "处在正中间的会员（一半人比他好，一半人比他差）消费了 {spent}，已收到现金 {cash}，\
                         积分今天全部卖出可得 {held}：合计是消费额的 <strong>{back}</strong>。"
                    ),
                    format!(
                        " The member in the middle (half did better, half did worse) spent {spent}, has received \
                         {cash} in cash and would get {held} for all points today: <strong>{back}</strong> of \
                         what it spent."
                    ),
                ])
            });
            first + &second
        }));
        self.paragraph(both(|lang| {
            let (spent, cash, held) = (
                self.money(disclosure.spent, lang),
                self.money(disclosure.cash, lang),
                self.money(disclosure.held, lang),
            );
            let bound = text::times(disclosure.conservation.mean_bound_ppm.saturating_mul(100));
            let with_bonuses =
                text::times(disclosure.conservation.mean_bound_with_bonuses_ppm.saturating_mul(100));
            let unit = self.unit(lang);
            if disclosure.income.is_some() {
                let held = match self.has_pool() {
                    false => String::new(),
                    true => lang.pick([
                        format!("如果今天所有人都卖出积分，还能再得 {held}。"),
                        format!("If everybody sold their points today they would get another {held}. "),
                    ]),
                };
                return lang.pick([
                    format!(
                        "全体会员一共消费了 {spent}，收到现金 {cash}。{held}会员每消费 100 {unit}，各种途径合计最多只能拿回 \
                         {with_bonuses} {unit}：佣金来自下方会员的消费，一个人多得，就有许多人少得。"
                    ),
                    format!(
                        "All members together spent {spent} and received {cash} in cash. {held}By all ways together members \
                         can get back at most {with_bonuses} of every 100 {unit} they spend: commissions are paid out of the \
                         purchases of those below; what one member gets, many others go without."
                    ),
                ]);
            }
            lang.pick([
                format!(
                    "全体会员一共消费了 {spent}，收到现金 {cash}；如果今天所有人都卖出积分，还能再得 {held}。\
                     无论报价怎样变化，会员通过积分合计每消费 100 {unit}最多只能拿回 {bound} {unit}："
                ) + "其余的钱没有进盈利池，去向见下图。有人多得，就有人少得。",
                format!(
                    "All members together spent {spent} and received {cash} in cash; if everybody sold their points \
                     today they would get another {held}. Whatever the quoted price does, members together can get \
                     back through points at most {bound} of every 100 {unit} they spend: "
                ) + "the rest never reached the pool; where it went is shown below. \
                     What one member gets above that, others go without.",
            ])
        }));
        self.numbers();
    }

    fn numbers(&mut self) {
        let summary = self.summary;
        let (totals, disclosure) = (&summary.totals, &summary.disclosure);
        let plain = |value: String| [value.clone(), value];
        let mut facts: Vec<([&str; 2], Both)> = vec![
            (["会员", "Members"], plain(number(totals.members))),
            (["订单", "Orders"], plain(number(totals.orders))),
            (["会员消费总额", "Spent by members"], self.money_both(disclosure.spent)),
            (["会员收到现金", "Cash to members"], self.money_both(disclosure.cash)),
            (["现金已回本的会员", "Money back in cash"], plain(number(summary.recovered))),
        ];
        if self.has_pool() {
            let pool: [([&str; 2], Both); 3] = [
                (["积分今天全部卖出的净额", "All points sold today, net"], self.money_both(disclosure.held)),
                (["盈利池现有", "In the pool"], self.money_both(totals.pool)),
                (["达到上限被清出", "Sold out at the cap"], plain(number(totals.exits))),
            ];
            facts.splice(4..4, pool);
        } else if let Some(income) = &disclosure.income {
            let commissions =
                (["佣金和分红", "Commissions and dividends"], self.money_both(income.commissions));
            let earners = (["得到佣金的会员", "Members who earned any"], plain(number(income.earners)));
            let undistributed =
                (["没有发出的佣金", "Commissions nobody got"], self.money_both(summary.undistributed));
            facts.splice(4..4, [commissions, earners, undistributed]);
        }
        self.sheet.numbers(facts);
    }

    fn hundred(&mut self) {
        let summary = self.summary;
        self.heading("钱去了哪里", "Where the money went");
        self.push("<div class=\"charts\">\n");
        self.chart("hundred");
        self.push("<div class=\"side\">\n");
        let mut facts = Vec::new();
        for part in &summary.disclosure.hundred {
            if !part.amount.is_zero() {
                facts.push((both(|lang| leg_text(part.leg, lang).to_owned()), self.money_both(part.amount)));
            }
        }
        self.facts(facts);
        if !self.has_pool() {
            self.push("</div></div>\n");
            return;
        }
        self.paragraph(both(|lang| {
            let injected = summary.totals.injected;
            let outside = match injected.is_zero() {
                true => {
                    lang.pick(["没有外部资金注入。".to_owned(), "No outside money was injected.".to_owned()])
                }
                false => {
                    let injected = self.money(injected, lang);
                    lang.pick([
                        format!("另有外部资金 {injected} 注入盈利池，单独列示，不算会员的钱。"),
                        format!(
                            "Besides, {injected} of outside money was put into the pool; it is counted apart."
                        ),
                    ])
                }
            };
            lang.pick([
                "积分的钱全部出自盈利池，盈利池的钱全部出自订单。".to_owned() + &outside,
                "All money for points comes out of the pool, and the pool is filled by orders. ".to_owned()
                    + &outside,
            ])
        }));
        self.push("</div></div>\n");
    }

    fn outcomes(&mut self) {
        let outcomes = &self.summary.disclosure.outcomes;
        self.heading("会员拿回了多少", "What members got back");
        self.push("<div class=\"charts\">\n");
        self.chart("outcomes");
        self.push("<div class=\"side\">\n");
        let counted = |count: &Count| {
            both(|lang| {
                let (members, share) = (number(count.members), percent(count.share_ppm));
                lang.pick([format!("{members} 人（{share}）"), format!("{members} ({share})")])
            })
        };
        let part = |ppm: u64| both(|_| percent(ppm));
        let words = |zh: &str, en: &str| [zh.to_owned(), en.to_owned()];
        self.facts(vec![
            (
                words("现金不少于消费（1 倍）", "In cash at least what they spent (1×)"),
                counted(&outcomes.in_cash[0]),
            ),
            (words("现金达到消费的 2 倍", "In cash at least twice"), counted(&outcomes.in_cash[1])),
            (words("现金达到消费的 3 倍", "In cash at least three times"), counted(&outcomes.in_cash[2])),
            (
                words("现金加积分净值不少于消费", "Cash and points together at least what they spent"),
                counted(&outcomes.at_least_one),
            ),
            (
                words("最差的十分之一最多拿回", "The worst tenth got back at most"),
                part(outcomes.spread.p10_ppm),
            ),
            (words("一半的会员最多拿回", "Half got back at most"), part(outcomes.spread.median_ppm)),
            (words("九成会员最多拿回", "Nine in ten got back at most"), part(outcomes.spread.p90_ppm)),
            (words("99% 的会员最多拿回", "99 in 100 got back at most"), part(outcomes.spread.p99_ppm)),
            (words("每人一票的平均", "Mean, each member counting once"), part(outcomes.spread.mean_ppm)),
        ]);
        self.paragraph(both(|lang| {
            lang.pick([
                "百分数是（已到手现金 + 积分今天全部卖出的净额）÷ 消费额。积分在卖出之前只是账面数字。".to_owned(),
                "Percentages are (cash received + what all points would bring today, net) ÷ spent. Until they are sold, \
                 points are numbers on paper."
                    .to_owned(),
            ])
        }));
        self.push("</div></div>\n");
    }

    /// DISC-6: who earns from other people's purchases, by rank and by mechanism.
    fn income(&mut self) {
        let summary = self.summary;
        let Some(income) = &summary.disclosure.income else { return };
        if income.commissions.is_zero() && income.ranks.len() < 2 && summary.plan.commission.is_none() {
            return;
        }
        self.heading("谁从别人的消费中得钱", "Who earns from other people's purchases");
        self.paragraph(both(|lang| {
            let amount = self.money(income.commissions, lang);
            let (earners, members) = (number(income.earners), number(summary.totals.members));
            let (share, top) = (percent(income.commissions_ppm), percent(income.top_percent_ppm));
            if income.commissions.is_zero() {
                return lang.pick([
                    format!("{members} 名会员中没有人得到佣金或分红。"),
                    format!("None of {members} members received a commission or a dividend."),
                ]);
            }
            lang.pick([
                format!(
                    "{members} 名会员中有 <strong>{earners} 人</strong>得到佣金或分红，一共 {amount}，占会员全部现金收入的 {share}；\
                     这些钱全部出自会员自己的订单，没有外来的钱。得到最多的 1% 的人拿走了其中的 <strong>{top}</strong>。"
                ),
                format!(
                    "Of {members} members <strong>{earners}</strong> received commissions or dividends, {amount} in all, {share} of \
                     all cash members received; all of it comes out of members' own orders, nothing from outside. The 1 % who earned most took \
                     <strong>{top}</strong> of it."
                ),
            ])
        }));
        self.ranks(&income.ranks);
        self.mechanisms();
    }

    fn ranks(&mut self, ranks: &[RankIncome]) {
        if self.summary.plan.ranks.is_empty() {
            return;
        }
        let columns = [
            ["级别", "Rank"],
            ["会员", "Members"],
            ["消费", "Spent"],
            ["已收到现金", "Cash received"],
            ["其中佣金和分红", "Of it commissions"],
            ["人均佣金", "Commissions each"],
            ["现金回本人数", "Money back in cash"],
        ];
        let rows = ranks.iter().map(|rank| {
            let plan = rank.rank.and_then(|rank| self.summary.plan.ranks.get(rank));
            let name = plan.map_or_else(
                || ["无级别".to_owned(), "None".to_owned()],
                |rank| [escape(&rank.name.zh), escape(&rank.name.en)],
            );
            let each = rank.commissions.as_u128() / u128::from(rank.members.max(1));
            let each = Money::from_wide(each).unwrap_or(Money::ZERO);
            let amounts =
                [rank.spent, rank.cash, rank.commissions, each].map(|amount| self.money_both(amount));
            let mut row = vec![name, both(|_| number(rank.members))];
            row.extend(amounts);
            row.push(both(|_| number(rank.recovered)));
            row
        });
        let rows = rows.collect();
        self.table(&columns, rows);
    }

    /// Commissions by kind and by distance from the buyer.
    fn mechanisms(&mut self) {
        let summary = self.summary;
        if summary.commissions.is_empty() {
            return;
        }
        let columns = [
            ["奖励", "Commission"],
            ["第几代", "Generations away"],
            ["金额", "Amount"],
            ["每百元消费", "Of 100 spent"],
        ];
        let mut rows: Vec<(Both, String, Money)> = Vec::new();
        for (kind, generation, amount) in &summary.commissions {
            let name = kind_words(*kind).map(str::to_owned);
            // Far away the parts are small and many: one line for all of them.
            let far = match *generation {
                0 => "–".to_owned(),
                DISTANCES_SHOWN.. => format!("≥ {DISTANCES_SHOWN}"),
                generation => generation.to_string(),
            };
            match rows.last_mut() {
                Some((last, at, sum)) if *last == name && *at == far => {
                    *sum = sum.checked_add(*amount).unwrap_or(*sum);
                }
                Some(_) | None => rows.push((name, far, *amount)),
            }
        }
        let nobody = ["没有人得到（未分配）".to_owned(), "Nobody (undistributed)".to_owned()];
        rows.push((nobody, "–".to_owned(), summary.undistributed));
        let rows = rows.into_iter().map(|(name, far, amount)| {
            let ppm =
                (amount.as_u128() * 1_000_000).checked_div(summary.disclosure.spent.as_u128()).unwrap_or(0);
            let of_hundred = text::times(u64::try_from(ppm).unwrap_or(u64::MAX).saturating_mul(100));
            vec![name, both(|_| far.clone()), self.money_both(amount), both(|_| of_hundred.clone())]
        });
        let rows = rows.collect();
        self.table(&columns, rows);
    }

    /// What was granted to be released, and what that takes.
    fn release(&mut self) {
        let summary = self.summary;
        let Some(release) = &summary.plan.release else { return };
        self.heading("尚未释放的绿色积分", "Release points not released yet");
        self.paragraph(both(|lang| {
            let locked = text::points(summary.release_locked);
            let share = summary.plan.split.funds.get(release.fund).map_or(Rate::ZERO, |fund| fund.share);
            let (rate, grant) = (release.rate, release.grant_ratio);
            let unit = self.unit(lang);
            lang.pick([
                format!(
                    "会员手里还有 <strong>{locked}</strong> 绿色积分锁定着。本回测假设没有人做每日任务，所以一分也没有释放。\
                     即使天天做任务，每天也只释放原始数量的 {rate}；每消费 100 {unit}授予其 {grant}，而用来兑付的基金只收进 {share}。"
                ),
                format!(
                    "Members hold <strong>{locked}</strong> release points, locked. This backtest assumes that nobody does the daily \
                     task, so nothing was released. With the task done every day {rate} of the original is released a day; {grant} of what \
                     is spent is granted, and the fund that pays it takes in {share}."
                ),
            ])
        }));
    }

    /// Opens a table that scrolls on a phone.
    fn table(&mut self, columns: &[[&str; 2]], rows: Vec<Vec<Both>>) {
        self.sheet.table(columns.iter().map(|names| names.map(str::to_owned)).collect(), rows);
    }

    fn cohorts(&mut self) {
        let disclosure = &self.summary.disclosure;
        self.heading("加入得早与加入得晚", "Early and late members");
        self.push("<div class=\"charts\">\n");
        self.chart("cohorts");
        self.push("<div class=\"side\">\n");
        self.paragraph(both(|lang| {
            lang.pick([
                "“今天全部卖出”是按当前池与积分总数同时卖出、扣除回流后的净额。".to_owned(),
                "“Sold today” is what the points bring if all are sold at the present pool and supply, net of retention."
                    .to_owned(),
            ])
        }));
        self.paragraph(both(|lang| {
            let first = disclosure.cohorts.iter().find(|cohort| cohort.buyers > 0);
            let last = disclosure.cohorts.iter().rfind(|cohort| cohort.buyers > 0);
            let (Some(first), Some(last)) = (first, last) else { return String::new() };
            let (early, late) = (percent(first.spread.median_ppm), percent(last.spread.median_ppm));
            lang.pick([
                format!("最早加入的月份 {} 的中位会员拿回消费额的 {early}，最晚的 {} 是 {late}。", first.month, last.month),
                format!(
                    "The member in the middle of the first month, {}, got back {early} of what it spent; of the last \
                     month, {}, {late}.",
                    first.month, last.month
                ),
            ])
        }));
        self.push("</div></div>\n");
        let columns = [
            ["加入月份", "Joined in"],
            ["会员", "Members"],
            ["消费", "Spent"],
            ["已收到现金", "Cash received"],
            ["今天全部卖出", "Sold today"],
            ["合计占消费", "Together, of spend"],
            ["中位数", "Median"],
            ["现金回本人数", "Money back in cash"],
        ];
        let rows = disclosure.cohorts.iter().map(|cohort| {
            let together = cohort.cash.as_u128() + cohort.held.as_u128();
            let share = (together * 1_000_000).checked_div(cohort.spent.as_u128());
            let share =
                share.map_or_else(|| "–".to_owned(), |ppm| percent(u64::try_from(ppm).unwrap_or(u64::MAX)));
            let mut row = vec![both(|_| escape(&cohort.month)), both(|_| number(cohort.members))];
            row.extend([cohort.spent, cohort.cash, cohort.held].map(|amount| self.money_both(amount)));
            row.push(both(|_| share.clone()));
            row.push(both(|_| percent(cohort.spread.median_ppm)));
            row.push(both(|_| number(cohort.recovered)));
            row
        });
        let rows = rows.collect();
        self.table(&columns, rows);
    }

    fn inequality(&mut self) {
        let disclosure = &self.summary.disclosure;
        if !self.has_chart("lorenz") {
            return;
        }
        self.heading("谁拿得多，谁拿得少", "Who has how much");
        self.push("<div class=\"charts\">\n");
        self.chart("lorenz");
        self.push("<div class=\"side\">\n");
        let (cash, value) = (&disclosure.cash_inequality, &disclosure.value_inequality);
        self.paragraph(both(|lang| {
            let members = number(value.top_percent_members);
            let (cash_share, value_share) = (percent(cash.top_percent_ppm), percent(value.top_percent_ppm));
            if disclosure.cash.is_zero() {
                return lang.pick([
                    format!("还没有会员收到现金。积分最值钱的 1%（{members} 人）占全部积分净值的 {value_share}。"),
                    format!(
                        "No member has received cash yet. The 1 % whose points are worth most ({members} members) have \
                         {value_share} of what all points are worth."
                    ),
                ]);
            }
            lang.pick([
                format!(
                    "收到现金最多的 1%（{members} 人）拿走了全部现金的 {cash_share}；\
                     现金加积分净值最多的 1% 占合计的 {value_share}。"
                ),
                format!(
                    "The 1 % who received most cash ({members} members) took {cash_share} of it all; the 1 % with most \
                     cash and points together have {value_share} of both."
                ),
            ])
        }));
        let mut facts = vec![(
            ["基尼系数：现金加积分净值".to_owned(), "Gini coefficient of cash and points".to_owned()],
            both(|_| fraction(value.gini_ppm)),
        )];
        if !disclosure.cash.is_zero() {
            let words = ["基尼系数：现金".to_owned(), "Gini coefficient of cash".to_owned()];
            facts.insert(0, (words, both(|_| fraction(cash.gini_ppm))));
        }
        self.facts(facts);
        self.paragraph(both(|lang| {
            lang.pick([
                "基尼系数 0 表示人人一样多，接近 1 表示几乎全归一人。消费多的人积分也多，所以不相等不全是机制造成的；".to_owned()
                    + "加入早晚造成的差别见上一节。",
                "A Gini coefficient of 0 means that all have the same, close to 1 that one has nearly everything. Who \
                 spends more has more points, so not all inequality comes from the mechanism; what comes from joining \
                 early or late is shown above."
                    .to_owned(),
            ])
        }));
        self.push("</div></div>\n");
    }

    fn price(&mut self) {
        if !self.has_chart("price") {
            return;
        }
        let summary = self.summary;
        self.heading("报价与能拿到的钱", "The quoted price and the money");
        self.element("div class=\"note\"", both(|lang| {
            let price = unsplit(&summary.price, summary.currency());
            let price = price.get(..price.len().saturating_sub(8)).unwrap_or(&price).to_owned();
            let unit = self.unit(lang);
            lang.pick([
                format!(
                    "报价现在是每积分 {price} {unit}。报价按规则只升不降，<strong>这与会员能否拿回消费额无关</strong>：\
                     报价越高，同样的消费换到的积分越少。另一张图才是会员能拿到的钱。"
                ),
                format!(
                    "The quoted price is now {price} {unit} a point. By its construction it only rises; <strong>that \
                     says nothing of whether members get their money back</strong>: the higher it is, the fewer points \
                     the same purchase brings. The other chart shows the money a member can really get."
                ),
            ])
        }));
        self.push("<div class=\"charts\">\n");
        self.chart("price");
        self.chart("value-now");
        self.push("</div>\n");
        self.paragraph(both(|lang| {
            let unit = self.unit(lang);
            lang.pick([
                format!(
                    "第二张图假设某一时刻消费 100 {unit}、此后不再买卖，按当时的报价得到积分，今天按净值卖出；\
                     达到上限的按上限计。"
                ),
                format!(
                    "The second chart assumes one purchase of 100 {unit} at that time and nothing since: points at the \
                     price quoted then, sold today, net; who reached the cap got the cap."
                ),
            ])
        }));
    }

    fn bounds(&mut self) {
        let conservation = &self.summary.disclosure.conservation;
        self.heading("谁也绕不过的上限", "Limits that nobody gets round");
        self.paragraph(both(|lang| {
            let (paid, money_in) = (self.money(conservation.payable, lang), self.money(conservation.money_in, lang));
            lang.pick([
                format!("付给会员的钱不会多于放进盈利池的钱。会员一共消费 {money_in}，其中最多 {paid} 能经积分回到会员手里。"),
                format!(
                    "Members can be paid no more than was put into the pool. Of the {money_in} they spent, at most {paid} \
                     can come back to members through points."
                ),
            ])
        }));
        let reach = conservation.reach_at_most;
        let reached = |count: Count| {
            both(|lang| {
                let (members, share) = (number(count.members), percent(count.share_ppm));
                lang.pick([format!("{members} 人（{share}）"), format!("{members} ({share})")])
            })
        };
        let words = |zh: &str, en: &str| [zh.to_owned(), en.to_owned()];
        self.facts(vec![
            (
                words("全体会员平均已拿回（含积分净值）", "Members together have, points included"),
                both(|_| percent(conservation.mean_ppm)),
            ),
            (
                words("通过积分，平均最多", "Through points, on average at most"),
                both(|_| percent(conservation.mean_bound_ppm)),
            ),
            (
                words(
                    "若全部佣金和基金也付给会员，平均最多",
                    "If all commissions and funds went to members too, at most",
                ),
                both(|_| percent(conservation.mean_bound_with_bonuses_ppm)),
            ),
            (
                words("最多可能有多少人现金回本（1 倍）", "Most members who could ever have 1× in cash"),
                reached(reach[0]),
            ),
            (words("最多可能有多少人达到 2 倍", "Most who could ever have 2×"), reached(reach[1])),
            (words("最多可能有多少人达到 3 倍", "Most who could ever have 3×"), reached(reach[2])),
        ]);
        self.paragraph(both(|lang| {
            lang.pick([
                "最后三行是把所有的钱都给消费最少的人时的极限：那时其余会员一分钱也拿不到。".to_owned(),
                "The last three lines are the extreme in which all money goes to those who spent least; everybody else \
                 would then get nothing."
                    .to_owned(),
            ])
        }));
    }

    fn distance(&mut self) {
        let Some(distance) = self.summary.break_even else { return };
        self.heading("最新的会员离回本还有多远", "How far the newest member is from its money");
        self.paragraph(both(|lang| {
            let (spent, value, contribution) = (
                self.money(distance.spent, lang),
                self.money(distance.value, lang),
                self.money(distance.contribution, lang),
            );
            let shown = |orders: Option<u64>| match orders {
                Some(orders) => number(orders),
                None => lang.pick(["无法达到", "never"]).to_owned(),
            };
            let (played, formula) = (shown(distance.simulated), shown(distance.closed_form));
            let orders = number(self.summary.totals.orders);
            let step = distance.orders_per_step;
            let exact = match step {
                1 => lang.pick(["（逐笔推演，精确）".to_owned(), " (order by order, exact)".to_owned()]),
                _ => lang.pick([
                    format!("（每 {} 笔合并推演，略微偏多）", number(step)),
                    format!(" (played {} orders at a time, slightly too many)", number(step)),
                ]),
            };
            lang.pick([
                format!(
                    "最后加入且持有积分的会员消费了 {spent}，积分现在净值 {value}。如果此后没有人卖出，\
                     每笔订单都像至今的平均订单一样向盈利池放入 {contribution}，还需要 <strong>{played}</strong> 笔订单{exact}，\
                     他的积分净值才等于消费额；按公式约 {formula} 笔。至今一共只有 {orders} 笔。"
                ),
                format!(
                    "The last member to join who holds points spent {spent}; its points are worth {value} net. If nobody \
                     sold and every further order put {contribution} into the pool, as the average one has so far, it would take \
                     <strong>{played}</strong> further orders{exact} until its points are worth what it spent; by the \
                     formula about {formula}. So far there have been {orders} in all."
                ),
            ])
        }));
    }

    fn sell_now(&mut self) {
        let summary = self.summary;
        if summary.plan.pool.is_none() {
            return;
        }
        self.heading("如果现在所有人都卖出", "If everybody sold now");
        self.paragraph(both(|lang| {
            let (pool, held, residue) = (
                self.money(summary.totals.pool, lang),
                self.money(summary.disclosure.held, lang),
                self.money(summary.disclosure.sold_now_residue, lang),
            );
            lang.pick([
                format!(
                    "池里有 {pool}。所有会员按同一价格同时卖出，扣除回流后一共得到 {held}；\
                     剩下的 {residue} 没有会员能拿到（回流、计划自有的积分和尾差）。每个月份的会员各得多少，见“加入得早与加入得晚”一节的表。"
                ),
                format!(
                    "The pool holds {pool}. If all members sold at one price, they would get {held} in all after retention; the \
                     remaining {residue} is out of every member's reach (retention, points the programme owns itself, \
                     rounding). What each month's members would \
                     get stands in the table under “Early and late members”."
                ),
            ])
        }));
    }

    fn payouts(&mut self) {
        let summary = self.summary;
        let (payouts, totals) = (&summary.disclosure.payouts, &summary.totals);
        if summary.plan.pool.is_none() {
            return;
        }
        self.heading("付出去的钱是谁的", "Whose money was paid out");
        let words = |zh: &str, en: &str| [zh.to_owned(), en.to_owned()];
        let from_others = both(|lang| {
            let (amount, share) = (self.money(payouts.from_others, lang), percent(payouts.from_others_ppm));
            lang.pick([format!("{amount}（{share}）"), format!("{amount} ({share})")])
        });
        self.facts(vec![
            (words("因卖出和清出付给会员", "Paid to members for points"), self.money_both(totals.paid_out)),
            (
                words(
                    "其中至少来自其他会员后来的订单",
                    "Of all cash, at least this came from later orders of others",
                ),
                from_others,
            ),
            (words("卖出时留在池中的回流", "Kept as retention"), self.money_both(totals.retained)),
            (
                words("实际回流比例", "Retention in fact paid"),
                both(|_| percent(payouts.effective_retention_ppm)),
            ),
            (
                words("已放进池中、今天没有会员能拿到的钱", "In the pool, out of every member's reach today"),
                self.money_both(payouts.breakage),
            ),
            (words("池中剩余账户", "Pool residual"), self.money_both(totals.residual)),
        ]);
    }

    fn words(&mut self) {
        self.heading("这些词的意思", "What the words mean");
        self.sheet.words(&[
            (
                ["消费 (DISC-1)", "Spent (DISC-1)"],
                [
                    "会员订单的商品现金金额合计，减去退款；未结算的也算。",
                    "What a member paid in cash for goods, less refunds; orders not settled yet count too.",
                ],
            ),
            (
                ["收到现金 (DISC-1)", "Cash received (DISC-1)"],
                [
                    "积分卖出、清出、返还和奖金记入会员钱包的钱。退款不算。",
                    "Money credited to the member's wallets for points sold, cap exits, rebates and bonuses. Refunds do not count.",
                ],
            ),
            (
                ["积分净值 (DISC-1, POOL-3)", "Net value of points (DISC-1, POOL-3)"],
                [
                    "此刻一次卖出全部积分能拿到的钱：积分 × 池 ÷ 积分总数，向下取整，再减去向上取整的回流。",
                    "What selling all points at once would pay now: points × pool ÷ supply, rounded down, less retention, rounded up.",
                ],
            ),
            (
                ["中位数与分位数 (DISC-1)", "Median and percentiles (DISC-1)"],
                [
                    "按最近秩法取值，不插值。只计消费额大于零的会员。",
                    "By nearest rank, without interpolation, of members who spent more than nothing.",
                ],
            ),
            (
                ["上限 (DISC-2)", "Limits (DISC-2)"],
                [
                    "可付总额 = 已入池金额 − 从池中退回的金额 + 外部注入 + 未结算订单的入池份额。平均上限 = 可付总额 ÷ 消费总额。可能达到 k 倍的最多人数：把消费从小到大排，前 n 人消费之和 × k 不超过可付总额的最大 n。",
                    "Payable = contributions − what refunds took back out of the pool + injections + the pool share of unsettled orders. Bound on the mean = payable ÷ spent. Most members at k×: the largest n such that the n smallest spends, times k, are at most payable.",
                ],
            ),
            (
                ["回本距离 (DISC-3)", "Break-even distance (DISC-3)"],
                [
                    "此后只有等额订单、无人卖出时，积分净值升到消费额所需的订单数。公式：(B/c)·(G^(1/(1−m)) − 1)，B 为池，c 为每单入池，m 为铸分比例，G 为所需的涨幅。",
                    "Orders until the net value reaches the spend, if only equal orders follow and nobody sells. Formula: (B/c)·(G^(1/(1−m)) − 1) with the pool B, the contribution c of an order, the mint ratio m and the growth G that is needed.",
                ],
            ),
            (
                [
                    "佣金与分红 (DISC-6, COMM-1 – COMM-5)",
                    "Commissions and dividends (DISC-6, COMM-1 to COMM-5)",
                ],
                [
                    "一笔订单结算时，从它的佣金份额中付给上级、级别和区域代理的钱，以及付给股东的分红。除了给自己地址作代理的人，没有人从自己的订单得到佣金。",
                    "Money paid at an order's settlement out of its commission share to uplines, ranks and regional agents, and dividends to shareholders. Nobody earns from its own order but an agent of its own address.",
                ],
            ),
            (
                ["来自其他会员后来的订单 (DISC-5, POOL-5)", "From later orders of others (DISC-5, POOL-5)"],
                [
                    "会员收到的现金超过他自己订单入池金额的部分，逐人相加。一个人单独行动拿不到比自己放进去更多的钱，所以这部分必定是别人的。",
                    "For each member the cash above what its own orders put into the pool, added up. Alone, nobody can take out more than they put in, so this is other people's money.",
                ],
            ),
        ]);
    }

    fn sources(&mut self) {
        let summary = self.summary;
        self.heading("数据与假设", "Data and assumptions");
        let words = |zh: &str, en: &str| [zh.to_owned(), en.to_owned()];
        let plain = |value: String| [value.clone(), value];
        let selling = summary.assumptions.selling;
        let selling_text = both(|lang| match selling {
            Selling::Never => lang.pick(["没有人主动卖出", "nobody sells by themselves"]).to_owned(),
            Selling::AtMultiple(_) | Selling::Random(_) => {
                let shown = escape(&selling.to_string());
                lang.pick([
                    format!(
                        "<code>{shown}</code>，种子 {}，共卖出 {} 次",
                        summary.assumptions.seed,
                        number(summary.sales)
                    ),
                    format!(
                        "<code>{shown}</code>, seed {}, {} sales",
                        summary.assumptions.seed,
                        number(summary.sales)
                    ),
                ])
            }
        });
        let days = summary.plan.settlement.after_sale_days;
        let mut facts = vec![
            (words("订单文件", "Order file"), plain(self.file())),
            (words("订单", "Orders"), plain(number(summary.totals.orders))),
            (words("退款", "Refunds"), plain(number(summary.refunds))),
            (
                words("跳过的行（不是会员的订单）", "Rows skipped (no orders of members)"),
                plain(number(summary.skipped)),
            ),
            (words("会员何时卖出（假设）", "When members sell (assumed)"), selling_text),
            (words("收货后多少天结算", "Days from receipt to settlement"), plain(number(u64::from(days)))),
            (
                words("最终状态摘要", "Digest of the final state"),
                plain(format!("<code>{}</code>", escape(&summary.digest))),
            ),
        ];
        if summary.bad_rows > 0 {
            let rows = plain(number(summary.bad_rows));
            facts.insert(4, (words("按要求略过的错误行", "Malformed rows left out on request"), rows));
        }
        if !summary.voided.is_empty() {
            let rows = plain(number(summary.voided.len() as u64));
            facts.insert(
                4,
                (words("作废的推荐人（订单照算）", "Inviters that are void (their orders count)"), rows),
            );
        }
        if summary.orders_of_several_rows > 0 {
            let orders = plain(number(summary.orders_of_several_rows));
            facts.insert(2, (words("其中有几行的订单", "Of these, orders of several rows"), orders));
        }
        self.push("<div class=\"sources\">");
        self.facts(facts);
        self.push("</div>\n");
        let [zh, en] = [true, false].map(|in_chinese| summary.left_out_lines(in_chinese));
        for (zh, en) in zh.into_iter().zip(en) {
            self.paragraph([escape(&zh), escape(&en)]);
        }
        if summary.skipped > 0 {
            self.paragraph(words(
                "跳过的行全部在 skipped.csv 里。",
                "All rows that were skipped are in skipped.csv.",
            ));
        }
        let title = words("运行所用的计划全文", "The plan that was run, in full");
        self.sheet.details(title, &escape(&summary.plan.source));
    }

    fn foot(self) -> String {
        let sandbox = self.is_sandbox();
        let last = both(|lang| {
            let mark = match sandbox {
                true => lang.pick(["沙盒结果，模拟资金。", "Sandbox result, play money. "]),
                false => "",
            };
            let rest = lang.pick([
                "由 Ratchet 按计划逐分计算；本页只陈述这批订单的结果，不是对未来的承诺，也不是法律意见。",
                "Computed by Ratchet to the last fen as the plan says. This page states what came of these orders; it \
                 promises nothing of the future and is no legal opinion.",
            ]);
            format!("{mark}{rest}")
        });
        self.sheet.end(last, sandbox)
    }
}
