//! The advert's claims one by one: what it says, what was done, what came out, and what that makes of the claim.

use ratchet_engine::amount::{Currency, Money};

use super::Findings;
use crate::report::sheet::{Both, both};
use crate::report::text::{self, Lang, number};

/// What an experiment makes of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The arithmetic contradicts it.
    False,
    /// True as it is worded, and it does not mean what it suggests.
    Misleading,
    /// A slip of the pen that changes the numbers.
    Slip,
    /// As it says.
    Holds,
}

impl Verdict {
    /// In one word, for files.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::False => "false",
            Verdict::Misleading => "misleading",
            Verdict::Slip => "slip",
            Verdict::Holds => "holds",
        }
    }

    pub(super) fn words(self) -> [&'static str; 2] {
        match self {
            Verdict::False => ["不成立", "Does not hold"],
            Verdict::Misleading => ["字面成立，结论不成立", "True as worded, not as meant"],
            Verdict::Slip => ["写错了", "A slip"],
            Verdict::Holds => ["成立", "Holds"],
        }
    }
}

/// A claim with its experiment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Permanent name.
    pub id: &'static str,
    /// What the advert says, or makes people believe.
    pub says: [&'static str; 2],
    /// Whether it says so itself.
    pub is_literal: bool,
    /// What was done.
    pub experiment: [&'static str; 2],
    /// What came out, in a sentence or two.
    pub found: [String; 2],
    /// What that makes of it.
    pub verdict: Verdict,
    /// Charts that show it.
    pub charts: &'static [&'static str],
    /// Tables that hold it.
    pub tables: &'static [&'static str],
}

fn yuan(money: Money, lang: Lang) -> String {
    text::money(Currency::CNY, money, lang)
}

/// Of 100 spent.
fn of_hundred(ppm: u64) -> String {
    text::times(ppm * 100)
}

/// Every claim, the gravest first.
pub fn claims(found: &Findings) -> Vec<Claim> {
    let numbers = &found.numbers;
    let count = |name: &str| numbers.count(name);
    let money = |name: &str, lang| yuan(numbers.money(name), lang);
    let say = |say: &dyn Fn(Lang) -> [String; 2]| -> Both { both(|lang| lang.pick(say(lang))) };
    let people = |variant: &str, name: &str| count(&format!("people.{variant}.{name}"));
    vec![
        Claim {
            id: "free",
            says: ["几乎每个用户都能免费消费还赚钱", "Nearly every user consumes for free and earns"],
            is_literal: true,
            experiment: [
                "10 万人每人花 1,000 元买一次，计划按广告的数字，3 倍出局（另按 2 倍再做一次）。",
                "100,000 people buy once for 1,000 yuan each under the advert's numbers, with the exit at 3× (and once more at 2×).",
            ],
            found: say(&|lang| {
                let (exits, two) = (number(count("equal.3x.exits")), number(count("equal.2x.exits")));
                let middle = of_hundred(count("equal.3x.median_ppm"));
                let paid = money("equal.3x.paid_out", lang);
                let bound = of_hundred(count("equal.3x.bound_ppm"));
                [
                    format!(
                        "3 倍时 {exits} 人出局，2 倍时 {two} 人；此外没有一人现金回本。会员合计到手 {paid}。正中间的会员每消费 100 元拿回 {middle} 元（积分全部卖出）；全体合计通过积分最多 {bound} 元。"
                    ),
                    format!(
                        "{exits} exit at 3×, {two} at 2×; besides them nobody has its money back in cash. Members together received {paid}. The member in the middle has {middle} of every 100 yuan (all points sold); all together can have at most {bound} through points."
                    ),
                ]
            }),
            verdict: Verdict::False,
            charts: &["reached", "middle"],
            tables: &["reached", "exits"],
        },
        Claim {
            id: "bonuses",
            says: ["推荐越多，赚得越多", "The more you invite, the more you earn"],
            is_literal: false,
            experiment: [
                "一年增长，几乎人人被推荐；计划把 30% 分佣全部发出（直推 20%，间推 10%），加上盈利池的 30%。",
                "A year of growth in which nearly everybody was invited; the plan pays out its 30 % for commissions (20 % and 10 %) beside the pool's 30 %.",
            ],
            found: say(&|_| {
                let (bound, middle) =
                    (of_hundred(count("bonuses.bound_ppm")), of_hundred(count("bonuses.median_ppm")));
                let (top, got) = (
                    text::percent(count("bonuses.earners_top_ppm")),
                    text::percent(count("bonuses.recovered_ppm")),
                );
                let (earners, buyers) = (number(count("bonuses.earners")), number(count("bonuses.buyers")));
                [
                    format!(
                        "全体合计每消费 100 元最多拿回 {bound} 元，永远到不了 100。约 {buyers} 名买家中 {earners} 人得到过奖金，{top} 的奖金归得奖最多的 1%。{got} 的人现金回本；正中间的会员拿回 {middle} 元。"
                    ),
                    format!(
                        "All together can have at most {bound} of every 100 yuan, never 100. Of about {buyers} buyers {earners} earned any bonus, and {top} of the bonuses went to the 1 % who got most. {got} have their money back in cash; the member in the middle has {middle}."
                    ),
                ]
            }),
            verdict: Verdict::False,
            charts: &["bonuses"],
            tables: &["bonuses-days", "bonuses-end"],
        },
        Claim {
            id: "price",
            says: ["价格只涨不跌", "The price only ever rises"],
            is_literal: true,
            experiment: [
                "100 万笔相等的订单，没有人卖出或出局；每一单之后由引擎报价，并检查价格不降。",
                "A million equal orders, nobody sells or exits; the engine quotes after every order and checks that the price does not fall.",
            ],
            found: say(&|lang| {
                let doubled = text::times(count("curve.doubling_ppm"));
                let newest = money("curve.newest_net", lang);
                [
                    format!(
                        "报价确实不降：订单翻倍，价格变为 {doubled} 倍（订单数的 0.3 次方）。但最后一名买家立即卖出，1,000 元只得 {newest}，无论报价已经多高。报价上升不等于回本。"
                    ),
                    format!(
                        "The quoted price does not fall: when orders double it is multiplied by {doubled} (orders to the power of 0.3). But the newest buyer who sells at once gets {newest} of 1,000, however high the price is. A rising price says nothing of recovery."
                    ),
                ]
            }),
            verdict: Verdict::Misleading,
            charts: &["price-curve"],
            tables: &["price-curve"],
        },
        Claim {
            id: "wait",
            says: ["只要等待，积分就会翻倍、三倍", "Wait, and your points double and treble"],
            is_literal: false,
            experiment: [
                "同一次运行中跟踪第 1、2、5 … 5,000 名买家，记下各自积分达到 1、2、3 倍消费额时全部订单的序号。",
                "In the same run the buyers number 1, 2, 5, … 5,000 are followed until their points are worth 1, 2, 3 times what they spent.",
            ],
            found: say(&|_| {
                let of = |name: &str| number(count(&format!("distance.{name}_per_place")));
                let (one, net, three) = (of("paper_1x"), of("net_1x"), of("paper_3x"));
                let first = [1, 2, 3].map(|times| number(count(&format!("equal.first_at_{times}x"))));
                let [a, b, c] = first;
                [
                    format!(
                        "排第 k 的买家要等到全部订单约为 {one}·k 才账面回本，{net}·k 才能真正拿回（扣 20%），{three}·k 才到 3 倍。第一名买家在第 {a}、{b}、{c} 单达到 1、2、3 倍；第 1,000 名要等 {three} 千单。"
                    ),
                    format!(
                        "Buyer number k is at 1× on paper only when there are about {one}·k orders in all, has it in hand (less 20 %) at {net}·k, and 3× at {three}·k. The very first gets there at orders {a}, {b} and {c}; number 1,000 waits for {three} thousand orders to see 3×."
                    ),
                ]
            }),
            verdict: Verdict::Misleading,
            charts: &["break-even"],
            tables: &["break-even"],
        },
        Claim {
            id: "stop",
            says: ["人会越来越多，人人有份", "Ever more people come, and everybody gets a share"],
            is_literal: false,
            experiment: [
                "同一批人：增长（每 30 天多四成）一直继续，或从第 181 天起没有新人。",
                "The same people: growth (40 % more every 30 days) goes on, or nobody new comes from day 181 on.",
            ],
            found: say(&|lang| {
                let (growth, stop) =
                    (number(people("growth", "recovered")), number(people("stop", "recovered")));
                let (all, few) = (number(people("growth", "buyers")), number(people("stop", "buyers")));
                let middle = [people("growth", "median_ppm"), people("stop", "median_ppm")].map(of_hundred);
                let [with, without] = middle;
                let pool = money("people.stop.pool", lang);
                [
                    format!(
                        "即使一年里增长到约 {all} 名买家，现金回本的也只有 {growth} 人；停在约 {few} 名时是 {stop} 人。正中间的会员拿回 {with} 或 {without} 元（每 100 元）。停止之后价格几乎不动，盈利池 {pool} 躺在那里，谁也到不了出局价。"
                    ),
                    format!(
                        "Even if a year of growth brings about {all} buyers, {growth} of them have their money back in cash; when it stops at about {few} buyers, {stop} of them do. The member in the middle has {with} or {without} of 100 yuan. After the stop the price hardly moves and {pool} lie in the pool: nobody reaches the exit any more."
                    ),
                ]
            }),
            verdict: Verdict::False,
            charts: &["stop-members", "stop-recovered"],
            tables: &["people-days", "people-end"],
        },
        Claim {
            id: "panic",
            says: ["慢下来也没关系，价格照样涨", "A slow-down does no harm: the price rises all the same"],
            is_literal: false,
            experiment: [
                "从第 181 天起没有新人；两周新人不到最好时的一半时，七成的人开始陆续卖出。与无人恐慌的同一批人比较。",
                "Nobody new from day 181 on; once two weeks bring less than half of the best two weeks, seven in ten begin to sell. Compared with the same people without panic.",
            ],
            found: say(&|lang| {
                let since = |variant: &str| text::times(people(variant, "price_since_stop_ppm"));
                let (calm, panic) = (since("stop"), since("panic"));
                let (highest, left) =
                    (money("people.panic.pool_highest", lang), money("people.panic.pool", lang));
                let (sales, got) = (number(people("panic", "sales")), number(people("panic", "recovered")));
                let middle = of_hundred(people("panic", "median_ppm"));
                [
                    format!(
                        "恐慌中报价涨得最快：涨到停止时的 {panic} 倍（无人恐慌时 {calm} 倍），因为每次卖出都把 20% 留给没卖的人。同时盈利池从 {highest} 降到 {left}，{sales} 次卖出之后现金回本的只有 {got} 人，正中间的会员拿回 {middle} 元（每 100 元）。涨价正是有人离场的痕迹。"
                    ),
                    format!(
                        "In the panic the price rises fastest: to {panic} times that of the stop ({calm} without panic), because every sale leaves 20 % to those who stay. Meanwhile the pool falls from {highest} to {left}; after {sales} sales {got} members have their money back in cash, and the one in the middle has {middle} of 100 yuan. The rise is the trace of people leaving."
                    ),
                ]
            }),
            verdict: Verdict::Misleading,
            charts: &["stop-price", "stop-pool", "stop-cohorts"],
            tables: &["people-days", "people-end", "people-cohorts"],
        },
        Claim {
            id: "funding",
            says: ["融资进来，池子更厚，人人受益", "Funding makes the pool thicker and everybody better off"],
            is_literal: false,
            experiment: [
                "恐慌的同一批人，第 181 天有 100,000 元外部资金注入盈利池。",
                "The same people and panic, with 100,000 yuan of outside money put into the pool on day 181.",
            ],
            found: say(&|lang| {
                let of = |variant: &str, name: &str| of_hundred(people(variant, name));
                let (before, after) = (of("panic", "median_ppm"), of("panic-funded", "median_ppm"));
                let (low, high) = (of("panic", "bound_ppm"), of("panic-funded", "bound_ppm"));
                let got = [people("panic", "recovered"), people("panic-funded", "recovered")].map(number);
                let [few, more] = got;
                let more_cash = numbers
                    .money("people.panic-funded.cash")
                    .saturating_sub(numbers.money("people.panic.cash"));
                let more_cash = yuan(more_cash, lang);
                [
                    format!(
                        "正中间的会员从 {before} 变为 {after} 元（每 100 元），上限从 {low} 变为 {high}：多出来的正是别人送进来的钱。会员多到手 {more_cash}；现金回本的人从 {few} 变为 {more}。注资方的钱没有任何规则会还回来。"
                    ),
                    format!(
                        "The member in the middle goes from {before} to {after} of 100 yuan, the bound from {low} to {high}: the difference is what somebody else gave. {more_cash} more has reached members; {more} instead of {few} have their money back. No rule ever returns the money to those who put it in."
                    ),
                ]
            }),
            verdict: Verdict::Misleading,
            charts: &["funding"],
            tables: &["people-days", "people-end"],
        },
        Claim {
            id: "churn",
            says: [
                "卖出的人走了，后来的人接上，可以一直循环",
                "Those who sell leave, others follow, and it goes round for ever",
            ],
            is_literal: false,
            experiment: [
                "始终 100 人在内：每来一人买 1,000 元，最早的一人卖出全部积分离开，共 8,000 人。",
                "Always 100 members: as one comes and buys for 1,000 yuan, the oldest sells all its points and leaves; 8,000 leave in all.",
            ],
            found: say(&|lang| {
                let net = money("churn.net", lang);
                let splits = number(count("churn.splits"));
                [
                    format!(
                        "可以一直循环：离开的人平均每花 1,000 元拿回 {net}，正好是入池的份额，一分不多。报价一路上涨到积分须拆分 {splits} 次，每次一拆千。"
                    ),
                    format!(
                        "It does go round: those who leave have {net} of 1,000 on average, exactly the pool's share and not a fen more. The price grows so far that the units are split by a thousand {splits} times."
                    ),
                ]
            }),
            verdict: Verdict::Holds,
            charts: &["churn"],
            tables: &["churn"],
        },
        Claim {
            id: "three-percent",
            says: ["每天释放 3%，即 5,000 积分每天 15", "3 % are released a day, which is 15 of 5,000"],
            is_literal: true,
            experiment: [
                "5,000 积分，每天完成任务，分别按 3‰ 和 3% 释放。",
                "5,000 points, the task done every day, released at 3 ‰ and at 3 %.",
            ],
            found: say(&|lang| {
                let (permille, percent) =
                    (money("release.day_1_at_3_permille", lang), money("release.day_1_at_3_percent", lang));
                let (slow, fast) = (count("release.days_at_3_permille"), count("release.days_at_3_percent"));
                [
                    format!(
                        "每天 {permille} 是 3‰，要 {slow} 天释放完；3% 是每天 {percent}，{fast} 天释放完。"
                    ),
                    format!(
                        "{permille} a day are 3 ‰, and it takes {slow} days; 3 % would be {percent} a day, for {fast} days."
                    ),
                ]
            }),
            verdict: Verdict::Slip,
            charts: &["release"],
            tables: &["release"],
        },
        Claim {
            id: "emission",
            says: ["逐年减半，直到发完 1,000,000 枚", "Emission halves year by year until 1,000,000 are out"],
            is_literal: true,
            experiment: [
                "按 92,250、50,000、此后逐年减半，每天发行，共 40 年。",
                "92,250, then 50,000, then half each year; issued day by day for 40 years.",
            ],
            found: say(&|_| {
                let all = number(count("emission.all"));
                [
                    format!("40 年一共 {all} 枚，再等也不会更多：减半之和有极限。到不了 1,000,000 的两成。"),
                    format!(
                        "{all} in 40 years, and no more however long one waits: the halving series has a limit. It is less than a fifth of 1,000,000."
                    ),
                ]
            }),
            verdict: Verdict::False,
            charts: &["emission"],
            tables: &["emission"],
        },
        Claim {
            id: "signs",
            says: [
                "个人所得 = 个人释放 + 全网释放 …；价格 = 释放 + 发行",
                "Personal share = own released + network …; price = released + issued",
            ],
            is_literal: true,
            experiment: [
                "第一年的一天：一名会员释放 30，全网释放 12,000，会员份额为当天发行的 80%。",
                "A day of the first year: a member releases 30 and everybody together 12,000; 80 % of the day's emission are for members.",
            ],
            found: say(&|_| {
                let (share, price) =
                    (numbers.get("emission.share").exact(), numbers.get("signs.guide_price").exact());
                let all = numbers.get("emission.members_day").exact();
                [
                    format!(
                        "相除才有意义：该会员得 {share} 枚，指导价 {price} 元。若真相加，他一天得 12,030 枚，而当天全体会员一共只有 {all} 枚。两个加号都是除号。"
                    ),
                    format!(
                        "Only division makes sense: the member gets {share} points, and the guide price is {price} yuan. Added up it would get 12,030 points of a day on which all members together get {all}. Both plus signs are division signs."
                    ),
                ]
            }),
            verdict: Verdict::Slip,
            charts: &[],
            tables: &["numbers"],
        },
        Claim {
            id: "seventy",
            says: ["把利润的 70% 作为积分送给用户", "70 % of the profit is given as points"],
            is_literal: true,
            experiment: [
                "一笔 1,000 元的订单，按广告自己的数字。",
                "One order of 1,000 yuan under the advert's own numbers.",
            ],
            found: say(&|lang| {
                let (given, into) = (money("seventy.given", lang), money("seventy.contribution", lang));
                let profit = money("seventy.platform", lang);
                [
                    format!(
                        "给出的积分面值 {given}，是入池 {into} 的 70%，不是平台利润 {profit} 的 70%（那是 70 元）。入池的钱在订单里是顾客自己付的。"
                    ),
                    format!(
                        "The points given stand at {given}: 70 % of the {into} that the order put into the pool, and not of the platform's profit of {profit} (that would be 70). What goes into the pool was paid by the customer."
                    ),
                ]
            }),
            verdict: Verdict::False,
            charts: &["seventy"],
            tables: &["numbers"],
        },
        Claim {
            id: "compliant",
            says: ["合规，没有传销之忧", "Compliant, no pyramid worry"],
            is_literal: true,
            experiment: [
                "用随附的规则包按中国大陆、正式运行检查该计划（与 ratchet check --mode live 相同）。未声明的事实按最坏情况算。",
                "The plan is checked against the built-in rules for mainland China as live (the same as ratchet check --mode live). Facts nobody declared count as the worst case.",
            ],
            found: say(&|_| {
                let rules = number(count("gate.refusing"));
                let first: Vec<&str> =
                    found.mechanisms.refusing.iter().take(3).map(|rule| rule[0].as_str()).collect();
                let shown = first.join(", ");
                [
                    format!(
                        "规则关卡拒绝放行：{rules} 条规则挡住它，最重的是 {shown}。监管部门警示过的正是这种模式。“没有触发规则”也从来不等于“合法”。"
                    ),
                    format!(
                        "The rule gate refuses it: {rules} rules stand against it, the gravest {shown}. Authorities have warned of exactly this pattern. And “no rule fired” would never mean “legal”."
                    ),
                ]
            }),
            verdict: Verdict::False,
            charts: &[],
            tables: &["rules"],
        },
    ]
}
