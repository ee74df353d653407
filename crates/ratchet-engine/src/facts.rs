//! The dictionary of facts that rules ask for (LINT-2d): which there are, what values they have, who tells them.
//!
//! A fact is *derived* from the plan's numbers, *observed* in a running programme, or *declared* in `[facts]` by
//! somebody who is named with the evidence. Nobody can declare what is derived or observed.

use crate::message::Word;

/// What stands for "at any depth" in `ref.paid_depth`.
pub const ANY_DEPTH: i64 = 1_000;

/// Largest whole number, so that it is exact in JSON too.
pub const WHOLE_MAX: i64 = 9_007_199_254_740_991;

/// What kind of value a fact has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// True or false.
    Switch,
    /// A whole number; money in minor units.
    Whole,
    /// A rate in parts per million; may be above 100 %.
    Rate,
    /// One of these names.
    Name(&'static [&'static str]),
    /// True while there is a record of the licence that is valid on the day of the check.
    Licence,
}

impl Kind {
    /// In words, for messages.
    pub fn words(self) -> Word {
        match self {
            Kind::Switch => Word::new("switch", "true or false", "真假"),
            Kind::Whole => Word::new("whole", "a whole number", "整数"),
            Kind::Rate => Word::new("rate", "a rate", "比例"),
            Kind::Name(_) => Word::new("name", "a name", "名称"),
            Kind::Licence => Word::new("licence", "a licence", "许可证"),
        }
    }
}

/// The value of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// True or false.
    Switch(bool),
    /// A whole number.
    Whole(i64),
    /// Parts per million.
    Rate(u64),
    /// One of the fact's names.
    Name(&'static str),
}

impl std::fmt::Display for Value {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::Switch(is) => write!(out, "{is}"),
            Value::Whole(whole) => write!(out, "{whole}"),
            Value::Rate(ppm) => {
                let text = format!("{}.{:04}", ppm / 10_000, ppm % 10_000);
                write!(out, "{}%", text.trim_end_matches('0').trim_end_matches('.'))
            }
            Value::Name(name) => write!(out, "'{name}'"),
        }
    }
}

/// Who tells a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It follows from the plan.
    Derived,
    /// It shows in a running programme, from its journal.
    Observed,
    /// Somebody says it in `[facts]`.
    Declared,
}

/// Something a rule may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fact {
    /// `group.name`.
    pub name: &'static str,
    /// What its values are.
    pub kind: Kind,
    /// Who tells it.
    pub origin: Origin,
    /// What it says, in Chinese.
    pub zh: &'static str,
    /// What it says, in English.
    pub en: &'static str,
}

const fn derived(name: &'static str, kind: Kind, zh: &'static str, en: &'static str) -> Fact {
    Fact { name, kind, origin: Origin::Derived, zh, en }
}

const fn observed(name: &'static str, kind: Kind, zh: &'static str, en: &'static str) -> Fact {
    Fact { name, kind, origin: Origin::Observed, zh, en }
}

const fn declared(name: &'static str, kind: Kind, zh: &'static str, en: &'static str) -> Fact {
    Fact { name, kind, origin: Origin::Declared, zh, en }
}

use Kind::{Licence, Name, Rate, Switch, Whole};

/// Every fact there is.
pub const FACTS: &[Fact] = &[
    // Who is paid for whom.
    derived(
        "ref.pays",
        Switch,
        "有人因为别人加入或消费而得到报酬",
        "somebody is paid because others join or buy",
    ),
    derived(
        "ref.paid_depth",
        Whole,
        "从买家往上数，最远第几层有人得到报酬",
        "how many steps above a buyer somebody is still paid",
    ),
    derived(
        "ref.paid_share",
        Rate,
        "一笔订单最多有多少比例付给上级",
        "the most of an order that goes to people above the buyer",
    ),
    derived("ref.per_head", Switch, "报酬随发展的人数增加", "pay grows with the number of people brought in"),
    derived(
        "ref.on_downline_sales",
        Switch,
        "报酬按下级的消费计算",
        "pay is computed on what the people below buy",
    ),
    derived("ref.team_volume", Switch, "报酬按团队业绩分配", "pay is shared out by the volume of a team"),
    derived(
        "ref.rank_by_team_volume",
        Switch,
        "决定报酬的级别取决于团队业绩",
        "ranks that decide about pay are won by team volume",
    ),
    derived(
        "ref.rank_by_headcount",
        Switch,
        "决定报酬的级别取决于发展了多少条线",
        "ranks that decide about pay require a number of lines brought in",
    ),
    derived("ref.peer_bonus", Switch, "有平级奖", "there is a bonus between people of the same rank"),
    derived("ref.area_agent", Switch, "区域代理从本区订单中提成", "agents of an area earn from its orders"),
    declared(
        "ref.recruits_salespeople",
        Switch,
        "招募人员在固定门店之外推销",
        "people are recruited to sell away from a fixed shop",
    ),
    declared(
        "ref.unrelated_to_retail",
        Switch,
        "报酬与卖给最终用户的商品无关",
        "pay is unrelated to sales to final users",
    ),
    observed(
        "ref.income_from_recruits",
        Rate,
        "会员收入中来自下级消费的比例",
        "the part of members' income that comes from purchases below them",
    ),
    // What it takes to take part.
    derived(
        "entry.gates_earning",
        Switch,
        "先买东西才能从别人的消费中得到报酬",
        "one must have bought to earn by others",
    ),
    derived(
        "entry.min_purchase",
        Whole,
        "取得资格至少要买多少（分）",
        "the least one must buy to qualify, in minor units",
    ),
    declared(
        "entry.fee",
        Whole,
        "加入时收取的费用（分），不论叫什么名目",
        "what is charged for joining, whatever it is called, in minor units",
    ),
    // How far it reaches.
    observed(
        "tree.levels",
        Whole,
        "推荐网络的层数，含组织者本人",
        "levels of the referral network, the organiser's own included",
    ),
    observed("tree.members", Whole, "会员人数", "how many members there are"),
    declared(
        "tree.visible_depth",
        Whole,
        "会员能看到下面几层的人",
        "how many levels below it a member can see",
    ),
    // Points.
    derived("pts.exist", Switch, "会员得到积分", "members get points"),
    derived("pts.cash_out", Switch, "积分可以变成现金", "points can be turned into cash"),
    derived("pts.price_moves", Switch, "积分的价格会变动", "the price of a point moves"),
    derived(
        "pts.from_later_orders",
        Switch,
        "兑付积分的钱出自别人的订单",
        "what pays for points comes out of other people's orders",
    ),
    derived(
        "pts.transferable",
        Switch,
        "积分可以从一个会员到另一个会员",
        "points can pass from one member to another",
    ),
    derived("pts.p2p_trade", Switch, "会员之间买卖积分", "members trade points with each other"),
    derived("pts.central_matching", Switch, "集中撮合积分交易", "offers of points are matched centrally"),
    derived(
        "pts.green_label",
        Switch,
        "名称中有“绿色积分”字样",
        "the name speaks of green points (绿色积分)",
    ),
    declared("pts.market_maker", Switch, "有做市商为积分报价", "a market maker quotes prices for points"),
    declared(
        "pts.on_chain",
        Switch,
        "积分用区块链、代币或类似技术发行",
        "points are issued as tokens or by similar technology",
    ),
    // Returns.
    derived(
        "ret.promised",
        Rate,
        "计划中写明的回报上限，占消费额的比例",
        "the return the plan holds out, as a share of what is spent",
    ),
    derived("ret.claims", Switch, "名称中承诺回报", "the name promises a return"),
    derived(
        "rebate.share",
        Rate,
        "消费额中最多返还多少给买家",
        "the most of what is spent that goes back to buyers",
    ),
    declared(
        "public.offer",
        Switch,
        "面向不特定的公众",
        "it is offered to the public, not to a closed group",
    ),
    observed(
        "report.money_in",
        Whole,
        "会员共消费多少（分）",
        "what members have spent in all, in minor units",
    ),
    observed(
        "report.payouts_from_later_orders",
        Rate,
        "付给会员的钱中出自别人订单的比例",
        "the part of payouts that came out of other people's orders",
    ),
    observed(
        "report.share_net_negative",
        Rate,
        "拿回少于消费额的买家比例",
        "the part of buyers who have less back than they spent",
    ),
    derived(
        "claims.exist",
        Switch,
        "旧平台的债权可以抵付货款，没有资金与之对应",
        "debts of an earlier platform pay for goods, with no money behind them",
    ),
    derived(
        "funding.outside",
        Switch,
        "出资人的钱可以进入盈利池或补贴买家",
        "investors' money can enter the pool or subsidise buyers",
    ),
    derived("equity.offered", Switch, "用积分或消费换取股份", "shares can be had for points or purchases"),
    // What is said in public.
    declared(
        "ads.guarantee",
        Switch,
        "宣传保证回报、保本或无风险",
        "advertising assures a return, the capital, or no risk",
    ),
    declared("ads.price_only_rises", Switch, "宣传只涨不跌", "advertising says that the price only rises"),
    declared(
        "ads.fundraising",
        Switch,
        "宣传增值、回购、返本、收益",
        "advertising speaks of appreciation, buy-back or yield",
    ),
    declared("ads.income_claims", Switch, "宣传参与者的收入", "advertising speaks of what participants earn"),
    declared(
        "ads.beneficiary_testimonials",
        Switch,
        "用受益者作推荐或证明",
        "people who profit are shown recommending it",
    ),
    declared(
        "ads.equity_promised",
        Switch,
        "宣传上市、原始股、配股",
        "advertising speaks of a listing or of shares",
    ),
    declared("ads.green_points", Switch, "宣传“绿色积分”", "advertising speaks of green points (绿色积分)"),
    declared(
        "ads.unverified_claims",
        Switch,
        "宣传中有无法证实的销量或评价",
        "advertising has sales or reviews that cannot be shown to be true",
    ),
    declared("ads.untrue", Switch, "宣传中有不实内容", "advertising says things that are not true"),
    declared(
        "ads.gift_terms_missing",
        Switch,
        "赠送未写明品种、数量和期限",
        "gifts are advertised without kind, number or period",
    ),
    declared("orders.fake", Switch, "组织或容许虚假交易", "fake orders are organised or tolerated"),
    // Prizes.
    derived(
        "prize.draw",
        Switch,
        "有抽奖、抽签或盲盒一类以偶然方式决定的结果",
        "something is decided by lot: a draw, a lottery group, a blind box",
    ),
    derived(
        "prize.top",
        Whole,
        "计划中最高奖的价值（分）：抽中者按此价购买的商品，或未中者的补偿",
        "the highest prize by the plan's numbers, in minor units: the price of what is drawn, or a consolation",
    ),
    declared(
        "prize.goods_top",
        Whole,
        "抽奖或盲盒中最贵商品的市价（分）",
        "the market price of the dearest goods that are drawn, in minor units",
    ),
    derived("box.sells", Switch, "出售盲盒", "blind boxes are sold"),
    derived(
        "box.min_age",
        Whole,
        "盲盒的最低购买年龄（BOX-1 使其为 8）",
        "the least age for blind boxes (BOX-1 makes it 8)",
    ),
    declared("box.odds_public", Switch, "盲盒的概率对外公布", "the odds of blind boxes are public"),
    declared(
        "prize.terms_public",
        Switch,
        "抽奖的规则和奖品事先公布",
        "terms and prizes of draws are public beforehand",
    ),
    declared(
        "prize.changed_after_start",
        Switch,
        "抽奖开始后改过规则",
        "terms of a draw are changed after it began",
    ),
    declared("prize.insider_wins", Switch, "内部人员中奖", "insiders win"),
    // Stored value and payments.
    derived("wallet.exists", Switch, "会员有可提现的余额", "members have balances that they can withdraw"),
    derived(
        "wallet.stored_value",
        Switch,
        "会员有只能在商城消费的余额",
        "members have balances that only buy goods in the mall",
    ),
    derived("wallet.pays_others", Switch, "余额可以付给其他会员", "balances pay other members"),
    derived(
        "wallet.nets_debts",
        Switch,
        "会员所欠从卖积分、出局、成交、退还与清盘所得中抵扣，提现前先扣（wallet.net_receivables）",
        "what a member owes is netted from sales, exits, fills, rebates and the end, and before withdrawals (wallet.net_receivables)",
    ),
    declared("wallet.interest", Switch, "余额计息或给收益", "balances earn interest or yield"),
    derived(
        "order.prepaid",
        Switch,
        "发货之前较长时间先付款",
        "money is taken well before goods are delivered",
    ),
    declared(
        "order.in_escrow",
        Switch,
        "预付的钱由银行或第三方监管",
        "money paid in advance is held by a bank or third party",
    ),
    declared("card.prepaid", Switch, "出售预付卡或充值", "prepaid cards or top-ups are sold"),
    declared(
        "card.scope",
        Name(&["single", "multi"]),
        "预付卡在一家（single）或多家（multi）使用",
        "prepaid cards are good at one firm (single) or several (multi)",
    ),
    declared("card.named", Switch, "预付卡记名", "prepaid cards are in a name"),
    declared("card.limit", Whole, "单张预付卡限额（分）", "the most on one prepaid card, in minor units"),
    derived("merchants.exist", Switch, "计划中有入驻商家", "the plan has merchants of its own"),
    declared(
        "merchants.independent",
        Switch,
        "有独立商家在平台销售",
        "independent merchants sell on the platform",
    ),
    declared("merchants.verified", Switch, "商家身份经过核验", "merchants' identity is verified"),
    // Licences.
    declared("lic.direct_selling", Licence, "直销经营许可", "licence for direct selling"),
    declared("lic.payment", Licence, "支付业务许可", "licence for payment services"),
    declared("lic.prepaid_filing", Licence, "单用途预付卡备案", "filing of single-purpose prepaid cards"),
    // The operator.
    declared(
        "operator.hosts_others",
        Switch,
        "为其他经营者提供本系统",
        "the system is provided to other operators",
    ),
    declared(
        "channel.kind",
        Name(&["own", "wechat", "other_platform", "offline"]),
        "主要渠道",
        "main channel",
    ),
    declared("channel.online", Switch, "在线销售", "goods are sold online"),
    declared(
        "returns.days",
        Whole,
        "无理由退货天数",
        "days within which goods can be returned without reason",
    ),
    declared(
        "goods.exempt_from_return",
        Switch,
        "商品依法不适用无理由退货",
        "the goods are exempt from returns by law",
    ),
    declared(
        "terms.unilateral_change",
        Switch,
        "条款允许单方改变规则或价格",
        "terms allow one side to change rules or prices",
    ),
    declared("terms.no_refund", Switch, "条款排除退款", "terms exclude refunds"),
    declared("minors.allowed", Switch, "接受未成年人为会员", "minors can be members"),
    declared("records.days", Whole, "交易记录保存天数", "days for which trade records are kept"),
    declared("tax.withholding", Switch, "依法代扣个人所得税", "income tax is withheld as the law has it"),
    declared(
        "tax.classification_signed",
        Switch,
        "税务机关或顾问已书面确定积分变现的性质",
        "the tax treatment of cash for points is settled in writing",
    ),
    declared(
        "tax.platform_reporting",
        Switch,
        "按季报送涉税信息",
        "tax data of sellers and promoters is reported each quarter",
    ),
    declared("pii.bank", Switch, "收集银行账户信息", "bank accounts are collected"),
    declared(
        "pii.separate_consent",
        Switch,
        "敏感信息取得单独同意",
        "sensitive data is collected with separate consent",
    ),
    declared(
        "pii.impact_assessment",
        Switch,
        "做过个人信息保护影响评估",
        "the effect on personal data has been assessed",
    ),
    declared("pii.deletion", Switch, "会员可以要求删除信息", "members can have their data deleted"),
    declared("pii.pricing_by_person", Switch, "自动按人定价", "prices are set automatically for each person"),
    declared("data.exported", Switch, "个人信息传到境外", "personal data leaves the country"),
    declared(
        "retail.share",
        Rate,
        "卖给非会员的比例",
        "the part of sales that goes to people who are not members",
    ),
    declared("retail.buyback", Switch, "回购存货", "stock is bought back"),
];

/// The fact of this name.
pub fn fact(name: &str) -> Option<&'static Fact> {
    FACTS.iter().find(|fact| fact.name == name)
}
