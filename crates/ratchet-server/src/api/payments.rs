//! Payments: what the cashier's provider says.

use axum::extract::Request;
use ratchet_engine::payment::SuspenseReason;

use super::orders::{PaymentIntent, PaymentState, own_or};
use super::prelude::*;
use crate::cashier::{self, Notice};
use crate::programme::{Outcome, Programme};
use crate::request::body_bytes;

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(one)).routes(routes!(callback))
}

/// A payment, as the provider's signed messages left it.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/payments/{payment}",
    tag = "payments",
    extensions(("x-permission" = json!("member|orders.read"))),
    responses((status = 200, description = "Done.", body = PaymentIntent)),
)]
async fn one(
    State(app): State<App>,
    who: Who,
    Path((programme, payment)): Path<(String, String)>,
) -> Result<Json<PaymentIntent>, Problem> {
    let handle = app.programme(&programme)?;
    let row = app.people(move |people| people.look(|tables| tables.payment(&payment))).await?;
    let row = row
        .filter(|row| row.programme == programme && row.kind == "payment")
        .ok_or_else(Problem::not_found)?;
    own_or(&who, "orders.read", &handle, &row.subject).await?;
    let currency = app.currency(&handle).await?;
    Ok(Json(PaymentIntent::of(&app, &row, &currency)))
}

/// For the play-money provider: a signed message about a payment or a payout, applied once by its id (PAY-1).
#[utoipa::path(
    post,
    path = "/programmes/{programme}/callbacks/play-money",
    tag = "payments",
    extensions(("x-permission" = json!("provider"))),
    request_body(content = String, content_type = "application/json"),
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn callback(
    State(app): State<App>,
    Path(programme): Path<String>,
    request: Request,
) -> Result<Json<Done>, Problem> {
    let signature =
        request.headers().get(cashier::SIGNATURE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let signature = signature.to_owned();
    let bytes = body_bytes(request).await?;
    let body = std::str::from_utf8(&bytes).unwrap_or_default();
    if !cashier::is_signed(&app, &signature, body, app.now_us()) {
        return Err(Problem::new(ServerFault::SignatureWrong {}));
    }
    let notice: Notice = serde_json::from_str(body).map_err(|error| {
        Problem::new(ServerFault::Json { error: ratchet_engine::plan::form(&error.to_string()) })
    })?;
    let id = notice.payment.clone();
    let row = app.people(move |people| people.look(|tables| tables.payment(&id))).await?;
    let row = row
        .filter(|row| row.programme == programme && row.kind == notice.kind)
        .ok_or_else(Problem::not_found)?;
    let handle = app.programme(&programme)?;
    match (notice.kind.as_str(), notice.state.as_str()) {
        ("payment", "paid") => receive(&app, &handle, &notice, &row.subject).await?,
        ("payment", _) => {
            if row.state == ratchet_store::STATE_OPEN {
                set_state(&app, &notice.payment, PaymentState::Failed).await?;
            }
        }
        (_, state) => {
            let paid = state == "paid";
            let kind = if paid { "wallet.paid" } else { "wallet.failed" };
            let command = json!({ "type": kind, "withdrawal": row.subject });
            submit(&app, &handle, &notice.id, PROVIDER, command).await?;
            set_state(&app, &notice.payment, if paid { PaymentState::Paid } else { PaymentState::Failed })
                .await?;
        }
    }
    Ok(Json(Done { done: true }))
}

/// Who sends what the provider reports.
pub(crate) const PROVIDER: &str = "play-money";

/// Sends a command that follows from what the provider reports, or from what two people say of it; that it was carried out before, or
/// stands in the books already, is as good.
pub(crate) async fn submit(
    app: &App,
    programme: &Programme,
    notice: &str,
    actor: &str,
    command: serde_json::Value,
) -> Result<(), Problem> {
    let request = app.request(programme, &format!("{PROVIDER}:{notice}"), actor, command).await?;
    match programme.submit(request).await?.outcome {
        Outcome::Applied { .. } | Outcome::Duplicate { .. } => Ok(()),
        Outcome::Rejected(refused) => {
            use ratchet_engine::rejection::Rejection;
            // Counted once by the provider's id; a withdrawal that has ended is not ended again.
            match refused.rejection {
                Rejection::PaymentExists | Rejection::WithdrawalState => Ok(()),
                _ => Err(refused.into()),
            }
        }
    }
}

/// PAY-1: money came. It pays its order, or waits in suspense; what came twice or too late goes back by itself.
async fn receive(app: &App, programme: &Programme, notice: &Notice, order: &str) -> Result<(), Problem> {
    let transfer = notice.transfer.clone();
    let command = json!({
        "type": "payment.receive", "payment": transfer, "amount": notice.amount, "currency": notice.currency, "order": order,
    });
    submit(app, programme, &transfer, PROVIDER, command).await?;
    let id = transfer.clone();
    let booked =
        programme.read(None, move |engine| engine.payment(&id).map(|payment| (payment.left, payment.reason)));
    let Some((left, reason)) = booked.await? else {
        return Err(Problem::new(ServerFault::Storage {}).because("a payment that was booked is missing"));
    };
    let comes_back = match reason {
        Some(SuspenseReason::OrderPaid | SuspenseReason::OrderClosed | SuspenseReason::OrderRefunded) => true,
        None
        | Some(
            SuspenseReason::CurrencyDiffers
            | SuspenseReason::OrderMissing
            | SuspenseReason::OrderUnknown
            | SuspenseReason::OrderNotPayable
            | SuspenseReason::AmountDiffers,
        ) => false,
    };
    if comes_back && !left.is_zero() {
        let command = json!({
            "type": "payment.return", "payment": transfer, "amount": notice.amount, "currency": notice.currency,
        });
        submit(app, programme, &format!("return.{transfer}"), PROVIDER, command).await?;
        let currency = app.currency(programme).await?;
        let amount = currency.parse_money(&notice.amount).map_err(|error| Problem::field("amount", error))?;
        cashier::transfer(app, programme, super::returned(&transfer), -i128::from(amount.minor())).await?;
    }
    let state = match reason {
        None => PaymentState::Paid,
        // The first payment paid the order; the second one went back.
        Some(SuspenseReason::OrderPaid) => return Ok(()),
        Some(_) if comes_back => PaymentState::Returned,
        Some(reason) => {
            tracing::error!(
                alarm = "payment_in_suspense",
                payment = transfer,
                reason = reason.name(),
                "a payment does not fit"
            );
            metrics::counter!("ratchet_payments_in_suspense_total").increment(1);
            PaymentState::Suspense
        }
    };
    set_state(app, &notice.payment, state).await
}

async fn set_state(app: &App, payment: &str, state: PaymentState) -> Result<(), Problem> {
    let payment = payment.to_owned();
    app.people(move |people| people.change(|tables| tables.set_payment(&payment, state.name()))).await
}
