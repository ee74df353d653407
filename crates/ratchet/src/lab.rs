//! `ratchet lab`: what a plan does to people, the same as the lab of a server says.

use std::io::Write;
use std::path::PathBuf;

use ratchet_engine::message::System;
use ratchet_server::lab::{answer, in_words, question_of, report, work};
use ratchet_sim::fault::FileFault;
use ratchet_sim::lab::Fault;

use crate::fault::CliFault;
use crate::files::Output;
use crate::{Ended, Failure, Lang, print};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A link of a lab, or its part after #: plan=value-growth&count=10000&spend=1000.00&seed=1; default: the advert's first plan /
    /// 实验室的链接，或其 # 之后的部分；默认为广告的第一份计划
    #[arg(default_value = "")]
    link: String,
    /// Write one page that needs no server / 写出一个独立的网页
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Print one JSON object / 输出一个 JSON 对象
    #[arg(long)]
    json: bool,
    /// Carry out one question of a server (from its input)
    #[arg(long, hide = true, conflicts_with_all = ["html", "json"])]
    worker: bool,
}

pub(crate) fn run(arguments: &Arguments, lang: Lang) -> Result<Ended, Failure> {
    if arguments.worker {
        yield_to_others();
        // Whoever asked is gone: there is nobody to tell.
        return Ok(
            work(std::io::stdin().lock(), std::io::stdout().lock()).map_or(Ended::Refused, |()| Ended::Done)
        );
    }
    let (question, claimed) = question_of(&arguments.link).map_err(Failure::usage)?;
    let result = answer(&question, |_, _| true).map_err(|fault| match fault {
        Fault::Wrong(_, errors) => Failure::refused(FileFault::Errors { errors }),
        Fault::Refused(message) => Failure::refused(message),
    })?;
    if let Some(path) = &arguments.html {
        let mut out = Output::create(path)?;
        let written = out.write_all(report(&result, &question).as_bytes());
        written.map_err(|error| {
            let file = path.display().to_string();
            Failure::usage(FileFault::WriteElsewhere { file, error: System(&error) })
        })?;
        out.persist()?;
    }
    if arguments.json {
        // The bytes of the server's answer.
        print(&format!("{}\n", serde_json::to_string(&result).expect("a result is JSON")))?;
    } else {
        let [zh, en] = in_words(&result, &question);
        print(&lang.pick(&zh, &en))?;
    }
    if let Some(digest) = claimed.digest.filter(|digest| digest != result.digest()) {
        let made_by = claimed.version.unwrap_or_else(|| "?".to_owned());
        let (version, found) = (result.version().to_owned(), result.digest().to_owned());
        return Err(Failure::refused(CliFault::OtherResult { digest, found, made_by, version }));
    }
    Ok(Ended::Done)
}

/// A worker takes what others leave: it must not hold up a shop on the same machine, nor outlive its server.
#[cfg(target_os = "linux")]
fn yield_to_others() {
    use rustix::process::{Resource, Rlimit, Signal, nice, set_parent_process_death_signal, setrlimit};
    /// More than a run may have, so that what the server watches ends first; addresses are reserved beyond what is used.
    const ADDRESSES: u64 = 8 << 30;
    const SECONDS: u64 = 30;
    let limit = |most| Rlimit { current: Some(most), maximum: Some(most) };
    // Where the system refuses one of these, the server's own limits of time and memory hold all the same.
    let limits = [
        nice(19).map(drop),
        setrlimit(Resource::As, limit(ADDRESSES)),
        setrlimit(Resource::Cpu, limit(SECONDS)),
        set_parent_process_death_signal(Some(Signal::KILL)),
    ];
    for refused in limits.into_iter().filter_map(Result::err) {
        eprintln!("ratchet lab: {refused}");
    }
}

#[cfg(not(target_os = "linux"))]
fn yield_to_others() {}
