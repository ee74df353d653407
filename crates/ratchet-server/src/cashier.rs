//! The play-money provider: a cashier whose page a member sees, and signed messages that arrive as real ones do, twice, late and
//! wrong where somebody asks for it (PAY-4). It knows of the server only its address for messages.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, Request, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use ratchet_engine::hash::hex;
use ratchet_engine::message::Language;
use ratchet_engine::plan::Mode;
use ratchet_store::{PaymentRow, STATE_OPEN, StoreError};
use serde::{Deserialize, Serialize};
use tower::ServiceExt as _;

use crate::App;
use crate::problem::{Problem, ServerFault};
use crate::request::Meta;

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

/// What the provider does with a payout: it pays.
pub(crate) fn payout_notice(payout: &PaymentRow, amount: String) -> String {
    notice(payout, &format!("{}-1", payout.id), amount, "paid", 1)
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
    let buttons: String = [
        ("pay", say("付款", "Pay")),
        ("twice", say("付款，消息重复到达", "Pay, and the message comes twice")),
        ("pay_twice", say("付两次款", "Pay two times")),
        ("late", say("付款，消息迟到", "Pay, and the message is late")),
        ("release", say("放行迟到的消息", "Let late messages go")),
        ("wrong_amount", say("多付 1 元", "Pay one unit too much")),
        ("lost", say("付款，消息丢失", "Pay, and the message is lost")),
        ("fail", say("放弃付款", "Give up")),
    ]
    .iter()
    .map(|(act, label)| format!("<p><button name=\"act\" value=\"{act}\">{label}</button></p>"))
    .collect();
    let done = match visit.done.as_deref() {
        Some(_) => say(
            "已交给支付方；结果以签名消息为准。",
            "Handed to the provider; only its signed message counts.",
        ),
        None => "",
    };
    let (lang, title) = (say("zh-CN", "en"), say("[沙盒] 模拟收银台", "[sandbox] Play-money cashier"));
    let (order_id, currency) = (escape(&payment.subject), escape(&payment.currency));
    let programme = escape(&payment.programme);
    let note = say("这里只用模拟资金，不涉及真实付款。", "Play money only; nobody pays anything real here.");
    let back = say("返回订单", "Back to the order");
    let order = say("订单", "Order");
    let action = format!("/cashier/{}?token={}", escape(&payment.id), escape(&visit.token));
    Ok(Html(format!(
        "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title></head>\
         <body><main><h1>{title}</h1><p>{note}</p><p>{order} {order_id}</p><p><strong>{amount} {currency}</strong></p>\
         <p role=\"status\">{done}</p><form method=\"post\" action=\"{action}\">{buttons}</form>\
         <p><a href=\"/p/{programme}/orders/{order_id}\">{back}</a></p></main></body></html>"
    ))
    .into_response())
}

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
    let wakes = app.clone();
    app.people(move |people| {
        people.change(|tables| {
            let transfer = |number: u32| format!("{}-{number}", payment.id);
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
    Ok(Redirect::to(&format!("/cashier/{id}?token={}&done=1", visit.token)).into_response())
}

/// Sends messages for as long as the server runs, each until it is taken.
pub(crate) async fn deliver(app: App, router: Router) {
    let mut pause = 0;
    loop {
        match round(&app, &router).await {
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

fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}
