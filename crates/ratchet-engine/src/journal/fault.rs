//! What can be wrong with a journal: the table of its messages (ERR-1).

use crate::message::Message;
use crate::messages;
use crate::plan::PlanErrors;

messages! {
    /// Why a journal does not fit.
    #[derive(Debug)]
    pub enum JournalFault<'a> {
        NotALine "journal.not_a_line" {}
            "not a journal line: {{\"hash\":\"…\",\"body\":…}} is expected"
            "不是日志的一行：应为 `{{\"hash\":\"…\",\"body\":…}}`";
        LineHash "journal.line_hash" {}
            "its hash does not fit: this line was changed, or a line before it is missing, added or out of order"
            "哈希不符：这一行被改动，或它前面有行缺失、增加或次序错乱";
        RecordHash "journal.record_hash" {}
            "its hash does not fit: this record was changed, or a record before it is missing, added or out of order"
            "哈希不符：这条记录被改动，或它前面有记录缺失、增加或次序错乱";
        NotAnEntry "journal.not_an_entry" { error: Message }
            "the body is not an entry: {error}"
            "内容不是日志条目：{error}";
        Format "journal.format" { format: u64, known: u64 }
            "its format is {format}; this version reads up to {known}"
            "它的格式是 {format}；本版本最多读取到 {known}";
        Expected "journal.expected" { entry: u64 }
            "entry {entry} is expected here"
            "这里应为第 {entry} 条";
        Posting "journal.posting" { kind: &'a str, of: u32, amount: &'a str }
            "[\"{kind}\",{of},\"{amount}\"] is no posting"
            "[\"{kind}\",{of},\"{amount}\"] 不是分录";
        NoPlan "journal.no_plan" {} "the genesis holds no plan" "首条中没有计划";
        NoGenesis "journal.no_genesis" {}
            "the first entry must be the genesis"
            "第一条应为创建项目的首条";
        NoCommand "journal.no_command" {} "it holds no command" "其中没有命令";
        Command "journal.command" { error: Message }
            "its command is refused: {error}"
            "其中的命令被拒绝：{error}";
        CommandTime "journal.command_time" {}
            "its time is not that of its command"
            "它的时间与其中命令的时间不一致";
        NoDue "journal.no_due" {}
            "it does not say what was due"
            "没有写明是什么到期事务";
        Type "journal.type" { name: &'a str }
            "unknown type of entry \"{name}\""
            "不认识的条目类型 \"{name}\"";
        Unbalanced "journal.unbalanced" {}
            "its postings do not sum to zero for each asset (LEDGER-1): it was not written by Ratchet"
            "它的分录没有按每种资产合计为零（`LEDGER-1`）：这不是 `Ratchet` 写出的条目";
        Overdrawn "journal.overdrawn" { account: &'static str, of: u32 }
            "it takes more from {account} of number {of} than is there (WALLET-1): it was not written by Ratchet"
            "它从 `{account}`（编号 {of}）取走的多于现有（`WALLET-1`）：这不是 `Ratchet` 写出的条目";
        TooLarge "journal.too_large" { account: &'static str, of: u32 }
            "it makes {account} of number {of} larger than any programme can have: it was not written by Ratchet"
            "它使 `{account}`（编号 {of}）超过任何项目的上限：这不是 `Ratchet` 写出的条目";
        Impossible "journal.impossible" { broken: String }
            "it does not follow from the entries before it ({broken}): it was not written by Ratchet"
            "它不能由前面的条目得出（`{broken}`）：这不是 `Ratchet` 写出的条目";
        PriceFalls "journal.price_falls" {}
            "it makes the price fall (POOL-4): it was not written by Ratchet"
            "它使价格下降（`POOL-4`）：这不是 `Ratchet` 写出的条目";
        Plan "journal.plan" { errors: PlanErrors }
            "the plan in it is refused: {errors}"
            "其中的计划被拒绝：{errors}";
        ZoneWithoutName "journal.zone_without_name" {}
            "it holds the rules of a zone and its plan names none"
            "其中有时区规则，而计划没有写时区";
        TimeBackwards "journal.time_backwards" {}
            "its time is before that of the entry before it"
            "它的时间早于前一条";
        Rules "journal.rules" { rules: u32, known: u32 }
            "it was decided by rules {rules}; this version knows rules up to {known}"
            "它按规则版本 {rules} 决定；本版本只认识到规则版本 {known}";
        SecondGenesis "journal.second_genesis" {} "a second genesis" "出现了第二个首条";
        GenesisDiffers "journal.genesis_differs" {}
            "the genesis does not follow from its plan"
            "首条与其计划不符";
        NotDue "journal.not_due" {}
            "no work was due then"
            "当时没有到期事务";
        KeyUsed "journal.key_used" { entry: u64 }
            "its key was used before, by entry {entry}"
            "它的幂等键已被第 {entry} 条使用";
        Refused "journal.refused" { code: &'a str, refusal: crate::rejection::Rejection }
            "deciding again refuses it: {code} ({refusal})"
            "重新判定时被拒绝：{code}（{refusal}）";
        DueMissing "journal.due_missing" { entry: u64 }
            "entry {entry} is missing: work was due"
            "缺少第 {entry} 条：当时有到期事务";
        Empty "journal.empty" {} "the journal is empty" "日志是空的";
        Invariant "journal.invariant" { violation: String }
            "the state breaks an invariant: {violation}"
            "状态违反了不变式：{violation}";
        StatesDiffer "journal.states_differ" {}
            "replay and audit lead to different states"
            "重放与重新判定得到的状态不同";
        NotOfSnapshot "journal.not_of_snapshot" {}
            "the snapshot was not kept here: another journal led to it, or it was kept amid a record"
            "快照不是在此处保存的：它来自另一份日志，或保存于一条记录中间";
        BeforeSnapshot "journal.before_snapshot" { next: u64 }
            "it ends before entry {next}, with which the snapshot goes on"
            "日志在快照接续的第 {next} 条之前就结束了";
        CauseDiffers "journal.cause_differs" { decided: String, recorded: String }
            "deciding again gives another result: {decided}, not {recorded}"
            "重新判定的结果不同：应为 {decided}，却记为 {recorded}";
        StepDiffers "journal.step_differs" { step: usize, decided: String, recorded: String }
            "deciding again gives another result in step {step}: {decided}, not {recorded}"
            "重新判定时第 {step} 步的结果不同：应为 {decided}，却记为 {recorded}";
        StepsDiffer "journal.steps_differ" { decided: usize, recorded: usize }
            "deciding again gives another result: {decided} steps, not {recorded}"
            "重新判定的结果不同：应为 {decided} 步，却记了 {recorded} 步";
        SandboxPass "journal.sandbox_pass" {}
            "a sandbox plan has no pass of the gate"
            "沙盒计划不应有准入凭证";
        NoPass "journal.no_pass" {}
            "the plan is live and the genesis holds no pass of the gate"
            "计划是实盘的，而首条中没有准入凭证";
        GateRefuses "journal.gate_refuses" {}
            "the gate does not let its plan pass"
            "准入检查不放行其中的计划";
        NumberUnknown "journal.number_unknown" { what: &'a str, number: usize }
            "there is no {what} {number}"
            "不存在 `{what}` {number}";
        AccountUnknown "journal.account_unknown" { account: &'a str, of: u32 }
            "there is no account {account} {of}"
            "不存在账户 {account} {of}";
        NotTheNext "journal.not_the_next" { what: &'a str, number: u32, next: usize }
            "{what} {number} would begin, and {next} is the next"
            "将新建 `{what}` {number}，而下一个应为 {next}";
        TermsNotOfPlan "journal.terms_not_of_plan" {}
            "its terms are not those of the plan that takes effect"
            "所记条款与生效的计划不符";
        DayNotBegun "journal.day_not_begun" {}
            "its local day has not begun"
            "它所属的本地日尚未开始";

        NotBinary "journal.not_binary" {} "not a binary journal" "不是二进制日志";
        CutOff "journal.cut_off" {}
            "the file ends within this record"
            "文件在这条记录中间结束";
        RecordTooLong "journal.record_too_long" { bytes: u64, most: u64 }
            "a record of {bytes} bytes; at most {most} are read"
            "这条记录有 {bytes} 字节；最多读取 {most} 字节";
        AfterClosing "journal.after_closing" {}
            "a record follows the closing one"
            "结尾记录之后还有记录";
        NoDescription "journal.no_description" {}
            "the first record must be the description of the types"
            "第一条记录应为类型描述";
        Damaged "journal.damaged" { error: String }
            "{error}"
            "这里的字节不合类型描述（解码器提示：{error}）";
        ClosingEntries "journal.closing_entries" {}
            "the closing record names another number of entries"
            "结尾记录中的条数不符";
        ClosingHead "journal.closing_head" {}
            "the closing record names another head"
            "结尾记录中的链头哈希不符";
        ClosingRoot "journal.closing_root" {}
            "the closing record names another root of the tree of entries"
            "结尾记录中的条目树根不符";
        ClosingMissing "journal.closing_missing" {}
            "the closing record is missing: the journal was cut off, or is still being written"
            "缺少结尾记录：日志被截断，或仍在写入";
        ClosingState "journal.closing_state" {}
            "the closing record names another state"
            "结尾记录中的状态摘要不符";
        ClosingTotals "journal.closing_totals" {}
            "the closing record names other totals"
            "结尾记录中的账户合计不符";
    }
}

impl crate::message::Tell for PlanErrors {
    fn en(&self) -> String {
        self.text(crate::message::Language::En)
    }

    fn zh(&self) -> String {
        self.text(crate::message::Language::Zh)
    }

    fn json(&self) -> serde_json::Value {
        self.to_json()
    }
}

impl crate::message::Tell for crate::rejection::Rejection {
    fn en(&self) -> String {
        self.to_string()
    }

    fn zh(&self) -> String {
        crate::rejection::Rejection::zh(*self).to_owned()
    }

    fn json(&self) -> serde_json::Value {
        self.code().into()
    }
}
