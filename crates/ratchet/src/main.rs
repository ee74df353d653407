//! The one binary. It reads arguments and files, drives the engine and the simulator, and prints what they
//! say; it decides no business rule.

mod backtest;
mod bench;
mod check;
mod command_line;
mod explain;
mod fault;
mod files;
mod fork;
mod generate;
mod interrupt;
mod journal;
mod journal_file;
mod kept;
mod lab;
mod lines;
mod memory;
mod progress;
mod reference;
mod replay;
mod serve;
mod simulate;
mod snapshot;
mod study;
mod verify;
mod verify_draw;

use std::io::Write;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use ratchet_engine::message::{Message, System};
use ratchet_sim::fault::FileFault;

#[global_allocator]
static MEMORY: memory::HugePages = memory::HugePages;

/// Exit code of something refused or a check that failed.
const REFUSED: u8 = 1;
/// Exit code of wrong arguments and of files that cannot be read or written.
const USAGE: u8 = 2;
/// Exit code of a bug in Ratchet.
const BUG: u8 = 70;
/// Exit code of work that was stopped by Ctrl-C, as shells have it.
const INTERRUPTED: u8 = 130;

const ABOUT: &str = "Run a points-and-commission plan exactly as written and see who gains and who loses.\n\
                     按计划原文逐分计算消费增值模式，并说明谁得谁失。";

const AFTER_HELP: &str = "Exit codes / 退出码: 0 done 完成 · 1 refused or check failed 被拒绝或检查未通过 · \
                          2 usage, or a file cannot be read or written 用法错误或文件无法读写 · 70 a bug 程序缺陷 · \
                          130 stopped 被中断";

const AFTER_HELP_ZH: &str =
    "退出码：0 完成 · 1 被拒绝或检查未通过 · 2 用法错误或文件无法读写 · 70 程序缺陷 · 130 被中断\n";

#[derive(Parser)]
#[command(name = "ratchet", version, about = ABOUT, after_help = AFTER_HELP, max_term_width = 110)]
struct Arguments {
    /// Language of messages; default: zh if LANG begins with zh, else en / 消息的语言
    #[arg(long, global = true, value_enum, value_name = "LANG")]
    lang: Option<Lang>,

    #[command(subcommand)]
    command: Task,
}

/// Language of what people read. JSON and files are the same in every language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// Simplified Chinese.
    Zh,
    /// English.
    En,
    /// Both, Chinese first.
    Both,
}

impl Lang {
    /// From the environment, as the C library does it.
    fn of_environment() -> Lang {
        let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let locale = set("LC_ALL").or_else(|| set("LC_MESSAGES")).or_else(|| set("LANG"));
        if locale.is_some_and(|locale| locale.starts_with("zh")) { Lang::Zh } else { Lang::En }
    }

    /// The text in this language; both: Chinese first, then English.
    pub(crate) fn pick(self, zh: &str, en: &str) -> String {
        match self {
            Lang::Zh => zh.to_owned(),
            Lang::En => en.to_owned(),
            Lang::Both => format!("{zh}\n{en}"),
        }
    }
}

#[derive(Subcommand)]
enum Task {
    /// Run an order history through a plan / 用订单历史回测一份计划
    Backtest(backtest::Arguments),
    /// Run a scenario many times: people who come, buy, sell / 模拟：按场景多次运行
    Simulate(simulate::Arguments),
    /// Vary a scenario's settings and see which drives the outcome / 扫描参数，看哪个假设起决定作用
    Sweep(simulate::Arguments),
    /// Fork a journal at a date and see what a change makes of each cohort / 从日志的某一天分叉，看改变对各批会员的影响
    Fork(fork::Arguments),
    /// What a plan does to 10,000 people, as a server's lab says it / 一份计划对 1 万人意味着什么，与服务器的实验室一致
    Lab(lab::Arguments),
    /// Studies that come with Ratchet / 自带的研究
    #[command(subcommand)]
    Study(study::Task),
    /// Carry out commands, one JSON object a line / 逐行执行命令（JSON Lines）
    Replay(replay::Arguments),
    /// Check a plan: rules, arithmetic, and whether it may be run live / 检查计划：规则、算术、能否实盘运行
    Check(check::Arguments),
    /// Replay a journal, decide every entry again and compare / 核对日志
    Verify(verify::Arguments),
    /// Keep the state at the end of a journal / 保存日志末尾的状态（快照）
    Snapshot(snapshot::Arguments),
    /// Print the entries of a journal, or write it in its other form / 打印日志，或以另一种形式写出
    #[command(subcommand)]
    Journal(journal::Task),
    /// Check a draw with nothing but its file / 仅凭文件核对一次抽签
    VerifyDraw(verify_draw::Arguments),
    /// Say why the balances of a journal entry changed / 说明一条记录为何改变余额
    Explain(explain::Arguments),
    /// Serve programmes over HTTP / 以 HTTP 提供服务
    Serve(serve::Arguments),
    /// Make a server's lists and series anew from its journals / 由日志重建服务器的列表和序列
    Rebuild(kept::Rebuild),
    /// Look after a server / 管理服务器
    #[command(subcommand)]
    Admin(serve::Admin),
    /// Print the OpenAPI document of the server / 输出服务器的接口文档
    Openapi,
    /// Make example data / 生成示例数据
    #[command(subcommand)]
    Generate(generate::Task),
    /// Measure speed and memory on this machine / 测量本机的速度与内存
    Bench(Bench),
    /// Print a generated reference page (for `cargo xtask codegen`)
    #[command(hide = true)]
    Reference(reference::Arguments),
}

#[derive(clap::Args)]
struct Bench {
    /// Largest number of members; smaller powers of ten from 10,000 on are measured too / 最大会员数
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(10_000..=10_000_000))]
    members: u64,
    /// Smallest number of members / 最小会员数
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    from: u64,
    /// Only this one / 只测这一项
    #[arg(long, value_name = "NAME", value_parser = ["core", "cascade", "life", "delayed", "journal", "durable", "snapshot", "close", "network", "shared", "market", "simulate", "toy"])]
    only: Option<String>,
    /// Print one JSON object / 输出一个 JSON 对象
    #[arg(long)]
    json: bool,
}

/// How a task ended that ran to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Everything was done.
    Done,
    /// Something was refused, or a check failed; it has been said.
    Refused,
}

/// Why a task did not run to its end.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: u8,
    message: Message,
}

impl Failure {
    /// The content was understood and refused, or is wrong.
    pub(crate) fn refused(message: impl Into<Message>) -> Failure {
        Failure { exit: REFUSED, message: message.into() }
    }

    /// The arguments are wrong, or a file cannot be read or written.
    pub(crate) fn usage(message: impl Into<Message>) -> Failure {
        Failure { exit: USAGE, message: message.into() }
    }
}

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        // An entry of a journal that cannot have been decided: an error of the input, which is told as one.
        if ratchet_engine::engine::is_applying_recorded() {
            return;
        }
        eprintln!(
            "\nratchet: this is a bug in Ratchet, not in your input, and nothing was written. Please report it\n\
             with the command you ran and this text: {panic} (version {})\n\
             这是 Ratchet 的缺陷，与您的输入无关，没有写出任何文件。请附上命令与以上文字报告。",
            env!("CARGO_PKG_VERSION")
        );
    }));
    let given: Vec<std::ffi::OsString> = std::env::args_os().collect();
    let lang = command_line::asked_language(&given).unwrap_or_else(Lang::of_environment);
    // Unwinding removes temporary files, which exiting in the hook would leave behind.
    let ended = std::panic::catch_unwind(AssertUnwindSafe(|| {
        let (arguments, json) = match parse(&given, lang) {
            Ok(parsed) => parsed,
            Err(exit) => return exit,
        };
        match run(arguments, lang) {
            Ok(Ended::Done) => ExitCode::SUCCESS,
            Ok(Ended::Refused) => ExitCode::from(REFUSED),
            Err(failure) => {
                tell(&failure.message, lang, json);
                ExitCode::from(failure.exit)
            }
        }
    }));
    ended.unwrap_or_else(|_| ExitCode::from(BUG))
}

/// The arguments, and whether they ask for JSON; else what is wrong with them has been said.
fn parse(given: &[std::ffi::OsString], lang: Lang) -> Result<(Arguments, bool), ExitCode> {
    let command = match lang {
        Lang::Zh => command_line::in_chinese(Arguments::command()),
        Lang::En | Lang::Both => Arguments::command(),
    };
    let matches = command.try_get_matches_from(given);
    let parsed =
        matches.and_then(|matches| Ok((Arguments::from_arg_matches(&matches)?, asks_json(&matches))));
    parsed.map_err(|error| {
        let json = given.iter().any(|argument| argument == "--json");
        if !error.use_stderr() || (lang == Lang::En && !json) {
            // Nobody is left to tell where printing help or an error fails.
            drop(error.print());
        } else {
            tell(&command_line::message(&error), lang, json);
        }
        ExitCode::from(if error.use_stderr() { USAGE } else { 0 })
    })
}

/// Whether the innermost subcommand is asked for JSON.
fn asks_json(matches: &ArgMatches) -> bool {
    match matches.subcommand() {
        Some((_, below)) => asks_json(below),
        None => matches.try_get_one::<bool>("json").ok().flatten().copied().unwrap_or(false),
    }
}

/// Says on the standard error output what went wrong; where the output is JSON, its last line is JSON with code and facts (ERR-1).
fn tell(message: &Message, lang: Lang, json: bool) {
    eprintln!("ratchet: {}", lang.pick(&message.zh, &message.en));
    if json {
        eprintln!("{}", serde_json::json!({ "error": message.to_json() }));
    }
}

fn run(arguments: Arguments, lang: Lang) -> Result<Ended, Failure> {
    match arguments.command {
        Task::Backtest(arguments) => backtest::run(&arguments, lang),
        Task::Simulate(arguments) => simulate::run(&arguments, lang, false),
        Task::Sweep(arguments) => simulate::run(&arguments, lang, true),
        Task::Fork(arguments) => fork::run(&arguments, lang),
        Task::Lab(arguments) => lab::run(&arguments, lang),
        Task::Study(task) => study::run(&task, lang),
        Task::Replay(arguments) => replay::run(&arguments, lang),
        Task::Check(arguments) => check::run(&arguments, lang),
        Task::Verify(arguments) => verify::run(&arguments, lang),
        Task::Snapshot(arguments) => snapshot::run(&arguments, lang),
        Task::Journal(task) => journal::run(&task, lang),
        Task::VerifyDraw(arguments) => verify_draw::run(&arguments, lang),
        Task::Explain(arguments) => explain::run(&arguments, lang),
        Task::Serve(arguments) => serve::run(&arguments, lang),
        Task::Rebuild(arguments) => kept::rebuild(&arguments, lang),
        Task::Admin(task) => serve::admin(&task, lang),
        Task::Openapi => serve::openapi(),
        Task::Generate(task) => generate::run(&task, lang),
        Task::Bench(arguments) => bench(&arguments),
        Task::Reference(arguments) => reference::run(&arguments),
    }
}

fn bench(arguments: &Bench) -> Result<Ended, Failure> {
    let mut rows = Vec::new();
    bench::run(arguments.from..=arguments.members, arguments.only.as_deref(), &mut |row| {
        if arguments.json {
            rows.push(row.to_json());
        } else {
            // Each row as soon as it is there: the large sizes take minutes.
            drop(print(&format!("{row}\n")));
        }
    });
    if arguments.json {
        print_json(&serde_json::json!({ "rows": rows }))?;
    }
    Ok(Ended::Done)
}

/// Prints to stdout. A reader that has gone away (`ratchet … | head`) is no failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => {
            let file = "the standard output".to_owned();
            Err(Failure::usage(FileFault::CannotWrite { file, error: System(&error) }))
        }
    }
}

/// Prints one JSON object, indented, its keys in alphabetical order.
pub(crate) fn print_json(value: &serde_json::Value) -> Result<(), Failure> {
    print(&format!("{value:#}\n"))
}
