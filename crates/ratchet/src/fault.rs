//! What the command line says of errors: the table of its messages (ERR-1).

use ratchet_engine::journal::JournalError;
use ratchet_engine::message::{List, Message};
use ratchet_engine::messages;
use ratchet_engine::snapshot::SnapshotError;

messages! {
    /// What is wrong with a command line, or why a task did not end.
    #[derive(Debug)]
    pub(crate) enum CliFault<'a> {
        OtherResult "cli.other_result" { digest: String, found: String, made_by: String, version: String }
            "the link says {digest} came of this, by version {made_by}; this version, {version}, finds {found}"
            "链接称结果为 {digest}（版本 {made_by}）；本版本 {version} 得到 {found}";
        UnknownArgument "cli.unknown_argument" { argument: &'a str }
            "unexpected argument '{argument}' found"
            "不认识的参数 '{argument}'";
        UnknownArgumentNear "cli.unknown_argument_near" { argument: &'a str, nearest: &'a str }
            "unexpected argument '{argument}' found; a similar argument exists: '{nearest}'"
            "不认识的参数 '{argument}'；是不是想写 '{nearest}'？";
        UnknownSubcommand "cli.unknown_subcommand" { subcommand: &'a str }
            "unrecognized subcommand '{subcommand}'"
            "不认识的子命令 '{subcommand}'";
        UnknownSubcommandNear "cli.unknown_subcommand_near" { subcommand: &'a str, nearest: &'a str }
            "unrecognized subcommand '{subcommand}'; a similar subcommand exists: '{nearest}'"
            "不认识的子命令 '{subcommand}'；是不是想写 '{nearest}'？";
        NoSubcommand "cli.no_subcommand" {}
            "a subcommand is required but none was given"
            "需要子命令，却没有写";
        MissingArguments "cli.missing_arguments" { arguments: List }
            "the following required arguments were not provided: {arguments}"
            "缺少必需的参数：{arguments}";
        NoValue "cli.no_value" { argument: &'a str }
            "a value is required for '{argument}' but none was supplied"
            "参数 '{argument}' 需要一个值，却没有写";
        NotPossible "cli.not_possible" { argument: &'a str, value: &'a str, possible: List }
            "invalid value '{value}' for '{argument}'; possible values: {possible}"
            "参数 '{argument}' 的值 '{value}' 无效；可选的值：{possible}";
        Value "cli.value" { argument: &'a str, value: &'a str, error: Message }
            "invalid value '{value}' for '{argument}': {error}"
            "参数 '{argument}' 的值 '{value}' 无效：{error}";
        SettingsUnread "cli.settings_unread" { path: String, error: &'a str }
            "{path}: these are no settings of a server: {error}"
            "{path}：无法作为服务器配置读取：{error}";
        SettingMissing "cli.setting_missing" { field: &'a str }
            "neither the command line nor the settings file says {field}"
            "命令行与配置文件都没有写明 {field}";
        Range "cli.range" { range: &'a str }
            "not in {range}"
            "不在 {range} 之内";
        NotANumber "cli.not_a_number" {} "not a whole number" "不是整数";
        Day "cli.day" {} "write a date such as 2026-01-31" "请写日期，例如 2026-01-31";
        GenerateDay "cli.generate_day" {} "not a day such as 2026-01-31" "不是日期，例如 2026-01-31";
        OtherValue "cli.other_value" { error: String } "{error}" "不能这样写（解析器提示：{error}）";
        Twice "cli.twice" { argument: &'a str }
            "the argument '{argument}' cannot be used multiple times"
            "参数 '{argument}' 只能写一次";
        ValueNotWanted "cli.value_not_wanted" { argument: &'a str, value: &'a str }
            "unexpected value '{value}' for '{argument}'; no more were expected"
            "参数 '{argument}' 不接受值 '{value}'";
        NotUtf8 "cli.not_utf8" {}
            "invalid UTF-8 was detected in one or more arguments"
            "参数中有不是 UTF-8 编码的内容";
        Other "cli.other" { error: String } "{error}" "命令行有误（解析器提示：{error}）";

        SameFile "cli.same_file" {}
            "--state and --journal name the same file; give each its own"
            "`--state` 与 `--journal` 写的是同一个文件；请分别写不同的文件";
        JournalInOut "cli.journal_in_out" { file: String }
            "--journal {file} lies in the folder of --out, which is replaced as a whole; name a place outside it"
            "`--journal` {file} 在 `--out` 的文件夹之内，而这个文件夹会被整个替换；请写它之外的位置";
        NoEntry "cli.no_entry" { journal: &'a str, entries: u64, entry: u64 }
            "{journal} has {entries} entries, numbered from 0; there is no entry {entry}"
            "{journal} 共有 {entries} 条，编号从 0 开始；没有第 {entry} 条";
        Misfit "cli.journal_misfit" { journal: &'a str, error: JournalError }
            "{journal}: the journal does not fit: {error}"
            "{journal}：日志不相符：{error}";
        SnapshotMisfit "cli.snapshot_misfit" { snapshot: String, error: SnapshotError }
            "{snapshot}: the snapshot does not fit: {error}"
            "{snapshot}：快照不相符：{error}";
        Journal "cli.journal" { journal: &'a str, error: JournalError }
            "{journal}: {error}"
            "{journal}：{error}";
        NotIntact "cli.journal_not_intact" { journal: &'a str, error: JournalError }
            "{journal}: the journal is not intact, so there is no state to fork: {error}. `ratchet verify {journal}` says the same; take an intact copy"
            "{journal}：日志不完好，没有可以分叉的状态：{error}。`ratchet verify {journal}` 会给出同样的结论；请换一份完好的日志";
        Command "cli.command" { place: &'a str, error: Message }
            "{place}: {error}; nothing was written"
            "{place}：{error}；没有写出任何内容";
        DrawTooLarge "draw.too_large" { file: &'a str, most: usize }
            "{file} is larger than {most} bytes; no draw is"
            "{file} 大于 {most} 字节；抽签文件不会这么大";
        DrawNotUtf8 "draw.not_utf8" { file: &'a str }
            "{file} is not UTF-8; it is not the file of a draw"
            "{file} 不是 UTF-8 编码；它不是抽签文件";
        NotADraw "draw.not_a_draw" { file: &'a str, error: Message }
            "{file}: this is not the file of a draw: {error}"
            "{file}：这不是抽签文件：{error}";
        Stopped "cli.stopped" {}
            "stopped; nothing was written. Run it again: it begins anew."
            "已停止，没有写出任何文件；重新运行即从头开始。";
        StoppedKept "cli.stopped_kept" { folder: String }
            "stopped; the runs that are done are kept in {folder}. Run the same command again to go on from there."
            "已停止；完成的模拟保存在 {folder}，再次运行同一命令即从这里继续。";
        StoppedLost "cli.stopped_lost" {}
            "stopped, and nothing was kept. With --out DIR the next one can be resumed."
            "已停止，没有保存；加上 `--out` 文件夹，下次中断后可以继续。";
    }
}
