//! What can be wrong with files, scenarios, forks and options: the tables of their messages (ERR-1).

use ratchet_engine::amount::{DecimalError, RateError};
use ratchet_engine::engine::Hindrance;
use ratchet_engine::id::IdError;
use ratchet_engine::message::{List, Message, Quoted, System, Tell, Word};
use ratchet_engine::messages;
use ratchet_engine::plan::PlanErrors;
use ratchet_engine::rejection::Rejection;

/// What a text file is called in messages.
pub mod file {
    use super::Word;

    /// A plan.
    pub const PLAN: Word = Word::new("plan", "plan", "计划");
    /// A scenario.
    pub const SCENARIO: Word = Word::new("scenario", "scenario", "场景");
    /// A rule pack.
    pub const RULES: Word = Word::new("rules", "rule pack", "规则包");
    /// Any other.
    pub const FILE: Word = Word::new("file", "file", "文件");
}

/// Why a state cannot live on under a plan, each reason on a line of its own.
#[derive(Debug)]
pub struct Hindrances(pub Vec<Hindrance>);

impl Tell for Hindrances {
    fn en(&self) -> String {
        self.0.iter().map(|found| format!("\n  {}", found.en())).collect()
    }

    fn zh(&self) -> String {
        self.0.iter().map(|found| format!("\n  {}", found.zh())).collect()
    }

    fn json(&self) -> serde_json::Value {
        self.0.iter().map(|found| found.key.as_str()).collect()
    }
}

messages! {
    /// Why something named on the command line cannot be read, written or used.
    #[derive(Debug)]
    pub enum FileFault<'a> {
        Errors "file.errors" { errors: PlanErrors } "{errors}" "{errors}";
        NotUtf8 "file.not_utf8" { file: &'a str, line: usize, what: Word }
            "{file}:{line}: this line is not UTF-8; save the {what} as UTF-8 and try again"
            "{file}:{line}：这一行不是 UTF-8 编码；请将{what}存为 UTF-8 后再试";
        NotUtf8Column "file.not_utf8_at" { file: &'a str, line: u64, column: usize }
            "{file}:{line}:{column}: not UTF-8; save the file as UTF-8 and try again"
            "{file}:{line}:{column}：不是 UTF-8 编码；请将文件存为 UTF-8 后再试";
        TextNotUtf8 "file.text_not_utf8" { what: Word }
            "{what}: the text is not UTF-8"
            "{what}：文本不是 UTF-8 编码";
        NotSent "file.not_sent" { path: &'a str }
            "{path}: was not sent along"
            "{path}：没有一并送来";
        LineTooLong "file.line_too_long" { file: &'a str, line: u64, most: u64 }
            "{file}:{line}: the line is longer than {most} bytes"
            "{file}:{line}：这一行超过 {most} 字节";
        Unreadable "file.unreadable" { file: String, error: System<'a> }
            "cannot read {file}: {error}; check the name and its permissions"
            "无法读取 {file}：{error}；请检查文件名和权限";
        ReadFailed "file.read_failed" { file: &'a str, error: System<'a> }
            "cannot read {file}: {error}"
            "无法读取 {file}：{error}";
        LoadFailed "file.load_failed" { file: String, error: System<'a> }
            "{file}: {error}"
            "{file}：{error}";
        LoadTooLarge "file.load_too_large" { file: String, most: u64 }
            "{file}: larger than {most} bytes"
            "{file}：大于 {most} 字节";
        Folder "file.is_a_folder" { file: String }
            "{file} is a folder; name a file in it"
            "{file} 是一个文件夹；请写其中某个文件的名称";
        NoToml "file.no_rule_pack" { folder: String }
            "{folder} holds no .toml; name a rule pack"
            "{folder} 中没有 `.toml` 文件；请写规则包的名称";
        NoPackFor "rules.no_pack_for" { code: &'a str, known: List }
            "there is no rule pack for {code}; there are packs for {known}, and --rules adds others"
            "没有 {code} 的规则包；现有 {known} 的规则包，可用 `--rules` 加入其他";
        RefusedLive "gate.refused_live" { plan: &'a str }
            "{plan}: refused as live. `ratchet check {plan}` says why and what to change; set mode = \"sandbox\" to try it with play money"
            "{plan}：不予实盘运行。`ratchet check {plan}` 会说明原因和要改什么；把 `mode` 设为 \"sandbox\" 可用模拟资金试运行";
        RefusedLiveBy "gate.refused_live_by" { plan: &'a str, rules: List }
            "{plan}: refused as live by {rules}. `ratchet check {plan}` says why and what to change; set mode = \"sandbox\" to try it with play money"
            "{plan}：依 {rules} 不予实盘运行。`ratchet check {plan}` 会说明原因和要改什么；把 `mode` 设为 \"sandbox\" 可用模拟资金试运行";
        AfterSaleDays "options.after_sale_days" {}
            "--after-sale-days cannot be put into this plan; write after_sale_days on a line of its own under [settlement]"
            "`--after-sale-days` 无法写入这份计划；请在 [settlement] 下单独一行写 `after_sale_days`";
        CannotWrite "file.cannot_write" { file: String, error: System<'a> }
            "cannot write {file}: {error}"
            "无法写入 {file}：{error}";
        NothingWritten "file.nothing_written" { error: System<'a> }
            "cannot write: {error}; nothing was written"
            "无法写入：{error}；没有写出任何内容";
        WriteFailed "file.write_failed" { error: System<'a> }
            "cannot write: {error}"
            "无法写入：{error}";
        WriteElsewhere "file.write_elsewhere" { file: String, error: System<'a> }
            "cannot write {file}: {error}; choose another place"
            "无法写入 {file}：{error}；请换一个位置";
        WriteInto "file.write_into" { folder: String, error: System<'a> }
            "cannot write into {folder}: {error}; choose another place"
            "无法写入文件夹 {folder}：{error}；请换一个位置";
        NotEmpty "file.folder_not_empty" { folder: String }
            "{folder} is not empty; name a new folder"
            "{folder} 不是空的；请写一个新文件夹";
        NoFolder "file.no_folder" { file: String, folder: String }
            "cannot write {file}: there is no folder {folder}; create it first"
            "无法写入 {file}：没有文件夹 {folder}；请先建立";
        Taken "file.folder_taken" { folder: String, holds: String }
            "{folder}: the folder holds \"{holds}\", which no backtest wrote; name a new or empty folder"
            "{folder}：文件夹中有 \"{holds}\"，不是回测写出的；请写一个新的或空的文件夹";
        NotAFolder "file.not_a_folder" { file: String }
            "{file}: is not a folder"
            "{file}：不是文件夹";
        NotWritten "file.not_written" { file: String, error: System<'a> }
            "{file}: cannot be written: {error}"
            "{file}：无法写入：{error}";
        PresetsOnly "study.presets_only" { path: &'a str }
            "{path}: the study uses presets only"
            "{path}：这项研究只使用自带的计划";
        OtherStudy "study.other" { file: String }
            "{file} holds runs of another scenario, plan or seed; choose another --out, or remove it to begin anew"
            "{file} 中是另一场景、计划或种子的运行结果；请换一个 `--out`，或删去它重新开始";
        CannotUse "file.cannot_use" { file: String, error: System<'a> }
            "cannot use {file}: {error}"
            "无法使用 {file}：{error}";

        Orders "generate.orders" { count: u64, most: u64 }
            "orders: {count} is not 1 to {most}"
            "订单数：{count} 不在 1 到 {most} 之间";
        Members "generate.members" { most: u64 }
            "members: not 1 to {most}, the number of orders"
            "会员数：应在 1 到订单数 {most} 之间";
        Days "generate.days" { days: u32, most: u32 }
            "days: {days} is not 1 to {most}"
            "天数：{days} 不在 1 到 {most} 之间";
        Start "generate.start" {}
            "start: outside 1970-01-02 to 9999"
            "开始日：应在 1970-01-02 到 9999 年之间";
        Rates "generate.rates" {} "rates: more than 100%" "比例：超过 100%";

        Multiple "options.multiple" { text: &'a str }
            "at-multiple={text}: the multiple must be more than 0, at most 1000"
            "`at-multiple`={text}：倍数应大于 0，最多 1000";
        MultipleForm "options.multiple_form" { text: &'a str, error: DecimalError }
            "at-multiple={text}: {error}"
            "`at-multiple`={text}：{error}";
        Random "options.random" { rate: String }
            "random={rate}: more than 100%"
            "`random`={rate}：超过 100%";
        RandomForm "options.random_form" { text: &'a str, error: RateError }
            "random={text}: {error}"
            "`random`={text}：{error}";
        Selling "options.selling" { text: &'a str }
            "\"{text}\" is none of never, at-multiple=1.5, random=3%"
            "\"{text}\" 不是 `never`、`at-multiple=1.5` 或 `random=3%`";

        Refused "backtest.refused" { command: &'a str, refusal: Rejection, code: &'a str }
            "{command} was refused: {refusal} ({code})"
            "`{command}` 被拒绝：{refusal}（{code}）";
        RefusedAt "backtest.refused_at" { line: u32, command: &'a str, refusal: Rejection, code: &'a str }
            "line {line} of the orders: {command} was refused: {refusal} ({code})"
            "订单文件第 {line} 行：`{command}` 被拒绝：{refusal}（{code}）";
        NotInOrder "backtest.not_in_order" {}
            "the file cannot be run as it comes; read it whole"
            "文件不能边读边运行；请整个读入";
        NeverSettles "backtest.never_settles" { times: u32 }
            "not settled after time advanced {times} times past the last order"
            "最后一笔订单之后时间推进了 {times} 次仍未结算完";
        Within "file.within" { file: &'a str, error: Message }
            "{file}: {error}"
            "{file}：{error}";
    }
}

messages! {
    /// What is wrong with a scenario, or with what a study or a fork is asked for.
    #[derive(Debug)]
    pub enum ScenarioFault<'a> {
        Start "scenario.start" { found: Quoted<'a> }
            "start must be a day such as \"2026-01-01\", found {found}"
            "`start` 应为日期，例如 \"2026-01-01\"，却是 {found}";
        OneValue "scenario.one_value" { key: Quoted<'a> }
            "{key} takes one value"
            "{key} 只能有一个值";
        NoPlan "scenario.no_plan" {}
            "plan lists no plan; name one such as \"value-growth\""
            "`plan` 没有列出计划；请写一个，例如 \"value-growth\"";
        PlanUnknown "scenario.plan_unknown" { plan: Quoted<'a>, presets: List }
            "there is no plan {plan}; name a file that ends in .toml, or one of {presets}"
            "没有计划 {plan}；请写以 `.toml` 结尾的文件，或 {presets} 之一";
        PlanUnreadable "scenario.plan_unreadable" { plan: Quoted<'a>, reason: Message }
            "the plan {plan} cannot be read: {reason}"
            "计划 {plan} 无法读取：{reason}";
        NotUtf8 "scenario.not_utf8" {} "it is not UTF-8" "不是 UTF-8 编码";
        PlanWrong "scenario.plan_wrong" { plan: Quoted<'a>, errors: PlanErrors }
            "the plan {plan} is wrong: {errors}"
            "计划 {plan} 有误：{errors}";
        Setting "scenario.setting" { key: Quoted<'a>, reason: Message }
            "{key}: {reason}"
            "{key}：{reason}";
        SettingInside "scenario.setting_inside" { key: &'a str }
            "{key} cannot be set: its section is written inside another value; write it on lines of its own"
            "{key} 无法设置：它的小节写在另一个值里面；请把这一小节单独成行";
        Live "scenario.live" { plan: Quoted<'a> }
            "{plan} is a live plan; only sandbox plans are simulated"
            "{plan} 是实盘计划；只模拟沙盒计划";
        Unlike "scenario.unlike" {}
            "plans that are compared must have the same currency and the same utc_offset or time_zone"
            "相比较的计划要有相同的货币，以及相同的 `utc_offset` 或 `time_zone`";
        TwoNamed "scenario.two_named" { plan: Quoted<'a> }
            "two plans are named {plan}; give their files different names"
            "有两份计划都叫 {plan}；请给文件起不同的名称";
        Decimal "scenario.decimal" { key: &'a str, low: String, high: String, decimals: u32, found: &'a str }
            "{key} must be a number from {low} to {high} with at most {decimals} decimals, such as \"1.5\", found {found}"
            "{key} 应为 {low} 到 {high} 的数字，最多 {decimals} 位小数，例如 \"1.5\"，却是 {found}";
        Amount "scenario.amount" { key: &'a str, most: String }
            "{key} must be more than zero and at most {most}"
            "{key} 应大于零，且不超过 {most}";
        NoWeight "scenario.no_weight" {}
            "all weights are zero; give at least one kind a weight above 0"
            "所有权重都是零；请至少给一类大于 0 的权重";
        Arrivals "scenario.arrivals" { kind: &'a str, key: &'a str }
            "arrivals of kind \"{kind}\" do not use {key}; remove the line"
            "\"{kind}\" 类的到来不使用 {key}；请删去这一行";
        Members "scenario.members" { most: u64 }
            "more than {most} members would come; lower daily, rate or days"
            "到来的会员会超过 {most} 人；请降低 `daily`、`rate` 或 `days`";
        SmallestLargest "scenario.smallest_largest" {}
            "smallest is more than largest; no order would fit"
            "`smallest` 大于 `largest`；没有订单符合";
        OrdersUnreadable "scenario.orders_unreadable" { file: Quoted<'a>, reason: Message }
            "the orders {file} cannot be read: {reason}"
            "订单文件 {file} 无法读取：{reason}";
        FraudShares "scenario.fraud_shares" {}
            "the shares of [fraud] add up to more than 100%"
            "[fraud] 的份额合计超过 100%";
        DayAfter "scenario.day_after" { day: u32, last: u32 }
            "day {day} is after the last day, {last}"
            "第 {day} 天在最后一天（第 {last} 天）之后";
        Source "scenario.source" { error: IdError }
            "source: {error}"
            "`source`：{error}";
        FailureWithdrawing "scenario.failure_withdrawing" {}
            "a pool that is taken takes what was not withdrawn; say with [withdrawing] who withdraws, and how often"
            "底池被卷走时，未提现的钱也一同损失；请用 [withdrawing] 写明谁提现、多久提一次";
        FailureWindDown "scenario.failure_wind_down" {}
            "a programme whose money is gone cannot end in order; leave out [failure] or [wind_down]"
            "钱已经没了的项目无法有序清盘；请去掉 [failure] 或 [wind_down]";
        TwoValues "scenario.two_values" { key: Quoted<'a> }
            "{key} needs a list of at least two values"
            "{key} 需要至少两个值的列表";
        Range "scenario.range" { key: Quoted<'a>, first: &'a str, last: &'a str }
            "{key} runs between two numbers of the same form; found {first} and {last}"
            "{key} 应在两个同样写法的数之间变化；却是 {first} 和 {last}";
        Parameters "scenario.parameters" { most: usize }
            "there are more than {most} parameters"
            "参数超过 {most} 个";
        GridPoints "scenario.grid_points" {}
            "a grid has as many points as it has combinations; remove points"
            "网格的点数就是组合数；请删去 `points`";
        GridTooLarge "scenario.grid_too_large" { points: u64, most: u32 }
            "the grid has {points} points, more than {most}"
            "网格有 {points} 个点，超过 {most} 个";
        Morris "scenario.morris" { steps: u32 }
            "a walk of Morris has {steps} points, one more than there are parameters; ask for at least so many"
            "莫里斯法的一条路径有 {steps} 个点，比参数多一个；请至少要求这么多";

        NoStudy "study.no_study" { file: &'a str }
            "{file}: the scenario has no [study]; add one with parameters"
            "{file}：场景中没有 [study]；请加上它并写明参数";
        Point "study.point" { point: &'a str, error: Message }
            "{point}: {error}"
            "{point}：{error}";

        NoChange "fork.no_change" { change: &'a str }
            "\"{change}\" is no change; write KEY=VALUE, such as plan.pool.retention=10%"
            "\"{change}\" 不是一项改变；请写成 键=值，例如 `plan.pool.retention=10%`";
        Change "fork.change" { change: &'a str, error: Message }
            "--set {change}: {error}"
            "`--set` {change}：{error}";
        Nobody "fork.nobody" { file: &'a str, at: String }
            "{file}: nobody had joined by the end of {at}; fork at a later date"
            "{file}：到 {at} 结束时还没有人加入；请选更晚的日期";
        DaysDiffer "fork.days_differ" { change: &'a str }
            "--set {change}: every case lasts the same number of days; leave scenario.days as it is"
            "`--set` {change}：各种情形的天数要相同；请不要改 `scenario.days`";
        CannotLive "fork.cannot_live" { change: &'a str, reasons: Hindrances }
            "--set {change}: the state cannot live on under this plan (SIM-28):{reasons}"
            "`--set` {change}：现有状态无法按这份计划继续（SIM-28）：{reasons}";
        TooManyCases "fork.too_many" { most: usize }
            "at most {most} changes can be compared at a time"
            "一次最多比较 {most} 项改变";
        AfterEnd "fork.after_end" { file: &'a str, last: String, at: String }
            "{file} ends on {last}: what was the state on {at} it does not say; fork at {last} or earlier"
            "{file} 到 {last} 为止：它没有 {at} 的状态；请在 {last} 或更早分叉";
        HasSet "fork.has_set" { scenario: &'a str }
            "{scenario}: it has [set], which changes the plans it names; in a fork the plan is the journal's. Take [set] out and ask for each setting with --set plan.KEY=VALUE"
            "{scenario}：其中有 [set]，会改动它写明的计划；分叉用的是日志的计划。请去掉 [set]，各项改动用 `--set plan.KEY=VALUE` 提出";
        HasFailure "fork.has_failure" { scenario: &'a str }
            "{scenario}: it has [failure]; a fork compares what members have, and cannot say what a stolen pool leaves of it. Take [failure] out"
            "{scenario}：其中有 [failure]；分叉比较会员手中的所得，无法说明底池被卷走后还剩多少。请去掉 [failure]";
    }
}
