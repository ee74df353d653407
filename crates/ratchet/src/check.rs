//! `ratchet check`: what the arithmetic of a plan says (LINT-1), and the live gate (GATE-1). The rule packs that
//! the gate needs are not part of this version, so it lets nothing through.

use std::path::PathBuf;

use clap::ValueEnum;
use ratchet_engine::lint::{Finding, Severity, lint};
use ratchet_engine::plan::{Bilingual, Mode};
use serde_json::{Value, json};

use crate::{Ended, Failure, Lang, files, print, print_json};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The plan, a TOML file / 计划文件（TOML）
    plan: PathBuf,
    /// Print one JSON object / 输出一个 JSON 对象
    #[arg(long)]
    json: bool,
    /// Whose rules to check for live use; no rule pack is part of this version / 按哪个法域检查；本版本不含规则包
    #[arg(long, value_enum)]
    jurisdiction: Option<Jurisdiction>,
    /// Check as this mode instead of the plan's own / 按此模式检查，而不按计划自己的模式
    #[arg(long, value_enum)]
    mode: Option<AsMode>,
}

/// Where a plan is to be used.
#[derive(Clone, Copy, ValueEnum)]
enum Jurisdiction {
    /// Mainland China.
    #[value(name = "CN", alias = "cn")]
    Cn,
}

#[derive(Clone, Copy, ValueEnum)]
enum AsMode {
    /// Play money only.
    Sandbox,
    /// Real money; refused in this version.
    Live,
}

const GATE_ZH: &str =
    "不能作为 live（真实资金）使用：规则检查不在本版本中，因此没有计划可以通过。没有可以绕过的开关。";
const GATE_EN: &str = "Refused as live (real money): the rule gate is not part of this version, so no plan can pass it. \
                       There is no switch to get around it.";
const RULES_ZH: &str = "没有按任何法律检查：本版本不含规则包。没有发现问题不等于合法。";
const RULES_EN: &str = "Nothing was checked against any law: no rule pack is part of this version. \
                        That nothing was found does not mean it is legal.";

pub(crate) fn run(arguments: &Arguments, lang: Lang) -> Result<Ended, Failure> {
    let plan = files::plan(&arguments.plan)?;
    let findings = lint(&plan);
    let live = match arguments.mode {
        Some(AsMode::Live) => true,
        Some(AsMode::Sandbox) => false,
        None => plan.programme.mode == Mode::Live,
    };
    let sound = findings.iter().all(|finding| finding.severity != Severity::Error);
    let passed = sound && !live;
    if arguments.json {
        print_json(&json!({
            "plan": arguments.plan.display().to_string(),
            "mode": if live { "live" } else { "sandbox" },
            "jurisdiction": arguments.jurisdiction.map(|Jurisdiction::Cn| "CN"),
            "passed": passed,
            "rules_checked": false,
            "findings": findings.iter().map(finding_json).collect::<Vec<_>>(),
            "gate": live.then(|| json!({ "passed": false, "reason": { "zh": GATE_ZH, "en": GATE_EN } })),
        }))?;
    } else {
        let mut text = String::new();
        for finding in &findings {
            text.push_str(&finding_text(finding, lang));
            text.push('\n');
        }
        if findings.is_empty() {
            text.push_str(
                &lang.pick("算术检查没有发现问题。", "The arithmetic has nothing to say about this plan."),
            );
            text.push_str("\n\n");
        }
        text.push_str(&if live { lang.pick(GATE_ZH, GATE_EN) } else { lang.pick(RULES_ZH, RULES_EN) });
        text.push('\n');
        print(&text)?;
    }
    Ok(if passed { Ended::Done } else { Ended::Refused })
}

fn severity(severity: Severity) -> (&'static str, &'static str) {
    match severity {
        Severity::Error => ("error", "错误"),
        Severity::Warning => ("warning", "警告"),
        Severity::Note => ("note", "说明"),
    }
}

fn finding_json(finding: &Finding) -> Value {
    let both = |text: &Bilingual| json!({ "zh": text.zh, "en": text.en });
    json!({
        "code": finding.code,
        "severity": severity(finding.severity).0,
        "key": finding.key,
        "title": both(&finding.title),
        "explanation": both(&finding.explanation),
    })
}

fn finding_text(finding: &Finding, lang: Lang) -> String {
    let (en, zh) = severity(finding.severity);
    let key = finding.key.map_or_else(String::new, |key| format!(" ({key})"));
    let code = finding.code;
    let of =
        |word: &str, title: &str, explanation: &str| format!("{word} {code}{key}: {title}\n  {explanation}");
    let zh = of(zh, &finding.title.zh, &finding.explanation.zh);
    let en = of(en, &finding.title.en, &finding.explanation.en);
    let mut text = lang.pick(&zh, &en);
    text.push('\n');
    text
}
