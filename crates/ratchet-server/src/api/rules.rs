//! What the rules say of running a programme's plan with real money, for everybody to read (LINT-2, GATE-1).

use serde::Serialize;
use utoipa::ToSchema;

use ratchet_engine::gate::{Opinions, judge};
use ratchet_engine::lint::rules::RuleBook;
use ratchet_engine::time::Timestamp;

use super::prelude::*;

/// What the rules say of running the plan in force with real money.
#[derive(Serialize, ToSchema)]
pub(crate) struct RulesView {
    /// Whose rules were asked.
    jurisdictions: Vec<String>,
    /// On this day: `YYYY-MM-DD`.
    on: String,
    /// Rules that keep it out, the gravest first.
    refusing: Vec<RefusingRule>,
}

/// A rule that keeps a plan out of live use.
#[derive(Serialize, ToSchema)]
pub(crate) struct RefusingRule {
    /// Its permanent id.
    id: String,
    /// `prohibited`, `needs_licence` or `human_review`.
    severity: String,
    /// One line.
    title: Text,
    /// Why, in plain words.
    explanation: Text,
    /// The law, notice or case.
    source: String,
    /// Which articles of it.
    article: String,
    /// Whether it fires for certain; else facts that nobody declared count as the worst case.
    certain: bool,
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(rules))
}

/// What the rules say of running the plan in force with real money today. That none refuses does not make it lawful.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/rules",
    tag = "truth",
    extensions(("x-permission" = json!("public"))),
    responses((status = 200, description = "Done.", body = RulesView)),
)]
async fn rules(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
) -> Result<Json<RulesView>, Problem> {
    let plan = app.programme(&programme)?.read(None, |engine| engine.plan().clone()).await?;
    let now = Timestamp::from_us(who.meta.now_us).unwrap_or(Timestamp::MAX);
    let judged = tokio::task::spawn_blocking(move || {
        let (book, on) = (RuleBook::built_in(), plan.programme.calendar.day_of(now));
        let jurisdictions = plan.programme.jurisdictions.clone();
        let verdict = judge(&plan, &book, &Opinions::default(), &jurisdictions, on, &[]);
        let refusing = verdict.refusing().map(|finding| RefusingRule {
            id: finding.rule.id.clone(),
            severity: finding.severity().name().to_owned(),
            title: Text::from(&finding.rule.title),
            explanation: Text::from(&finding.rule.explanation),
            source: finding.rule.source.clone(),
            article: finding.rule.article.clone(),
            certain: finding.certain,
        });
        RulesView { refusing: refusing.collect(), on: on.to_string(), jurisdictions }
    });
    Ok(Json(judged.await.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))))
}
