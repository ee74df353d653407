//! What `ratchet check` prints for people: first whether the plan may be run live, then why, the gravest first.

use ratchet_engine::gate::{AssessedFinding, Bearing, Obstacle, VoidReason};
use ratchet_engine::lint::rules::{
    ANY_DEPTH, Evidence, Known, Origin, RuleFinding, RuleSeverity, Told, Value, disclaimer,
};
use ratchet_engine::lint::{Finding, Severity};
use ratchet_engine::plan::Bilingual;

use super::{Behaviour, Report};

/// Widest line in columns; a Chinese character takes two.
const WIDTH: usize = 100;

/// Text being written in one language.
struct Page {
    zh: bool,
    text: String,
}

pub(super) fn report(report: &Report<'_>, in_chinese: bool) -> String {
    let mut page = Page { zh: in_chinese, text: String::new() };
    page.head(report);
    page.rules(report);
    if let Some(behaviour) = &report.behaviour {
        page.behaviour(behaviour);
    }
    page.arithmetic(&report.verdict.arithmetic);
    page.declared(report);
    page.foot(report);
    page.text
}

impl Page {
    fn say<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        if self.zh { zh } else { en }
    }

    fn pick<'t>(&self, text: &'t Bilingual) -> &'t str {
        if self.zh { &text.zh } else { &text.en }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn heading(&mut self, zh: &str, en: &str) {
        let title = self.say(zh, en).to_owned();
        let rule = "─".repeat(columns(&title));
        self.text.push_str(&format!("\n{title}\n{rule}\n"));
    }

    /// A label and a text beside it, wrapped.
    fn beside(&mut self, zh: &str, en: &str, text: &str) {
        let label = self.say(zh, en);
        let gutter = if self.zh { 8 } else { 10 };
        let blanks = gutter.max(columns(label) + 1) - columns(label);
        let lines = wrap(text, WIDTH - 2 - gutter);
        for (number, line) in lines.iter().enumerate() {
            let before =
                if number == 0 { format!("{label}{}", " ".repeat(blanks)) } else { " ".repeat(gutter) };
            self.text.push_str(&format!("  {before}{line}\n"));
        }
    }

    fn bullet(&mut self, text: &str) {
        for (number, line) in wrap(text, WIDTH - 4).into_iter().enumerate() {
            self.text.push_str(&format!("{}{line}\n", if number == 0 { "  • " } else { "    " }));
        }
    }

    fn paragraph(&mut self, text: &str) {
        for line in wrap(text, WIDTH) {
            self.line(&line);
        }
    }

    fn head(&mut self, report: &Report<'_>) {
        let verdict = &report.verdict;
        let places = verdict.jurisdictions.iter().map(|code| {
            let pack = report.book.packs_of(code).next();
            pack.map_or_else(|| code.clone(), |pack| format!("{} ({code})", self.pick(&pack.name)))
        });
        let (places, on) = (places.collect::<Vec<_>>().join(", "), verdict.on);
        let name = self.pick(&report.plan.programme.name);
        let head = format!("{name} · {}", report.file);
        let asked = if self.zh {
            format!("按{places} {on} 有效的规则检查")
        } else {
            format!("Checked by the rules of {places} in force on {on}")
        };
        self.line(&head);
        self.line(&asked);
        self.line("");
        let passes = verdict.passes();
        let word = match (report.live, passes) {
            (true, true) => self.say(
                "正式运行（真实资金）：没有规则拦下它。这不等于合法，请看最后一段。",
                "PASSES THE GATE AS LIVE (real money): no configured rule keeps it out. That is no clearance; see the end.",
            ),
            (true, false) => self.say("不能正式运行（真实资金）。", "REFUSED AS LIVE (real money)."),
            (false, true) => self.say(
                "沙盒计划，只用模拟资金。若改为正式运行，没有规则拦下它；这不等于合法。",
                "Sandbox: play money only. As live no configured rule would keep it out, which is no clearance.",
            ),
            (false, false) => self.say(
                "沙盒计划，只用模拟资金。若要正式运行，会被拒绝。",
                "Sandbox: play money only. As live it would be REFUSED.",
            ),
        };
        let word = word.to_owned();
        self.paragraph(&word);
        self.counts(report);
        if !passes {
            let switch = self.say("没有可以绕过的开关。", "There is no switch to get around it.").to_owned();
            self.line(&switch);
        }
        for obstacle in &verdict.obstacles {
            let text = self.obstacle(obstacle);
            self.paragraph(&text);
        }
    }

    /// What keeps it out: by name what the plan does, by number what nobody has spoken about.
    fn counts(&mut self, report: &Report<'_>) {
        let refusing: Vec<_> = report.verdict.refusing().collect();
        let (silent, spoken): (Vec<_>, Vec<_>) =
            refusing.iter().partition(|finding| is_mere_silence(finding));
        let of = |findings: &[&&RuleFinding<'_>], severity: RuleSeverity| -> Vec<(String, Bilingual)> {
            let found = findings.iter().filter(|finding| finding.severity() == severity);
            found.map(|finding| (finding.rule.id.clone(), finding.rule.title.clone())).collect()
        };
        let kinds = [
            (RuleSeverity::Prohibited, "禁止：", "Prohibited:"),
            (RuleSeverity::NeedsLicence, "须有许可：", "Needs a licence:"),
            (RuleSeverity::HumanReview, "须有律师的书面意见：", "Needs a lawyer's written opinion:"),
        ];
        for (severity, zh, en) in kinds {
            let found = of(&spoken, severity);
            if found.is_empty() {
                continue;
            }
            let kind = self.say(zh, en).to_owned();
            self.line(&kind);
            for (id, title) in found {
                let title = self.pick(&title);
                let text = format!("{id} {title}");
                self.bullet(&text);
            }
        }
        if !silent.is_empty() {
            let number = silent.len();
            let text = if self.zh {
                format!("另有 {number} 条规则因为没有人作出声明而按最坏情况计，列在后面。")
            } else {
                format!(
                    "{number} more count as the worst case because nobody has declared otherwise; they are listed below."
                )
            };
            self.paragraph(&text);
        }
    }

    fn obstacle(&self, obstacle: &Obstacle) -> String {
        match obstacle {
            Obstacle::NoPack(code) => {
                if self.zh {
                    format!("没有 {code} 的规则包，因此无从检查，不能放行。")
                } else {
                    format!(
                        "There is no rule pack for {code}, so nothing could be checked and nothing passes."
                    )
                }
            }
            Obstacle::InsufficientRules(code) => {
                if self.zh {
                    format!("{code} 的规则包条目太少，仅供参考，不能据此放行任何计划。")
                } else {
                    format!(
                        "The rule pack for {code} is for information: it says too little to let any plan pass."
                    )
                }
            }
            Obstacle::Arithmetic(code) => {
                if self.zh {
                    format!("算术检查认为计划不能照此运行（{code}）。")
                } else {
                    format!("By its arithmetic the plan cannot work as written ({code}).")
                }
            }
            Obstacle::NotItsText => self
                .say(
                    "计划与其文本不符，读取后被改动过。",
                    "The plan is not what its text says: it was changed after it was read.",
                )
                .to_owned(),
        }
    }

    fn rules(&mut self, report: &Report<'_>) {
        let rules = &report.verdict.rules;
        let (silent, spoken): (Vec<_>, Vec<_>) =
            rules.iter().partition(|judged| is_mere_silence(&judged.finding));
        if !spoken.is_empty() {
            self.heading("规则", "What the rules say");
        }
        for judged in spoken {
            self.rule(judged);
        }
        if !silent.is_empty() {
            self.heading("没有人声明，按最坏情况计", "Not declared, so counted as the worst case");
            let text = self
                .say(
                    "下列规则所问的事不能从计划中得出。由谁、凭什么证据作出声明，写在计划的 [facts] 中；声明在每份输出中公开。",
                    "These rules ask what does not follow from the plan. Say it under [facts] in the plan, with who says so and on what \
                     evidence; declarations stand in every output for all to see.",
                )
                .to_owned();
            self.paragraph(&text);
            for judged in silent {
                let finding = &judged.finding;
                let facts: Vec<&str> = finding.undeclared().map(|known| known.fact.name).collect();
                let (word, id, title) =
                    (self.severity(judged), &finding.rule.id, self.pick(&finding.rule.title));
                let head = format!("• {word} {id}: {title}");
                self.text.push('\n');
                self.paragraph(&head);
                self.beside("待声明", "declare", &facts.join(", "));
            }
        }
        for (opinion, reason) in &report.verdict.void {
            let (by, at) = (&opinion.by, opinion.at);
            let why = match reason {
                VoidReason::OtherPlan => self.say(
                    "它针对的是另一份文本，计划在此之后改过",
                    "it is about another text: the plan was changed after it",
                ),
                VoidReason::Later => {
                    self.say("它的日期在检查日之后", "it is dated after the day of this check")
                }
                VoidReason::NothingToReview => self.say(
                    "它没有涉及任何须审查而触发的规则",
                    "it covers no rule that fires and requires a review",
                ),
            };
            let text = if self.zh {
                format!("{by} 于 {at} 的意见无效：{why}。")
            } else {
                format!("The opinion of {by} of {at} is void: {why}.")
            };
            self.text.push('\n');
            self.paragraph(&text);
        }
    }

    fn severity(&self, judged: &AssessedFinding<'_>) -> &'static str {
        match &judged.bearing {
            Bearing::Licensed(_) => return self.say("已有许可", "LICENSED"),
            Bearing::Reviewed(_) => return self.say("已有律师意见", "REVIEWED"),
            Bearing::Refuses | Bearing::Informational => {}
        }
        let (zh, en) = match judged.finding.severity() {
            RuleSeverity::Prohibited => ("禁止", "PROHIBITED"),
            RuleSeverity::NeedsLicence => ("须许可", "NEEDS A LICENCE"),
            RuleSeverity::HumanReview => ("须律师审查", "NEEDS A LAWYER"),
            RuleSeverity::Control => ("须落实", "CONTROL"),
            RuleSeverity::Disclose => ("须知", "TO KNOW"),
        };
        if self.zh { zh } else { en }
    }

    fn rule(&mut self, judged: &AssessedFinding<'_>) {
        let (finding, rule) = (&judged.finding, judged.finding.rule);
        let (word, title) = (self.severity(judged), self.pick(&rule.title));
        let head = format!("{word} {}: {title}", rule.id);
        self.text.push('\n');
        self.paragraph(&head);
        let explanation = self.pick(&rule.explanation).to_owned();
        self.beside("说明", "why", &explanation);
        self.reasons(finding);
        let mut source = rule.source.clone();
        // What the project decides itself is written in both languages: Chinese, then English.
        if let Some((zh, _)) = rule.source.split_once(" / ").filter(|_| self.zh) {
            source = zh.to_owned();
        }
        if !matches!(rule.article.as_str(), "全文" | "-") {
            source.push_str(&format!(" {}", rule.article));
        }
        if let Some(from) = rule.from {
            source.push_str(&if self.zh { format!("，自 {from} 起") } else { format!(", since {from}") });
        }
        if let Some(to) = rule.to {
            source.push_str(&if self.zh { format!("至 {to}") } else { format!(" until {to}") });
        }
        let evidence = self.evidence(rule.evidence);
        source.push_str(&if self.zh { format!("；{evidence}") } else { format!("; {evidence}") });
        if let Some(note) = &rule.evidence_note {
            let note = self.pick(note).trim_end_matches(['.', '。']);
            source.push_str(&if self.zh { format!("（{note}）") } else { format!(" ({note})") });
        }
        self.beside("依据", "source", &source);
        match &judged.bearing {
            Bearing::Licensed(record) => {
                let text = if self.zh {
                    format!(
                        "{}，{}，由{}颁发，有效至 {}",
                        record.holder, record.number, record.issuer, record.until
                    )
                } else {
                    format!(
                        "{}, number {}, issued by {}, valid until {}",
                        record.holder, record.number, record.issuer, record.until
                    )
                };
                self.beside("许可", "licence", &text);
            }
            Bearing::Reviewed(opinion) => {
                let text = if self.zh {
                    format!("{} 于 {} 签署，文件 SHA-256 {}", opinion.by, opinion.at, opinion.document)
                } else {
                    format!(
                        "signed by {} on {}, document SHA-256 {}",
                        opinion.by, opinion.at, opinion.document
                    )
                };
                self.beside("意见", "opinion", &text);
            }
            Bearing::Refuses | Bearing::Informational => {
                let change = self.pick(&rule.change).to_owned();
                self.beside("怎么改", "change", &change);
            }
        }
    }

    fn evidence(&self, evidence: Evidence) -> &'static str {
        match evidence {
            Evidence::P => self.say("读过原文", "the text was read"),
            Evidence::S2 => self.say("两个以上二手来源", "two or more secondary sources"),
            Evidence::S1 => self.say("一个二手来源", "one secondary source"),
            Evidence::D => self.say("本项目的决定", "a decision of this project"),
            Evidence::U => self.say("未经核实，仅供参考", "UNVERIFIED: a note, it decides nothing"),
        }
    }

    /// Why it fires here: what is known, the rules it follows from, and what nobody knows by who could tell.
    fn reasons(&mut self, finding: &RuleFinding<'_>) {
        let mut lines: Vec<String> = finding
            .reasons
            .iter()
            .filter(|known| known.value.is_some())
            .map(|known| self.reason(known))
            .collect();
        if !finding.follows.is_empty() {
            let listed = finding.follows.join(", ");
            lines.push(if self.zh { format!("触发了 {listed}") } else { format!("{listed} fires") });
        }
        for (number, line) in lines.iter().enumerate() {
            let (zh, en) = if number == 0 { ("本计划", "here") } else { ("", "") };
            self.beside(zh, en, line);
        }
        let by = |origin: Origin| -> Vec<&Known> {
            finding.undeclared().filter(|known| known.fact.origin == origin).collect()
        };
        let (derived, observed, declared) = (by(Origin::Derived), by(Origin::Observed), by(Origin::Declared));
        let mut lines = Vec::new();
        if !derived.is_empty() {
            let names = derived.iter().map(|known| known.fact.name).collect::<Vec<_>>().join(", ");
            lines.push(if self.zh {
                format!("计划留出了佣金，却没有写明付给谁，按最坏情况计（{names}）")
            } else {
                format!("the plan sets commissions aside and does not say who gets them, so the worst counts ({names})")
            });
        }
        for (zh, en, group) in [
            (
                "运行之前无从得知，计划也不加限制",
                "not known before it runs, and the plan sets no limit",
                observed,
            ),
            ("没有人声明", "nobody has declared", declared),
        ] {
            if !group.is_empty() {
                let each = group.iter().map(|known| {
                    let (text, name) = (self.say(known.fact.zh, known.fact.en), known.fact.name);
                    if self.zh { format!("{text}（{name}）") } else { format!("{text} ({name})") }
                });
                let (each, why) = (each.collect::<Vec<_>>(), self.say(zh, en));
                lines.push(if self.zh {
                    format!("{why}：{}", each.join("、"))
                } else {
                    format!("{why}: {}", each.join("; "))
                });
            }
        }
        for (number, line) in lines.iter().enumerate() {
            let (zh, en) = if number == 0 { ("未知", "unknown") } else { ("", "") };
            self.beside(zh, en, line);
        }
    }

    /// `points can be turned into cash (pts.cash_out = true, by the plan)`
    fn reason(&self, known: &Known) -> String {
        let (text, name) = (self.say(known.fact.zh, known.fact.en), known.fact.name);
        let shown = match known.value {
            Some(Value::Whole(ANY_DEPTH)) if name == "ref.paid_depth" => self.say("不限", "any").to_owned(),
            Some(other) => other.to_string(),
            None => "?".to_owned(),
        };
        let told = match &known.told {
            Told::ByPlan => self.say("由计划得出", "by the plan").to_owned(),
            Told::ByBehaviour => self.say("实际运行所见", "seen in the journal").to_owned(),
            Told::By(declared) => {
                if self.zh {
                    format!("{} 声明", declared.by)
                } else {
                    format!("declared by {}", declared.by)
                }
            }
            Told::ByNobody => self.say("没有记录", "no record").to_owned(),
        };
        if self.zh {
            format!("{text}（{name} = {shown}，{told}）")
        } else {
            format!("{text} ({name} = {shown}, {told})")
        }
    }

    fn behaviour(&mut self, behaviour: &Behaviour) {
        self.heading("实际运行", "What the programme does");
        let (journal, entries) = (&behaviour.journal, behaviour.entries);
        let text = if self.zh {
            format!("{journal}：{entries} 条记录，逐条核对相符。")
        } else {
            format!("{journal}: {entries} entries, each verified.")
        };
        self.paragraph(&text);
        if !behaviour.same_plan {
            let text = self
                .say(
                    "日志中的计划不是这份计划。",
                    "The journal's programme runs under another plan than this one.",
                )
                .to_owned();
            self.paragraph(&text);
        }
        for (name, value) in &behaviour.observed.facts {
            if let Some(fact) = ratchet_engine::lint::rules::fact(name) {
                let text = format!("{}: {name} = {value}", self.say(fact.zh, fact.en));
                self.bullet(&text);
            }
        }
        if behaviour.drifts.is_empty() {
            let text = self
                .say(
                    "没有发现与计划或声明不符之处。",
                    "Nothing goes beyond the plan or against a declaration.",
                )
                .to_owned();
            self.paragraph(&text);
        }
        for drift in &behaviour.drifts {
            let text = self.pick(&drift.text).to_owned();
            self.beside("偏离", "DRIFT", &text);
        }
    }

    fn arithmetic(&mut self, findings: &[Finding]) {
        self.heading("算术", "What the arithmetic says");
        if findings.is_empty() {
            let text = self
                .say("算术检查没有发现问题。", "The arithmetic has nothing to say about this plan.")
                .to_owned();
            self.paragraph(&text);
        }
        for finding in findings {
            let (zh, en) = match finding.severity {
                Severity::Error => ("错误", "ERROR"),
                Severity::Warning => ("警告", "WARNING"),
                Severity::Note => ("说明", "NOTE"),
            };
            let key = finding.key.map_or_else(String::new, |key| format!(" ({key})"));
            let head = format!("{} {}{key}: {}", self.say(zh, en), finding.code, self.pick(&finding.title));
            self.text.push('\n');
            self.paragraph(&head);
            let explanation = self.pick(&finding.explanation).to_owned();
            for line in wrap(&explanation, WIDTH - 2) {
                self.text.push_str(&format!("  {line}\n"));
            }
        }
    }

    fn declared(&mut self, report: &Report<'_>) {
        if report.plan.facts.is_empty() {
            return;
        }
        self.heading("声明", "What has been declared");
        for declared in &report.plan.facts {
            let fact = declared.fact;
            let (name, value, by, at, evidence) =
                (fact.name, declared.value, &declared.by, declared.at, &declared.evidence);
            let text = if self.zh {
                format!("{name} = {value}（{}）：{by} 于 {at} 声明，依据：{evidence}", fact.zh)
            } else {
                format!("{name} = {value} ({}): {by}, {at}, on the evidence of: {evidence}", fact.en)
            };
            self.bullet(&text);
        }
    }

    fn foot(&mut self, report: &Report<'_>) {
        self.heading("依据", "What this rests on");
        let text = disclaimer(report.book);
        let text = self.pick(&text).to_owned();
        self.paragraph(&text);
        let asked = report.verdict.jurisdictions.iter().flat_map(|code| report.book.packs_of(code));
        for pack in asked {
            let line = format!("SHA-256 {} {}", pack.sha256, pack.file);
            self.line(&line);
        }
        let line = format!("SHA-256 {} {}", report.verdict.plan_sha256, report.file);
        self.line(&line);
    }
}

/// Whether a rule fires only because nobody has declared anything: it says little about what the plan does. Whom a
/// programme is offered to is not such a thing: it is offered to the public unless somebody says otherwise.
fn is_mere_silence(finding: &RuleFinding<'_>) -> bool {
    let mut unknown = finding.undeclared().peekable();
    !finding.certain
        && unknown.peek().is_some()
        && unknown.all(|known| known.fact.origin == Origin::Declared && known.fact.name != "public.offer")
}

/// How many columns a text takes: two for each Chinese character.
fn columns(text: &str) -> usize {
    text.chars().map(width).sum()
}

fn width(character: char) -> usize {
    let wide = matches!(character,
        '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}' | '\u{201c}'..='\u{201d}');
    if wide { 2 } else { 1 }
}

/// Lines of at most so many columns, cut at blanks and between Chinese characters, never before closing punctuation.
fn wrap(text: &str, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut line, mut word) = (String::new(), String::new());
    let mut flush = |line: &mut String, word: &mut String| {
        if !line.is_empty() && columns(line.trim_end()) + columns(word.trim_end()) > most {
            lines.push(line.trim_end().to_owned());
            line.clear();
        }
        line.push_str(word);
        word.clear();
    };
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        word.push(character);
        let closes = |c: &char| "，。；：、！？）》”".contains(*c);
        let opens = "（《“".contains(character);
        let may_break = character == ' '
            || (width(character) == 2 && !opens)
            || characters.peek().is_some_and(|next| width(*next) == 2 && !closes(next) && !opens);
        if may_break && !characters.peek().is_some_and(closes) {
            flush(&mut line, &mut word);
        }
    }
    flush(&mut line, &mut word);
    if !line.trim_end().is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}
