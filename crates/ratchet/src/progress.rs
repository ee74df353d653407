//! A progress bar on stderr: only where stderr is a terminal, and only for work of more than a second.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use ratchet_sim::progress::{Phase, Progress};

use crate::Lang;

/// Work shorter than this shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// The bar; it disappears when the work is done.
pub(crate) struct Bar {
    bar: ProgressBar,
    lang: Lang,
    phase: Option<(Phase, bool)>,
    /// When to begin to show something; `None` once it is shown, or if it never will be.
    shows_at: Option<Instant>,
}

impl Bar {
    pub(crate) fn new(lang: Lang) -> Bar {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let shows_at = std::io::stderr().is_terminal().then(|| Instant::now() + PATIENCE);
        Bar { bar, lang, phase: None, shows_at }
    }

    /// Takes the news of a long piece of work.
    pub(crate) fn report(&mut self, progress: Progress) {
        let phase = Some((progress.phase, progress.total > 0));
        if self.phase != phase {
            self.phase = phase;
            self.begin(progress);
        }
        self.bar.set_position(progress.done);
        if self.shows_at.is_some_and(|at| Instant::now() >= at) {
            self.shows_at = None;
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    fn begin(&mut self, progress: Progress) {
        let (zh, en) = match progress.phase {
            Phase::Reading => ("读取", "reading"),
            Phase::Running => ("运行", "running"),
            Phase::Settling => ("结算", "settling"),
            Phase::Writing => ("写出", "writing"),
            Phase::Generating => ("生成", "generating"),
            Phase::Simulating => ("模拟", "simulating"),
        };
        self.bar.set_message(match self.lang {
            Lang::Zh => zh.to_owned(),
            Lang::En => en.to_owned(),
            Lang::Both => format!("{zh} {en}"),
        });
        let template = if progress.total > 0 {
            self.bar.set_length(progress.total);
            "{msg} {bar:40} {percent:>3} % {eta:>4}"
        } else {
            self.bar.unset_length();
            "{msg} {spinner} {elapsed}"
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
