//! Merchants: asking to be one, review with reasons, suspension and appeals (MERCH-1, MERCH-7, MERCH-8). Where a merchant stands is the
//! engine's; what the person says of the shop is kept beside it, sealed.

use std::collections::HashMap;

use ratchet_engine::engine::Engine;
use ratchet_engine::id::MerchantNo;
use ratchet_engine::merchant::MerchantState as Stand;
use ratchet_store::{
    ApplicationData, ApplicationDocument, ApplicationRow, MerchantStep, NewAuditEntry,
    OrdersQuery as OrderRows,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::prelude::*;
use crate::app::answered;
use crate::programme::{PreviewOutcome, Programme};

/// Where a merchant stands (MERCH-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MerchantState {
    /// Waits for review.
    Applied,
    /// May tip and list.
    Approved,
    /// Not accepted; may apply again.
    Rejected,
    /// May neither tip nor sell listed products until resumed.
    Suspended,
}

/// What somebody who asks to be a merchant says.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApplicationRequest {
    /// The order of the activation pack.
    order: String,
    /// The shop's name; 1 to 60 characters.
    shop: String,
    /// How it is reached; 1 to 120 characters.
    contact: String,
    /// What it sells; 1 to 500 characters.
    goods: String,
    /// Documents by number, at most ten.
    #[serde(default)]
    #[schema(max_items = 10)]
    documents: Vec<DocumentNumber>,
}

/// A document by its number.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DocumentNumber {
    /// Which, such as a business licence; 1 to 60 characters.
    name: String,
    /// Its number; 1 to 60 characters.
    number: String,
}

/// What was said by an application.
#[derive(Serialize, ToSchema)]
pub(crate) struct ApplicationView {
    /// When, by the server's clock.
    at: Time,
    /// The shop's name.
    shop: String,
    /// How it is reached.
    contact: String,
    /// What it sells.
    goods: String,
    /// Documents by number.
    documents: Vec<DocumentNumber>,
}

/// A step of a merchant's.
#[derive(Serialize, ToSchema)]
pub(crate) struct MerchantStepView {
    /// Entry of the journal.
    seq: u64,
    /// When.
    at: Time,
    /// Where it stood after it.
    state: MerchantState,
    /// The order of the activation pack, where it is an application.
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<String>,
    /// Why, in the words of whoever decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Who; for staff only.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<PersonName>,
}

/// What a suspended merchant says to it, and the answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct AppealView {
    /// Its number.
    number: i64,
    /// When, by the server's clock.
    at: Time,
    /// What was said.
    text: String,
    /// What staff answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    answered_at: Option<Time>,
    /// Who; for staff only.
    #[serde(skip_serializing_if = "Option::is_none")]
    answered_by: Option<PersonName>,
}

/// A merchant with all that is known of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct MerchantView {
    /// Its id.
    id: String,
    /// Whose it is.
    member: String,
    /// Where it stands.
    state: MerchantState,
    /// Why it was rejected or is suspended, in the words of whoever decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What was said by the newest application; absent where it was made by a command alone, or the person was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    application: Option<ApplicationView>,
    /// Evidence: the order of the activation pack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pack: Option<PackEvidence>,
    /// Emission points that are free for tips and awards.
    points_free: Units,
    /// Emission points reserved for products that were sold and not received.
    points_reserved: Units,
    /// Value units not released yet.
    value_units: Units,
    /// Owed to it.
    payable: Amount,
    /// Held for payouts.
    held: Amount,
    /// Owed by it after late refunds.
    owes: Amount,
    /// Products that are listed now.
    listed: usize,
    /// What happened, oldest first.
    steps: Vec<MerchantStepView>,
    /// What was said to being suspended, oldest first.
    appeals: Vec<AppealView>,
}

/// The order of an activation pack.
#[derive(Serialize, ToSchema)]
pub(crate) struct PackEvidence {
    /// The order.
    order: String,
    /// Its goods, less what was refunded of them.
    left: Amount,
    /// What the plan asks at least.
    needed: Amount,
}

/// Whether one may apply, and one's merchant.
#[derive(Serialize, ToSchema)]
pub(crate) struct MyMerchant {
    /// What an activation pack costs at least.
    pack_from: Amount,
    /// Own orders that are one, newest first.
    packs: Vec<String>,
    /// Why an application would be refused now, in the language asked for; absent where it would be taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    why_not: Option<String>,
    /// The merchant, once one has applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant: Option<MerchantView>,
}

/// Why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReasonRequest {
    /// The person reads it as it is; 1 to 500 characters.
    pub(super) reason: String,
}

/// What is said.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SaidRequest {
    /// 1 to 1,000 characters.
    text: String,
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(my_merchant))
        .routes(routes!(apply))
        .routes(routes!(appeal))
        .routes(routes!(merchants))
        .routes(routes!(approve_merchant))
        .routes(routes!(reject_merchant))
        .routes(routes!(suspend_merchant))
        .routes(routes!(resume_merchant))
        .routes(routes!(answer_appeal))
}

/// Whether one may be a merchant, what is missing, and where one's own application or merchant stands.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/merchant",
    tag = "merchants",
    extensions(("x-permission" = json!("member"))),
    params(ReadQuery),
    responses((status = 200, description = "Done.", body = MyMerchant)),
)]
async fn my_merchant(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<ReadQuery>,
) -> Result<Json<MyMerchant>, Problem> {
    let (handle, member) = (app.programme(&programme)?, who.member()?.to_owned());
    let currency = app.currency(&handle).await?;
    let min_seq = fresh(&handle, query.min_seq).await?;
    let of = member.clone();
    let read = handle.read(min_seq, move |engine| {
        let pack = engine.plan().merchant.map(|plan| plan.activation_pack);
        (pack, engine.merchant_of_member(&of).map(|merchant| (merchant.id.to_owned(), merchant.state)))
    });
    let (pack, known) = read.await?;
    let pack = pack.ok_or_else(no_merchants)?;
    let may_apply = known.as_ref().is_none_or(|(_, state)| *state == Stand::Rejected);
    let (packs, why_not) = if may_apply {
        let id = merchant_id(&app, &handle, &member).await?;
        packs_of(&app, &who, &handle, (&id, &member), min_seq).await?
    } else {
        (Vec::new(), None)
    };
    let why_not = why_not.or_else(|| {
        let missing = may_apply && packs.is_empty();
        let fault = ServerFault::PackMissing { minimum: currency.format(pack) };
        missing.then(|| Problem::new(fault).text(who.meta.language).to_owned())
    });
    let merchant = match known {
        Some((id, _)) => views(&app, &who, &handle, vec![id], min_seq).await?.pop(),
        None => None,
    };
    Ok(Json(MyMerchant { pack_from: Amount::of(pack, &currency), packs, why_not, merchant }))
}

/// Asks to be a merchant, by an activation pack bought (merchant.apply); after a rejection once more.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/me/merchant/applications",
    tag = "merchants",
    extensions(("x-permission" = json!("member"))),
    request_body = ApplicationRequest,
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn apply(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    body: Body<ApplicationRequest>,
) -> Result<Response, Problem> {
    let ApplicationRequest { order, shop, contact, goods, documents } = body.value;
    check_length("shop", &shop, 1, SHOP_CHARS_MAX)?;
    check_length("contact", &contact, 1, CONTACT_CHARS_MAX)?;
    check_length("goods", &goods, 1, GOODS_CHARS_MAX)?;
    if documents.len() > DOCUMENTS_MAX {
        return Err(Problem::field("documents", ServerFault::Count { least: 0, most: DOCUMENTS_MAX }));
    }
    for (at, document) in documents.iter().enumerate() {
        check_length(&format!("documents.{at}.name"), &document.name, 1, SHOP_CHARS_MAX)?;
        check_length(&format!("documents.{at}.number"), &document.number, 1, SHOP_CHARS_MAX)?;
    }
    let (handle, member) = (app.programme(&programme)?, who.member()?.to_owned());
    let merchant = merchant_id(&app, &handle, &member).await?;
    let command = json!({ "type": "merchant.apply", "merchant": merchant, "member": member, "order": order });
    let (answer, replayed) = app.send(&who, &write, &handle, merchant.clone(), command).await?;
    if !write.preview {
        let documents =
            documents.into_iter().map(|DocumentNumber { name, number }| ApplicationDocument { name, number });
        let data = ApplicationData { shop, contact, goods, documents: documents.collect() };
        let (tenant, person, now) = (who.tenant()?.to_owned(), who.person()?.to_owned(), who.meta.now_us);
        let keep = move |tables: &ratchet_store::Tables<'_>| {
            tables.add_application(&tenant, &programme, (&merchant, &person), &data, now)?;
            Ok(Done { done: true })
        };
        app.once_value(&who, &write, Some(body.hash), keep).await?;
    }
    Ok(answered(&answer, replayed))
}

/// Says something to being suspended; staff answers it.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/me/merchant/appeals",
    tag = "merchants",
    extensions(("x-permission" = json!("member"))),
    request_body = SaidRequest,
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn appeal(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    body: Body<SaidRequest>,
) -> Result<Response, Problem> {
    let text = body.value.text;
    check_length("text", &text, 1, SAID_CHARS_MAX)?;
    let handle = app.programme(&programme)?;
    let own = own_merchant(&handle, &who).await?;
    let (tenant, person, now) = (who.tenant()?.to_owned(), who.person()?.to_owned(), who.meta.now_us);
    app.change(&who, &write, Some(body.hash), move |tables| {
        if own.state != Stand::Suspended {
            return Err(Problem::new(ServerFault::NotSuspended {}));
        }
        if tables.appeals(&programme, &own.id)?.iter().any(|appeal| appeal.answer.is_none()) {
            return Err(Problem::new(ServerFault::AppealWaits {}));
        }
        tables.add_appeal(&tenant, &programme, (&own.id, &person), &text, now)?;
        Ok(Done { done: true })
    })
    .await
}

/// All merchants, those that wait for somebody first, then the newest.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/merchants",
    tag = "merchants",
    extensions(("x-permission" = json!("members.read"))),
    params(ReadQuery),
    responses((status = 200, description = "Done.", body = List<MerchantView>)),
)]
async fn merchants(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<ReadQuery>,
) -> Result<Json<List<MerchantView>>, Problem> {
    let handle = app.programme(&programme)?;
    let min_seq = fresh(&handle, query.min_seq).await?;
    let ids = handle.read(min_seq, |engine| {
        let mut found: Vec<(bool, MerchantNo, String)> = engine
            .merchants()
            .map(|merchant| (merchant.state != Stand::Applied, merchant.no, merchant.id.to_owned()))
            .collect();
        found.sort_by_key(|(decided, number, _)| (*decided, std::cmp::Reverse(*number)));
        found.truncate(LIST_MAX);
        found.into_iter().map(|(.., id)| id).collect::<Vec<_>>()
    });
    let mut items = views(&app, &who, &handle, ids.await?, min_seq).await?;
    let waits = |view: &MerchantView| {
        view.state == MerchantState::Applied || view.appeals.iter().any(|appeal| appeal.answer.is_none())
    };
    items.sort_by_key(|view| !waits(view));
    Ok(Json(List { items }))
}

/// Approves an application (merchant.approve): never one's own.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/merchants/{merchant}/approve",
    tag = "merchants",
    extensions(("x-permission" = json!("money.approve"))),
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn approve_merchant(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, merchant)): Path<(String, String)>,
) -> Result<Response, Problem> {
    decide(&app, &who, &write, &programme, ("merchant.approve", merchant, None)).await
}

/// Rejects an application (merchant.reject); the person reads the reason as it is.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/merchants/{merchant}/reject",
    tag = "merchants",
    extensions(("x-permission" = json!("money.approve"))),
    request_body = ReasonRequest,
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn reject_merchant(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, merchant)): Path<(String, String)>,
    body: Body<ReasonRequest>,
) -> Result<Response, Problem> {
    decide(&app, &who, &write, &programme, ("merchant.reject", merchant, Some(body.value.reason))).await
}

/// Suspends a merchant (merchant.suspend); the person reads the reason as it is. Orders that are paid go on.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/merchants/{merchant}/suspend",
    tag = "merchants",
    extensions(("x-permission" = json!("members.manage"))),
    request_body = ReasonRequest,
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn suspend_merchant(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, merchant)): Path<(String, String)>,
    body: Body<ReasonRequest>,
) -> Result<Response, Problem> {
    decide(&app, &who, &write, &programme, ("merchant.suspend", merchant, Some(body.value.reason))).await
}

/// Ends a suspension (merchant.resume).
#[utoipa::path(
    post,
    path = "/programmes/{programme}/merchants/{merchant}/resume",
    tag = "merchants",
    extensions(("x-permission" = json!("members.manage"))),
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn resume_merchant(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, merchant)): Path<(String, String)>,
) -> Result<Response, Problem> {
    decide(&app, &who, &write, &programme, ("merchant.resume", merchant, None)).await
}

/// Answers what a suspended merchant said; the suspension itself is ended by `resume` and nothing else.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/merchants/{merchant}/appeals/{number}/answer",
    tag = "merchants",
    extensions(("x-permission" = json!("members.manage"))),
    request_body = SaidRequest,
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn answer_appeal(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, merchant, number)): Path<(String, String, i64)>,
    body: Body<SaidRequest>,
) -> Result<Response, Problem> {
    let text = body.value.text;
    check_length("text", &text, 1, SAID_CHARS_MAX)?;
    let (act, tenant) = (who.act(), who.tenant()?.to_owned());
    app.change(&who, &write, Some(body.hash), move |tables| {
        let appeals = tables.appeals(&programme, &merchant)?;
        if !appeals.iter().any(|appeal| appeal.number == number) {
            return Err(Problem::not_found());
        }
        if !tables.answer_appeal(&programme, (&merchant, number), &text, (&act.person, act.at))? {
            return Err(Problem::new(ServerFault::ProposalDecided {}));
        }
        let entry = NewAuditEntry {
            after: Some(json!({ "answer": text }).to_string()),
            ..NewAuditEntry::of(&tenant, "merchant.appeal.answer", &merchant)
        };
        tables.audit(&act, entry)?;
        Ok(Done { done: true })
    })
    .await
}

/// Most merchants of a list.
const LIST_MAX: usize = 200;
/// Longest name of a shop, of a document, and a document's number.
const SHOP_CHARS_MAX: usize = 60;
/// Longest way to reach somebody.
const CONTACT_CHARS_MAX: usize = 120;
/// Longest text of what is sold.
const GOODS_CHARS_MAX: usize = 500;
/// Most documents.
const DOCUMENTS_MAX: usize = 10;
/// Longest appeal, and longest answer.
const SAID_CHARS_MAX: usize = 1_000;
/// Newest orders that are looked at for an activation pack.
const PACKS_LOOKED_AT: usize = 50;
/// Most orders that are offered as one.
const PACKS_MAX: usize = 5;

async fn decide(
    app: &App,
    who: &Who,
    write: &Write,
    programme: &str,
    (command, merchant, reason): (&str, String, Option<String>),
) -> Result<Response, Problem> {
    let handle = app.programme(programme)?;
    let mut fields = json!({ "type": command, "merchant": merchant });
    if let Some(reason) = reason {
        fields["reason"] = reason.into();
    }
    app.command(who, write, &handle, merchant, fields).await
}

/// A plan without merchants.
pub(super) fn no_merchants() -> Problem {
    Problem::new(ServerFault::NoMerchantsHere {})
}

/// The merchant of whoever asks.
pub(super) struct OwnMerchant {
    /// Its id.
    pub(super) id: String,
    /// Its number.
    pub(super) no: MerchantNo,
    /// Where it stands.
    pub(super) state: Stand,
}

/// One's own merchant, in whatever state; refuses where one has not applied.
pub(super) async fn own_merchant(handle: &Programme, who: &Who) -> Result<OwnMerchant, Problem> {
    let member = who.member()?.to_owned();
    let found = handle.read(None, move |engine| {
        let own = engine.merchant_of_member(&member);
        let own = own.map(|own| OwnMerchant { id: own.id.to_owned(), no: own.no, state: own.state });
        (engine.plan().merchant.is_some(), own)
    });
    let (has_merchants, own) = found.await?;
    if !has_merchants {
        return Err(no_merchants());
    }
    own.ok_or_else(|| Problem::new(ServerFault::NotMerchant {}))
}

/// One merchant for each member, whatever happens to it: the id that it has, else one that follows from the member.
async fn merchant_id(app: &App, handle: &Programme, member: &str) -> Result<String, Problem> {
    let of = member.to_owned();
    let known = handle
        .read(None, move |engine| engine.merchant_of_member(&of).map(|merchant| merchant.id.to_owned()))
        .await?;
    Ok(known.unwrap_or_else(|| app.secrets().id_of("s", &[handle.id(), member])))
}

/// Own orders by which the engine would take an application now; where there is none, why it would not take the newest.
async fn packs_of(
    app: &App,
    who: &Who,
    handle: &Programme,
    (merchant, member): (&str, &str),
    min_seq: Option<u64>,
) -> Result<(Vec<String>, Option<String>), Problem> {
    let wanted =
        OrderRows { member: Some(member.to_owned()), limit: PACKS_LOOKED_AT, ..OrderRows::default() };
    let rows = handle.rows(min_seq, move |rows| rows.orders(&wanted)).await?;
    use ratchet_engine::order::OrderState as Order;
    let paid = |state| matches!(state, Order::Paid | Order::Shipped | Order::Received | Order::Settled);
    let (mut packs, mut refused) = (Vec::new(), None);
    for row in rows.into_iter().filter(|row| paid(row.state)) {
        let command =
            json!({ "type": "merchant.apply", "merchant": merchant, "member": member, "order": row.id });
        let key = format!("{}:pack.{}.{}", who.person()?, row.id, who.meta.id);
        let request = app.request(handle, &key, who.person()?, command).await?;
        match handle.preview(request).await?.outcome {
            PreviewOutcome::Applied | PreviewOutcome::Duplicate { .. } => packs.push(row.id),
            PreviewOutcome::Rejected(refusal) => {
                refused.get_or_insert_with(|| refusal.message.text(who.meta.language).to_owned());
            }
            PreviewOutcome::CatchingUp => {
                return Err(Problem::new(ServerFault::CatchingUp {}).retry_after(1));
            }
        }
        if packs.len() == PACKS_MAX {
            break;
        }
    }
    let why_not = refused.filter(|_| packs.is_empty());
    Ok((packs, why_not))
}

/// The merchant that a member is or asked to be.
pub(super) async fn of_member(
    app: &App,
    who: &Who,
    handle: &Programme,
    member: &str,
) -> Result<Option<MerchantView>, Problem> {
    let (min_seq, of) = (fresh(handle, None).await?, member.to_owned());
    let known = handle
        .read(min_seq, move |engine| engine.merchant_of_member(&of).map(|merchant| merchant.id.to_owned()))
        .await?;
    match known {
        Some(id) => Ok(views(app, who, handle, vec![id], min_seq).await?.pop()),
        None => Ok(None),
    }
}

/// What the engine says of a merchant.
struct Figures {
    member: String,
    state: Stand,
    points: [Units; 3],
    money: [Amount; 3],
    listed: usize,
    pack: Option<PackEvidence>,
}

fn figures(engine: &Engine, id: &str, pack: Option<String>) -> Option<Figures> {
    let merchant = engine.merchant(id)?;
    let member = engine.member(merchant.member)?;
    let currency = engine.plan().programme.currency;
    let needed = engine.plan().merchant.map(|plan| plan.activation_pack);
    let pack = pack.and_then(|order| {
        let view = engine.order_view(&order)?;
        let left = view.lines.iter().map(|line| line.amount.saturating_sub(line.refunded));
        let left =
            left.fold(ratchet_engine::amount::Money::ZERO, |sum, part| sum.checked_add(part).unwrap_or(sum));
        Some(PackEvidence {
            order,
            left: Amount::of(left, &currency),
            needed: Amount::of(needed?, &currency),
        })
    });
    let listed = engine.products().filter(|product| product.listed && product.merchant == id).count();
    Some(Figures {
        member: merchant.member.to_owned(),
        state: merchant.state,
        points: [member.emission_points.into(), member.emission_reserved.into(), member.value_units.into()],
        money: [merchant.payable, merchant.hold, merchant.receivable]
            .map(|money| Amount::of(money, &currency)),
        listed,
        pack,
    })
}

async fn views(
    app: &App,
    who: &Who,
    handle: &Programme,
    ids: Vec<String>,
    min_seq: Option<u64>,
) -> Result<Vec<MerchantView>, Problem> {
    let of = ids.clone();
    let steps = handle
        .rows(min_seq, move |rows| of.iter().map(|id| rows.merchant_steps(id)).collect::<Result<Vec<_>, _>>())
        .await?;
    let newest_pack = |steps: &Vec<MerchantStep>| steps.iter().rev().find_map(|step| step.pack.clone());
    let asked: Vec<_> = ids.iter().cloned().zip(steps.iter().map(newest_pack)).collect();
    let read = handle.read(min_seq, move |engine| {
        asked.into_iter().map(|(id, pack)| figures(engine, &id, pack)).collect::<Vec<_>>()
    });
    let figures = read.await?;
    let (programme, of) = (handle.id().to_owned(), ids.clone());
    let said = app
        .people(move |people| {
            people.look(|tables| {
                let of_one = |id: &String| {
                    let newest = tables.applications(&programme, id)?.pop();
                    Ok((newest, tables.appeals(&programme, id)?))
                };
                of.iter().map(of_one).collect::<Result<Vec<_>, ratchet_store::StoreError>>()
            })
        })
        .await?;
    let actors = steps.iter().flatten().map(|step| step.actor.clone());
    let answerers = said.iter().flat_map(|(_, appeals)| appeals).filter_map(|appeal| appeal.answer.as_ref());
    let people: Vec<String> = actors.chain(answerers.map(|(_, by, _)| by.clone())).collect();
    let names = app.names(who, people).await?;
    let all = ids.into_iter().zip(steps).zip(figures).zip(said);
    Ok(all
        .filter_map(|(((id, steps), figures), (application, appeals))| {
            Some(view(id, steps, figures?, application, appeals, &names))
        })
        .collect())
}

fn view(
    id: String,
    steps: Vec<MerchantStep>,
    figures: Figures,
    application: Option<ApplicationRow>,
    appeals: Vec<ratchet_store::AppealRow>,
    names: &HashMap<String, PersonName>,
) -> MerchantView {
    let Figures { member, state, points, money, listed, pack } = figures;
    let [points_free, points_reserved, value_units] = points;
    let [payable, held, owes] = money;
    let reason = steps.last().and_then(|step| step.reason.clone());
    let appeals = appeals.into_iter().map(|appeal| {
        let (answer, answered_by, answered_at) = match appeal.answer {
            Some((answer, by, at)) => (Some(answer), names.get(&by).cloned(), Some(Time::of_us(at))),
            None => (None, None, None),
        };
        let (number, at, text) = (appeal.number, Time::of_us(appeal.at), appeal.text);
        AppealView { number, at, text, answer, answered_at, answered_by }
    });
    let steps = steps.into_iter().map(|step| MerchantStepView {
        seq: step.moment.seq,
        at: step.moment.at.into(),
        state: MerchantState::of(step.state),
        order: step.pack,
        reason: step.reason,
        by: names.get(&step.actor).cloned(),
    });
    MerchantView {
        id,
        member,
        state: MerchantState::of(state),
        reason,
        application: application.map(application_view),
        pack,
        points_free,
        points_reserved,
        value_units,
        payable,
        held,
        owes,
        listed,
        steps: steps.collect(),
        appeals: appeals.collect(),
    }
}

fn application_view(row: ApplicationRow) -> ApplicationView {
    let ApplicationData { shop, contact, goods, documents } = row.data;
    let documents =
        documents.into_iter().map(|ApplicationDocument { name, number }| DocumentNumber { name, number });
    ApplicationView { at: Time::of_us(row.at), shop, contact, goods, documents: documents.collect() }
}

impl MerchantState {
    fn of(state: Stand) -> MerchantState {
        match state {
            Stand::Applied => MerchantState::Applied,
            Stand::Approved => MerchantState::Approved,
            Stand::Rejected => MerchantState::Rejected,
            Stand::Suspended => MerchantState::Suspended,
        }
    }
}
