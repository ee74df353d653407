//! What can be wrong with a rule pack, a predicate or a file of opinions: the table of its messages (ERR-1).

use crate::message::{List, Word};
use crate::messages;

messages! {
    /// What is wrong with a pack of rules or with the opinions about them.
    #[derive(Debug)]
    pub enum RuleFault<'a> {
        PackTooLarge "rules.pack_too_large" { most: usize }
            "the file is larger than {most} bytes; is this a rule pack?"
            "文件大于 {most} 字节；这是规则包吗？";
        Jurisdiction "rules.jurisdiction" {}
            "a jurisdiction is written in capital letters, such as \"CN\""
            "法域要写大写字母，例如 \"CN\"";
        TooMany "rules.too_many" { most: usize }
            "there are more than {most} rules"
            "规则超过 {most} 条";
        Id "rules.id" { prefix: &'a str }
            "an id is made of capital letters, digits and -, and begins with {prefix}"
            "规则编号由大写字母、数字和 - 组成，并以 {prefix} 开头";
        IdTaken "rules.id_taken" { rule: &'a str }
            "there is a rule {rule} already; ids are permanent and no pack replaces another's rule"
            "已有规则 {rule}；编号永久有效，任何规则包都不能替换别的规则包的规则";
        Ends "rules.ends_before" {}
            "the rule ends before it begins"
            "规则的结束日早于开始日";
        NoLicence "rules.no_licence" {}
            "this is no licence; those of docs/reference/facts.md begin with lic."
            "这不是许可证；`docs/reference/facts.md` 中的许可证以 `lic.` 开头";
        LicenceNamed "rules.licence_named" {}
            "a rule with severity = \"needs_licence\" names its licence, and no other rule does"
            "`severity` 为 \"needs_licence\" 的规则要写明许可证，其他规则不能写";
        Evidence "rules.evidence" {}
            "evidence = \"D\" is for basis = \"project_policy\" only"
            "`evidence` 为 \"D\" 只能用于 `basis` 为 \"project_policy\" 的规则";
        BothLanguages "rules.both_languages" { name: &'a str }
            "{name} must say something in both languages"
            "{name} 的中文和英文都要有内容";
        FiredNothing "rules.fired_nothing" { pattern: &'a str }
            "fired('{pattern}') means no rule"
            "`fired('…')` 中的 {pattern} 没有对应的规则";
        FiredUnverified "rules.fired_unverified" { pattern: &'a str }
            "fired('{pattern}') asks for an unverified rule, which must not decide for this one"
            "`fired('…')` 中的 {pattern} 引用了未经核实的规则，它不能决定本规则";
        FiredCircle "rules.fired_circle" { rule: &'a str, most: usize }
            "{rule} asks with fired(…) for a rule that asks for it again, or through more than {most} rules"
            "{rule} 用 `fired(…)` 引用的规则又反过来引用它，或经过了 {most} 条以上的规则";
        Day "rules.day" {}
            "a date is written \"2026-01-31\""
            "日期要写成 \"2026-01-31\"";

        OpinionsTooLarge "opinions.too_large" { most: usize }
            "the file is larger than {most} bytes; is this a file of opinions?"
            "文件大于 {most} 字节；这是法律意见文件吗？";
        OpinionsTooMany "opinions.too_many" { most: usize }
            "there are more than {most} opinions"
            "法律意见超过 {most} 份";
        Signed "opinions.signed_by" {}
            "say who signed it, on one line"
            "请用一行写明由谁签署";
        Hash "opinions.hash" {}
            "write the SHA-256 as 64 digits 0-9 and a-f, as sha256sum prints it"
            "`SHA-256` 要写成 64 位 0-9 和 a-f，如 `sha256sum` 所显示";
        Covers "opinions.covers" {}
            "name the rules that it covers, such as [\"CN-REB-02\"]"
            "请写明它涵盖的规则，例如 [\"CN-REB-02\"]";

        TooLong "predicate.too_long" { most: usize }
            "the predicate is longer than {most} bytes; make two rules of it"
            "条件式超过 {most} 字节；请拆成两条规则";
        NoOpen "predicate.no_open" {}
            "there is no ( for this )"
            "这个 ) 没有对应的 (";
        Complete "predicate.complete" {}
            "the predicate is complete before this; join it with && or ||"
            "条件式到这里之前已经完整；请用 && 或 || 连接";
        NotClosed "predicate.not_closed" {}
            "this name is not closed; end it with '"
            "这个名称没有结束；请以 ' 结尾";
        And "predicate.and" {}
            "write && for \"and\""
            "“并且”要写 &&";
        Or "predicate.or" {}
            "write || for \"or\""
            "“或者”要写 ||";
        Equal "predicate.equal" {}
            "write == to compare"
            "比较要写 ==";
        SingleQuotes "predicate.single_quotes" {}
            "names stand in single quotes, such as 'wechat'"
            "名称要写在单引号里，例如 `'wechat'`";
        Control "predicate.control" {}
            "this control character does not belong in a predicate"
            "条件式中不能有控制字符";
        Character "predicate.character" { character: String }
            "{character} does not belong in a predicate; it is made of facts, numbers, 'names', ( ) ! && || and comparisons"
            "条件式中不能有 {character}；它由事实、数字、单引号中的名称、( ) ! && || 和比较组成";
        Rate "predicate.rate" { word: &'a str }
            "{word} is not a rate such as 30%, 300% or 3‰"
            "{word} 不是 30%、300% 或 3‰ 这样的比例";
        Whole "predicate.whole" { word: &'a str, most: u64 }
            "{word} is not a whole number up to {most}; a rate ends in % or ‰"
            "{word} 不是 {most} 以内的整数；比例要以 % 或 ‰ 结尾";
        Depth "predicate.depth" { most: usize }
            "more than {most} levels of ( and !; write it flatter"
            "( 与 ! 嵌套超过 {most} 层；请写得平一些";
        Parentheses "predicate.parentheses" {}
            "put the comparison after ! in parentheses"
            "! 后面的比较要放在括号里";
        Chain "predicate.chain" {}
            "compare two values at a time and join the comparisons with &&"
            "一次只能比较两个值；请用 && 连接各个比较";
        Ended "predicate.ended" {}
            "the predicate ends here; a fact or a value is missing"
            "条件式在这里结束；缺少事实或值";
        NoClose "predicate.no_close" {}
            "a ) is missing here"
            "这里缺少 )";
        NothingBefore "predicate.nothing_before" {}
            "a fact or a value is missing before this"
            "这之前缺少事实或值";
        Fired "predicate.fired" {}
            "write fired('CN-PYR-01'), or fired('CN-PYR-*') for any of these"
            "请写 `fired('CN-PYR-01')`，或用 `fired('CN-PYR-*')` 表示其中任一条";
        FiredId "predicate.fired_id" {}
            "this is no id of a rule; write fired('CN-PYR-01'), or fired('CN-PYR-*') for any of these"
            "这不是规则编号；请写 `fired('CN-PYR-01')`，或用 `fired('CN-PYR-*')` 表示其中任一条";
        NumberAlone "predicate.number_alone" { fact: &'a str }
            "{fact} is a number; compare it, such as {fact} > 0"
            "{fact} 是数字；请加以比较，例如 {fact} > 0";
        RateAlone "predicate.rate_alone" { fact: &'a str }
            "{fact} is a rate; compare it, such as {fact} > 0%"
            "{fact} 是比例；请加以比较，例如 {fact} > 0%";
        NameAlone "predicate.name_alone" { fact: &'a str, first: &'a str }
            "{fact} is a name; compare it, such as {fact} == '{first}'"
            "{fact} 是名称；请加以比较，例如 {fact} == '{first}'";
        ValueAlone "predicate.value_alone" {}
            "a value alone is neither true nor false; compare it with a fact"
            "单独一个值无所谓真假；请与事实比较";
        TwoNames "predicate.two_names" {}
            "two names are compared; one side must be a fact"
            "这里比较的是两个名称；其中一边应为事实";
        Truths "predicate.truths" {}
            "what is true or false is not compared; join it with && or ||"
            "真假之间不作比较；请用 && 或 || 连接";
        TwoValues "predicate.two_values" {}
            "two fixed values are compared; one side must be a fact"
            "这里比较的是两个固定值；其中一边应为事实";
        Unlike "predicate.unlike" { left: Word, right: Word }
            "{left} is compared with {right}; both sides must be alike"
            "{left}与{right}作了比较；两边应为同类";
        NoOrder "predicate.no_order" {}
            "only numbers and rates have an order; use == or != here"
            "只有数字和比例有大小之分；这里请用 == 或 !=";
        Choice "predicate.choice" { fact: &'a str, options: List }
            "{fact} is one of {options}"
            "{fact} 应为 {options} 之一";
        ChoiceNear "predicate.choice_near" { fact: &'a str, options: List, nearest: &'a str }
            "{fact} is one of {options}; did you mean '{nearest}'?"
            "{fact} 应为 {options} 之一；是不是想写 '{nearest}'？";
        FactNear "predicate.fact_near" { fact: &'a str, nearest: &'a str }
            "there is no fact {fact}; did you mean {nearest}?"
            "没有 {fact} 这个事实；是不是想写 {nearest}？";
        FactUnknown "predicate.fact_unknown" { fact: &'a str }
            "there is no fact {fact}; they are listed in docs/reference/facts.md"
            "没有 {fact} 这个事实；全部事实列在 `docs/reference/facts.md`";
        FactOfGroup "predicate.fact_of_group" { fact: &'a str, group: &'a str, known: List }
            "there is no fact {fact}; those of {group} are {known}"
            "没有 {fact} 这个事实；{group} 组的事实有 {known}";
    }
}
