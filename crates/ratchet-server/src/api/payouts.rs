//! Payouts whose outcome is not known (PAY-2), and what the play-money provider does with payouts (PAY-4).

use ratchet_store::{NewAuditEntry, PayoutClaim};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use ratchet_engine::wallet::WithdrawalState;

use super::payments::submit;
use super::prelude::*;
use crate::cashier::{self, PayoutMode};
use crate::programme::Programme;

/// What the play-money provider does with the next payouts.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlayMoney {
    /// How they go.
    payouts: PayoutMode,
}

/// What became of a payout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PayoutOutcome {
    /// The member has the money.
    Paid,
    /// The money never left.
    Failed,
}

/// What one person says of a payout whose outcome is unknown.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResolveRequest {
    /// What became of it.
    outcome: PayoutOutcome,
    /// What that rests on, such as a bank's letter; 5 to 500 characters. It stands in the audit log and not in the journal.
    evidence: String,
}

/// Where it stands after that.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct ResolveAnswer {
    /// Two people have said the same, and the withdrawal ended so; else another person has to say it too.
    resolved: bool,
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(play_money, set_play_money))
        .routes(routes!(unknown))
        .routes(routes!(ask))
        .routes(routes!(resolve))
}

/// What the play-money provider does with payouts of this programme.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/play-money",
    tag = "payments",
    extensions(("x-permission" = json!("journal.read"))),
    responses((status = 200, description = "Done.", body = PlayMoney)),
)]
async fn play_money(
    State(app): State<App>,
    Path(programme): Path<String>,
) -> Result<Json<PlayMoney>, Problem> {
    Ok(Json(PlayMoney { payouts: cashier::payout_mode(&app, &programme).await? }))
}

/// Says what the play-money provider does with the next payouts: faults on purpose, to see what they lead to.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/play-money",
    tag = "payments",
    extensions(("x-permission" = json!("payments.manage"))),
    request_body = PlayMoney,
    responses((status = 200, description = "Done.", body = PlayMoney)),
)]
async fn set_play_money(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    body: Body<PlayMoney>,
) -> Result<Response, Problem> {
    let (act, tenant, payouts) = (who.act(), who.tenant()?.to_owned(), body.value.payouts);
    app.change(&who, &write, Some(body.hash), move |tables| {
        let before = tables.payout_mode(&programme)?;
        tables.set_payout_mode(&programme, payouts.name())?;
        let entry = NewAuditEntry {
            before: before.map(|mode| json!({ "payouts": mode }).to_string()),
            after: Some(json!({ "payouts": payouts.name() }).to_string()),
            ..NewAuditEntry::of(&tenant, "play_money.set", &programme)
        };
        tables.audit(&act, entry)?;
        Ok(PlayMoney { payouts })
    })
    .await
}

/// Says that nothing was heard of a payout that was sent (wallet.unknown); by itself that happens after a minute. It is never sent
/// again.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/withdrawals/{withdrawal}/unknown",
    tag = "wallet",
    extensions(("x-permission" = json!("withdrawals.pay"))),
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn unknown(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, withdrawal)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let handle = app.programme(&programme)?;
    let command = json!({ "type": "wallet.unknown", "withdrawal": withdrawal });
    app.command(&who, &write, &handle, withdrawal, command).await
}

/// Asks the provider what became of a payout: its answer, a signed message as any, ends the withdrawal.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/withdrawals/{withdrawal}/ask",
    tag = "wallet",
    extensions(("x-permission" = json!("withdrawals.pay"))),
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn ask(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, withdrawal)): Path<(String, String)>,
) -> Result<Response, Problem> {
    if !app.is_answered(&who, &write).await? {
        waits(&app.programme(&programme)?, &withdrawal).await?;
    }
    let currency = app.currency(&app.programme(&programme)?).await?;
    let wakes = app.clone();
    let answer = app
        .change(&who, &write, None, move |tables| {
            let payout =
                tables.payment_of(&programme, "payout", &withdrawal)?.ok_or_else(Problem::not_found)?;
            cashier::answer_payout(tables, &payout, currency.format_minor(payout.amount.into()))?;
            Ok(Done { done: true })
        })
        .await?;
    wakes.deliveries.notify_one();
    Ok(answer)
}

/// Ends a withdrawal whose outcome is unknown without the provider: when two different people have said the same of it.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/withdrawals/{withdrawal}/resolve",
    tag = "wallet",
    extensions(("x-permission" = json!("withdrawals.review"))),
    request_body = ResolveRequest,
    responses((status = 200, description = "Done.", body = ResolveAnswer)),
)]
async fn resolve(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, withdrawal)): Path<(String, String)>,
    body: Body<ResolveRequest>,
) -> Result<Response, Problem> {
    let ResolveRequest { outcome, evidence } = body.value;
    check_length("evidence", &evidence, 5, EVIDENCE_CHARS_MAX)?;
    let handle = app.programme(&programme)?;
    if !app.is_answered(&who, &write).await? {
        let member = waits(&handle, &withdrawal).await?;
        if member.is_some() && member == who.member {
            return Err(Problem::new(ServerFault::PayoutOwn {}));
        }
    }
    let (act, tenant) = (who.act(), who.tenant()?.to_owned());
    let (of, subject) = (programme.clone(), withdrawal.clone());
    let (answer, replayed) = app
        .once_value(&who, &write, Some(body.hash), move |tables| {
            let claim = PayoutClaim {
                outcome: outcome.name().to_owned(),
                evidence: evidence.clone(),
                person: act.person.clone(),
                at: act.at,
            };
            let before = tables.payout_claim(&of, &subject)?;
            let agrees = before.as_ref().is_some_and(|before| before.outcome == claim.outcome);
            let again = before.as_ref().is_some_and(|before| before.person == claim.person);
            if agrees && again {
                return Err(Problem::new(ServerFault::PayoutSamePerson {}));
            }
            let resolved = agrees && !again;
            if !resolved {
                tables.claim_payout(&of, &subject, &claim)?;
            }
            let text = |claim: &PayoutClaim| {
                json!({ "outcome": claim.outcome, "evidence": claim.evidence, "person": claim.person })
                    .to_string()
            };
            let entry = NewAuditEntry {
                before: before.as_ref().map(text),
                after: Some(text(&claim)),
                ..NewAuditEntry::of(
                    &tenant,
                    if resolved { "withdrawal.resolve" } else { "withdrawal.claim" },
                    &subject,
                )
            };
            tables.audit(&act, entry)?;
            Ok(ResolveAnswer { resolved })
        })
        .await?;
    if answer.resolved && !write.preview {
        // Under a key of its own, so that whoever lost the answer ends it by asking again.
        let kind = match outcome {
            PayoutOutcome::Paid => "wallet.paid",
            PayoutOutcome::Failed => "wallet.failed",
        };
        let command = json!({ "type": kind, "withdrawal": withdrawal });
        submit(&app, &handle, &format!("resolve.{withdrawal}"), who.person()?, command).await?;
        let state = outcome.name();
        app.people(move |people| {
            people.change(|tables| match tables.payment_of(&programme, "payout", &withdrawal)? {
                Some(payout) => tables.set_payment(&payout.id, state),
                None => Ok(()),
            })
        })
        .await?;
    }
    Ok(crate::app::answered(&answer, replayed))
}

/// Longest evidence in characters.
const EVIDENCE_CHARS_MAX: usize = 500;

/// A withdrawal has to be unknown; whose it is.
async fn waits(handle: &Programme, withdrawal: &str) -> Result<Option<String>, Problem> {
    let id = withdrawal.to_owned();
    let state = handle.read(None, move |engine| engine.withdrawal(&id)).await?;
    match state.ok_or_else(Problem::not_found)? {
        WithdrawalState::Unknown => {}
        WithdrawalState::Requested
        | WithdrawalState::Approved
        | WithdrawalState::Sent
        | WithdrawalState::Paid
        | WithdrawalState::Failed
        | WithdrawalState::Rejected => return Err(Problem::new(ServerFault::PayoutNotUnknown {})),
    }
    let query =
        ratchet_store::WithdrawalsQuery { id: Some(withdrawal.to_owned()), limit: 1, ..Default::default() };
    let row = handle.rows(fresh(handle, None).await?, move |rows| rows.withdrawals(&query)).await?.pop();
    Ok(row.and_then(|row| match row.payee {
        ratchet_store::Payee::Member(member) => Some(member),
        ratchet_store::Payee::Merchant(_) | ratchet_store::Payee::Operator => None,
    }))
}

impl PayoutOutcome {
    fn name(self) -> &'static str {
        match self {
            PayoutOutcome::Paid => "paid",
            PayoutOutcome::Failed => "failed",
        }
    }
}
