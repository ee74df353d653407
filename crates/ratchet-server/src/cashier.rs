//! The play-money provider: a cashier whose page a member sees, and signed messages that arrive as real ones do, twice, late and
//! wrong where somebody asks for it (PAY-4). It knows of the server only its address for messages.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, Request, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use ratchet_engine::command::Command;
use ratchet_engine::hash::hex;
use ratchet_engine::ledger::{Account, AccountKind};
use ratchet_engine::message::Language;
use ratchet_engine::plan::Mode;
use ratchet_sim::escape;
use ratchet_store::{PaymentRow, STATE_OPEN, StoreError, Tables, Transfer};
use serde::{Deserialize, Serialize};
use tower::ServiceExt as _;

use crate::problem::{Problem, ServerFault};
use crate::programme::Programme;
use crate::request::Meta;
use crate::{App, api};

/// Header of a message's signature: `t=<seconds>,v1=<hex of HMAC-SHA256 over "<seconds>.<body>">`.
pub(crate) const SIGNATURE: &str = "ratchet-signature";
/// A message's signature is good for so long.
const SIGNATURE_SECONDS: i64 = 300;
/// Most messages of one round of deliveries.
const ROUND: usize = 100;
/// Longest pause between two rounds that were not taken.
const PAUSE_SECONDS_MAX: u64 = 60;

/// What a message says.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Notice {
    /// Its own id.
    pub(crate) id: String,
    /// `payment` or `payout`.
    pub(crate) kind: String,
    /// The server's id of it.
    pub(crate) payment: String,
    /// The provider's id of the money: it counts once.
    pub(crate) transfer: String,
    /// How much, as a decimal.
    pub(crate) amount: String,
    /// ISO code.
    pub(crate) currency: String,
    /// `paid` or `failed`.
    pub(crate) state: String,
}

/// What somebody does at the cashier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Act {
    /// Pays.
    Pay,
    /// Pays, and the message comes twice.
    Twice,
    /// Pays two times.
    PayTwice,
    /// Pays, and the message is held.
    Late,
    /// Lets held messages go.
    Release,
    /// Pays one unit of money too much.
    WrongAmount,
    /// Pays, and no message ever comes.
    Lost,
    /// Gives up.
    Fail,
}

/// PAY-4: play money never comes near a live programme.
pub(crate) fn refuse_live(mode: Mode) -> Result<(), Problem> {
    match mode {
        Mode::Sandbox => Ok(()),
        Mode::Live => Err(Problem::new(ServerFault::ProviderMissing {})),
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Visit {
    /// That the server sent the visitor here.
    token: String,
    /// What was done on the page before.
    #[serde(default)]
    done: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Done {
    act: Act,
}

/// Its pages.
pub(crate) fn routes() -> Router<App> {
    Router::new().route("/cashier/{payment}", get(page).post(act))
}

/// Path of the page for a payment.
pub(crate) fn url(app: &App, payment: &str) -> String {
    format!("/cashier/{payment}?token={}", hex(&app.secrets().sign("cashier", payment)))
}

/// What the provider does with payouts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PayoutMode {
    /// Pays, and says so.
    Pay,
    /// Pays, and says so only when asked.
    Late,
    /// Pays, and no message ever comes by itself.
    Lost,
    /// Does not pay, and says so.
    Fail,
    /// Never gets to know of it.
    Unheard,
}

impl PayoutMode {
    /// As in the tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            PayoutMode::Pay => "pay",
            PayoutMode::Late => "late",
            PayoutMode::Lost => "lost",
            PayoutMode::Fail => "fail",
            PayoutMode::Unheard => "unheard",
        }
    }

    fn parse(name: Option<&str>) -> PayoutMode {
        use PayoutMode::{Fail, Late, Lost, Pay, Unheard};
        [Late, Lost, Fail, Unheard].into_iter().find(|mode| Some(mode.name()) == name).unwrap_or(Pay)
    }
}

/// What it does with payouts of a programme now.
pub(crate) async fn payout_mode(app: &App, programme: &str) -> Result<PayoutMode, Problem> {
    let programme = programme.to_owned();
    let mode = app.people(move |people| people.look(|tables| tables.payout_mode(&programme))).await?;
    Ok(PayoutMode::parse(mode.as_deref()))
}

/// Takes a payout, and does with it what somebody asked for. `at` is the programme's time.
pub(crate) fn take_payout(
    tables: &Tables<'_>,
    payout: &PaymentRow,
    amount: String,
    at: i64,
) -> Result<(), StoreError> {
    let mode = PayoutMode::parse(tables.payout_mode(&payout.programme)?.as_deref());
    if matches!(mode, PayoutMode::Pay | PayoutMode::Late | PayoutMode::Lost) {
        let transfer = Transfer { reference: payout.subject.clone(), amount: -payout.amount, at };
        tables.add_transfer(&payout.programme, &transfer)?;
    }
    let message = |state| notice(payout, &format!("{}-1", payout.id), amount, state, 1);
    match mode {
        PayoutMode::Pay => tables.add_callback(&payout.id, &message("paid"), false),
        PayoutMode::Late => tables.add_callback(&payout.id, &message("paid"), true),
        PayoutMode::Fail => tables.add_callback(&payout.id, &message("failed"), false),
        PayoutMode::Lost | PayoutMode::Unheard => Ok(()),
    }
}

/// Says what became of a payout, by its own books: what is not in them was not paid, and will not be.
pub(crate) fn answer_payout(
    tables: &Tables<'_>,
    payout: &PaymentRow,
    amount: String,
) -> Result<(), StoreError> {
    let paid = tables.transfer(&payout.programme, &payout.subject)?.is_some();
    let state = if paid { "paid" } else { "failed" };
    tables.add_callback(&payout.id, &notice(payout, &format!("{}-1", payout.id), amount, state, 2), false)
}

/// Notes in its books that money came in (positive) or went out.
pub(crate) async fn transfer(
    app: &App,
    programme: &Programme,
    reference: String,
    amount: i128,
) -> Result<(), Problem> {
    let (id, at) = (programme.id().to_owned(), programme.clock().await?.now.us());
    let amount = i64::try_from(amount)
        .map_err(|_| Problem::new(ServerFault::Bug {}).because("an amount of the journal fits in 64 bits"))?;
    let transfer = Transfer { reference, amount, at };
    app.people(move |people| people.change(|tables| tables.add_transfer(&id, &transfer))).await
}

/// Which refund a command asks for, if it is one.
pub(crate) fn refund_of(command: &Command) -> Option<String> {
    match command {
        Command::OrderRefund { refund, .. } => Some(refund.as_str().to_owned()),
        _ => None,
    }
}

/// Gives back what a refund took from `bank` by its entry.
pub(crate) async fn give_back(
    app: &App,
    programme: &Programme,
    seq: u64,
    refund: String,
) -> Result<(), Problem> {
    // What the bank holds is a debit, which postings count as negative.
    let sum = -programme.posted(seq, Account::programme(AccountKind::Bank)).await?;
    if sum == 0 { Ok(()) } else { transfer(app, programme, refund, sum).await }
}

fn notice(payment: &PaymentRow, transfer: &str, amount: String, state: &str, number: u32) -> String {
    let notice = Notice {
        id: format!("{}-m{number}", payment.id),
        kind: payment.kind.clone(),
        payment: payment.id.clone(),
        transfer: transfer.to_owned(),
        amount,
        currency: payment.currency.clone(),
        state: state.to_owned(),
    };
    serde_json::to_string(&notice).expect("texts are JSON")
}

async fn payment(app: &App, id: &str, visit: &Visit) -> Result<PaymentRow, Problem> {
    let token = unhex(&visit.token).unwrap_or_default();
    if !app.secrets().is_signed("cashier", id, &token) {
        return Err(Problem::not_found());
    }
    let id = id.to_owned();
    let found = app.people(move |people| people.look(|tables| tables.payment(&id))).await?;
    found.filter(|payment| payment.kind == "payment").ok_or_else(Problem::not_found)
}

async fn amount(app: &App, payment: &PaymentRow, more: i64) -> Result<String, Problem> {
    let programme = app.programme(&payment.programme)?;
    let currency = app.currency(&programme).await?;
    let unit = 10_i128.pow(currency.decimals);
    Ok(currency.format_minor(i128::from(payment.amount) + i128::from(more) * unit))
}

async fn page(
    State(app): State<App>,
    axum::Extension(meta): axum::Extension<Meta>,
    Path(id): Path<String>,
    Query(visit): Query<Visit>,
) -> Result<Response, Problem> {
    let payment = payment(&app, &id, &visit).await?;
    let amount = amount(&app, &payment, 0).await?;
    let zh = meta.language == Language::Zh;
    let say = |chinese: &'static str, english: &'static str| if zh { chinese } else { english };
    let button = |class: &str, act: &str, label: &str| {
        format!("<button class=\"button{class}\" name=\"act\" value=\"{act}\">{label}</button>")
    };
    let faults: String = [
        ("twice", say("付款，消息重复到达", "Pay, and the message comes twice")),
        ("pay_twice", say("付两次款", "Pay two times")),
        ("late", say("付款，消息迟到", "Pay, and the message is late")),
        ("release", say("放行迟到的消息", "Let late messages go")),
        ("wrong_amount", say("多付 1 元", "Pay one unit too much")),
        ("lost", say("付款，消息丢失", "Pay, and the message is lost")),
    ]
    .iter()
    .map(|(act, label)| button("", act, label))
    .collect();
    let (lang, title) = (say("zh-CN", "en"), say("模拟收银台", "Play-money cashier"));
    let sandbox = say("[沙盒]", "[sandbox]");
    let order_id = escape(&payment.subject);
    let sum = match payment.currency.as_str() {
        "CNY" => format!("¥{amount}"),
        currency => format!("{amount} {}", escape(currency)),
    };
    let programme = escape(&payment.programme);
    let note = say("这里只用模拟资金，不涉及真实付款。", "Play money only; nobody pays anything real here.");
    let (back, order) = (say("返回订单", "Back to the order"), say("订单", "Order"));
    let others = say("试试出错时会怎样", "Try what happens when something goes wrong");
    let (pay, give_up) =
        (button(" primary", "pay", say("付款", "Pay")), button("", "fail", say("放弃付款", "Give up")));
    let to_order = |class: &str| {
        format!("<a class=\"button{class}\" href=\"/p/{programme}/orders/{order_id}\">{back}</a>")
    };
    // What was done leads back; before that, paying is what one came for.
    let (status, first, then) = match visit.done.as_deref() {
        Some(done) => {
            let status = match done {
                GAVE_UP => say("已放弃付款。", "Given up; nothing was paid."),
                _ => say(
                    "已交给支付方；结果以签名消息为准。",
                    "Handed to the provider; only its signed message counts.",
                ),
            };
            (status, String::new(), to_order(" primary"))
        }
        None => ("", pay + &give_up, to_order("")),
    };
    let action = format!("/cashier/{}?token={}", escape(&payment.id), escape(&visit.token));
    let html = format!(
        "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{sandbox} {title}</title>\
         <style>{STYLE}</style></head><body><p class=\"strip\">{sandbox} {note}</p><main><h1>{title}</h1>\
         <p class=\"lead\">{sum}</p><p class=\"quiet above\">{order} {order_id}</p><p class=\"state\" role=\"status\">{status}</p>\
         <form method=\"post\" action=\"{action}\">{first}</form>{then}\
         <details><summary>{others}</summary><form method=\"post\" action=\"{action}\">{faults}</form></details>\
         </main></body></html>"
    );
    Ok(([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(html)).into_response())
}

/// The page has its styles within it, which are the shop's, and nothing else.
const STYLE: &str = include_str!("cashier/page.css");
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
/// What the page says of itself after somebody gave up.
const GAVE_UP: &str = "fail";

async fn act(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(visit): Query<Visit>,
    body: String,
) -> Result<Response, Problem> {
    let payment = payment(&app, &id, &visit).await?;
    let form = format!("/?{body}").parse().ok();
    let form = form.and_then(|uri| Query::<Done>::try_from_uri(&uri).ok());
    let Some(Query(Done { act })) = form else { return Err(Problem::not_found()) };
    let [exact, more] = [amount(&app, &payment, 0).await?, amount(&app, &payment, 1).await?];
    let currency = app.currency(&app.programme(&payment.programme)?).await?;
    let unit = 10_i64.pow(currency.decimals);
    let wakes = app.clone();
    let at = app.programme(&payment.programme)?.clock().await?.now.us();
    app.people(move |people| {
        people.change(|tables| {
            let transfer = |number: u32| format!("{}-{number}", payment.id);
            let comes = |number: u32, amount: i64| {
                let transfer = Transfer { reference: transfer(number), amount, at };
                tables.add_transfer(&payment.programme, &transfer)
            };
            match act {
                Act::Pay | Act::Twice | Act::Late | Act::Lost => comes(1, payment.amount)?,
                Act::WrongAmount => comes(1, payment.amount.saturating_add(unit))?,
                Act::PayTwice => {
                    comes(1, payment.amount)?;
                    comes(2, payment.amount)?;
                }
                Act::Release | Act::Fail => {}
            }
            let paid =
                |number, amount: &str| notice(&payment, &transfer(number), amount.to_owned(), "paid", number);
            let messages: Vec<(String, bool)> = match act {
                Act::Pay => vec![(paid(1, &exact), false)],
                Act::Twice => vec![(paid(1, &exact), false), (paid(1, &exact), false)],
                Act::PayTwice => vec![(paid(1, &exact), false), (paid(2, &exact), false)],
                Act::Late => vec![(paid(1, &exact), true)],
                Act::WrongAmount => vec![(paid(1, &more), false)],
                Act::Release => {
                    tables.release_callbacks(&payment.id)?;
                    Vec::new()
                }
                Act::Lost => Vec::new(),
                Act::Fail => vec![(notice(&payment, &transfer(0), exact.clone(), "failed", 0), false)],
            };
            for (message, held) in messages {
                tables.add_callback(&payment.id, &message, held)?;
            }
            Ok::<_, StoreError>(())
        })
    })
    .await?;
    wakes.deliveries.notify_one();
    let done = if act == Act::Fail { GAVE_UP } else { "1" };
    Ok(Redirect::to(&format!("/cashier/{id}?token={}&done={done}", visit.token)).into_response())
}

/// A payout of which nothing was heard for so long is unknown (PAY-2).
const SILENT_US: i64 = 60_000_000;

/// Says of payouts of which nothing was heard that their outcome is unknown; whether others may still become so.
async fn give_up_waiting(app: &App) -> Result<bool, Problem> {
    let now = app.now_us();
    let silent =
        app.people(move |people| people.look(|tables| tables.silent_payouts(now - SILENT_US))).await?;
    for (payout, programme, withdrawal) in silent {
        let command = serde_json::json!({ "type": "wallet.unknown", "withdrawal": withdrawal });
        let programme = app.programme(&programme)?;
        api::submit(app, &programme, &format!("unknown.{payout}"), api::PROVIDER, command).await?;
        app.people(move |people| people.change(|tables| tables.set_payment(&payout, "unknown"))).await?;
    }
    let waiting = app.people(|people| people.look(|tables| tables.silent_payouts(i64::MAX))).await?;
    Ok(!waiting.is_empty())
}

/// Sends messages for as long as the server runs, each until it is taken.
pub(crate) async fn deliver(app: App, router: Router) {
    let mut pause = 0;
    loop {
        let sent = round(&app, &router).await;
        let done = match sent {
            Ok(true) => give_up_waiting(&app).await.map(|waiting| !waiting),
            other => other,
        };
        match done {
            Ok(true) => pause = 0,
            Ok(false) => pause = (pause * 2).clamp(1, PAUSE_SECONDS_MAX),
            Err(problem) => {
                tracing::error!(
                    code = problem.code(),
                    reason = problem.reason(),
                    "messages of the play-money provider"
                );
                pause = (pause * 2).clamp(1, PAUSE_SECONDS_MAX);
            }
        }
        if pause == 0 {
            app.deliveries.notified().await;
        } else {
            let pause = tokio::time::sleep(std::time::Duration::from_secs(pause));
            tokio::select! {
                () = app.deliveries.notified() => {}
                () = pause => {}
            }
        }
    }
}

/// Sends what waits; whether all of it was taken.
async fn round(app: &App, router: &Router) -> Result<bool, Problem> {
    loop {
        let waiting = app.people(|people| people.look(|tables| tables.callbacks(ROUND))).await?;
        if waiting.is_empty() {
            return Ok(true);
        }
        let mut taken = true;
        for message in waiting {
            let seconds = app.now_us() / 1_000_000;
            let signature = hex(&app.secrets().sign("play-money", &format!("{seconds}.{}", message.body)));
            let signature =
                HeaderValue::from_str(&format!("t={seconds},v1={signature}")).expect("digits are a header");
            let request =
                Request::post(format!("/api/v1/programmes/{}/callbacks/play-money", message.programme))
                    .header(header::CONTENT_TYPE, "application/json")
                    .header(SIGNATURE, signature)
                    .body(Body::from(message.body))
                    .expect("a message is a request");
            let answer = router.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
            let delivered_at = (answer.status() == StatusCode::OK).then(|| app.now_us());
            taken &= delivered_at.is_some();
            let number = message.number;
            app.people(move |people| people.change(|tables| tables.sent_callback(number, delivered_at)))
                .await?;
        }
        if !taken {
            return Ok(false);
        }
    }
}

/// Whether a message is the provider's, and not old.
pub(crate) fn is_signed(app: &App, header: &str, body: &str, now_us: i64) -> bool {
    let signed = header.split_once(',').and_then(|(time, signature)| {
        let seconds: i64 = time.trim().strip_prefix("t=")?.parse().ok()?;
        Some((seconds, unhex(signature.trim().strip_prefix("v1=")?)?))
    });
    signed.is_some_and(|(seconds, signature)| {
        let age = (now_us / 1_000_000).saturating_sub(seconds);
        age.unsigned_abs() <= SIGNATURE_SECONDS.unsigned_abs()
            && app.secrets().is_signed("play-money", &format!("{seconds}.{body}"), &signature)
    })
}

/// A payment that begins.
pub(crate) fn open_payment(
    id: String,
    programme: &str,
    subject: &str,
    person: &str,
    kind: &str,
    (amount, currency): (i64, String),
    created_at: i64,
) -> PaymentRow {
    PaymentRow {
        id,
        programme: programme.to_owned(),
        subject: subject.to_owned(),
        person: person.to_owned(),
        kind: kind.to_owned(),
        amount,
        currency,
        state: STATE_OPEN.to_owned(),
        created_at,
    }
}

/// The bytes of hexadecimal digits of either case.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::STYLE;

    /// The page cannot load the shop's colours, so it has a copy of those it uses, in the light and in the dark.
    #[test]
    fn the_colours_of_the_page_are_the_shops() {
        let colours = |text: &str| -> BTreeMap<String, String> {
            let parts = text.split([';', '{', '}']).filter_map(|part| part.rsplit("*/").next());
            let said = parts.filter_map(|part| part.trim().strip_prefix("--"));
            let said = said.filter_map(|said| said.split_once(": "));
            said.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
        };
        let tokens = include_str!("../../../web/packages/ui/src/tokens.css");
        let (light, dark) =
            tokens.split_once(":root[data-theme=\"dark\"]").expect("the shop has a dark theme");
        let (own_light, own_dark) = STYLE.split_once("@media").expect("so has the page");
        for (own, shop) in [(own_light, light), (own_dark.split_once("*,").expect("rules follow").0, dark)] {
            let (own, shop) = (colours(own), colours(shop));
            assert!(own.len() > 10);
            for (name, colour) in own {
                assert_eq!(shop.get(&name), Some(&colour), "{name}");
            }
        }
    }
}
