//! What can be wrong with the JSON of a command: the table of its messages (ERR-1).

use crate::amount::DecimalError;
use crate::message::List;
use crate::messages;

messages! {
    /// Why a line is no command, or one that cannot be asked for.
    #[derive(Debug)]
    pub enum CommandFault<'a> {
        Value "command.value" { field: &'a str, text: &'a str, error: DecimalError }
            "{field}: \"{text}\" is {error}"
            "{field}：\"{text}\" 有误：{error}";
        TypeNear "command.type_near" { name: &'a str, nearest: &'a str }
            "unknown command type \"{name}\"; nearest known: \"{nearest}\""
            "不认识的命令类型 \"{name}\"；最接近的是 \"{nearest}\"";
        Needs "command.needs_terms" {}
            "order.place needs member and lines"
            "`order.place` 需要 `member` 和 `lines`";
        Method "command.method" { text: &'a str }
            "method: \"{text}\" is neither \"rebate\" nor \"inject\""
            "`method`：\"{text}\" 既不是 \"rebate\" 也不是 \"inject\"";
        Either "command.either" { one: &'a str, other: &'a str }
            "state either {one} or {other}"
            "{one} 与 {other} 要写且只写一个";
        RefundLine "command.refund_line" {}
            "a line of a refund states either amount or pieces"
            "退款的每一行要写且只写 `amount` 与 `pieces` 之一";
        Restock "command.restock" {}
            "restock: state how many pieces have come back"
            "`restock`：请写明退回了多少件";
        Choice "command.choice" { field: &'a str, text: &'a str, options: List }
            "{field}: \"{text}\" is none of {options}"
            "{field}：\"{text}\" 不在 {options} 之中";
        Region "command.region" { field: &'a str, text: &'a str }
            "{field}: \"{text}\" is not a six-digit GB/T 2260 code"
            "{field}：\"{text}\" 不是六位 GB/T 2260 行政区划代码";
        Currency "command.currency" { text: &'a str }
            "currency: \"{text}\" is not three capital letters"
            "`currency`：\"{text}\" 不是三个大写字母";
        Missing "command.missing" { field: &'a str }
            "{field} is missing"
            "缺少 {field}";
        LinesMissing "command.lines_missing" {} "lines are missing" "缺少 `lines`";
        Lines "command.lines" { most: usize, count: usize }
            "lines: an order has 1 to {most} lines, not {count}"
            "`lines`：一笔订单有 1 到 {most} 行，这里是 {count} 行";
        Coupons "command.coupons" { most: usize }
            "coupons: an order uses at most {most}"
            "`coupons`：一笔订单最多用 {most} 张券";
        DrawEntries "draw.entries" { most: usize }
            "a draw has at most {most} entries"
            "一次抽签最多有 {most} 个参与项";
        Commitments "command.commitments" { most: usize, count: usize }
            "commitments: one command has 1 to {most}, not {count}"
            "`commitments`：一条命令有 1 到 {most} 个，这里是 {count} 个";
    }
}
