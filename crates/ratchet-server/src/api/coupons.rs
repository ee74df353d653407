//! Coupons: what members may take, one's own, which of them fit an order (MALL-5).

use ratchet_engine::amount::Currency;
use ratchet_engine::command::{ORDER_COUPONS_MAX, OrderTerms};
use ratchet_engine::coupon::CouponState;
use ratchet_engine::engine::{Engine, OrderPrice};
use ratchet_engine::id::Id;
use ratchet_engine::plan::{CouponPlan, Discount};
use ratchet_engine::rejection::Rejection;
use ratchet_engine::time::Timestamp;
use ratchet_store::{CouponOfferRow, NewAuditEntry};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::prelude::*;
use crate::programme::Programme;

/// A kind of coupon of the plan.
#[derive(Serialize, ToSchema)]
pub(crate) struct CouponKind {
    /// Its id in the plan.
    id: String,
    /// What it is called.
    name: Text,
    /// What it takes off; either this or `rate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    off: Option<Amount>,
    /// The part that it takes off.
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<Share>,
    /// The sum of goods in its scope that it asks for.
    minimum: Amount,
    /// Only for articles of this product.
    #[serde(skip_serializing_if = "Option::is_none")]
    product: Option<String>,
    /// Only for goods of this merchant.
    #[serde(skip_serializing_if = "Option::is_none")]
    merchant: Option<String>,
    /// Days for which it is good once somebody has it.
    valid_days: u32,
    /// Whether it may be used beside others.
    stackable: bool,
}

/// A kind of coupon that members may take.
#[derive(Serialize, ToSchema)]
pub(crate) struct CouponOffer {
    /// What is offered.
    #[serde(flatten)]
    kind: CouponKind,
    /// How many each member may take.
    per_member: u32,
    /// How many all members together may take.
    total: u32,
    /// How many of them are left.
    left: u32,
    /// Until when, by the programme's clock; without end if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Time>,
    /// How many the member who asks has taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    taken: Option<u32>,
}

/// What members may take, from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CouponOffersRequest {
    /// In the order of the shop; each kind once.
    #[schema(max_items = 100)]
    items: Vec<CouponOfferRequest>,
}

/// A kind of coupon that members may take.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CouponOfferRequest {
    /// Its id in the plan.
    kind: String,
    /// How many each member may take.
    #[schema(minimum = 1, maximum = 100)]
    per_member: u32,
    /// How many all members together may take.
    #[schema(minimum = 1, maximum = 10_000_000)]
    total: u32,
    /// Until when, by the programme's clock.
    until: Option<Time>,
}

/// A coupon for somebody.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CouponGiftRequest {
    /// Its id in the plan.
    kind: String,
    /// Whose it will be.
    member: String,
}

/// A coupon that a member takes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CouponTakeRequest {
    /// Its id in the plan.
    kind: String,
}

/// A member's coupon.
#[derive(Serialize, ToSchema)]
pub(crate) struct Coupon {
    /// Its id.
    id: String,
    /// What it is.
    kind: CouponKind,
    /// Where it stands.
    state: CouponStanding,
    /// From when on it is no longer good.
    expires_at: Time,
}

/// Where a coupon stands (COUPON-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CouponStanding {
    /// Good.
    Free,
    /// An unpaid order holds it.
    Reserved,
    /// A paid order used it.
    Used,
    /// Its time is over.
    Expired,
}

/// One of the buyer's coupons beside an order.
#[derive(Serialize, ToSchema)]
pub(crate) struct QuotedCoupon {
    /// Its id.
    id: String,
    /// What it is called.
    name: Text,
    /// Whether it may be used beside others.
    stackable: bool,
    /// From when on it is no longer good.
    expires_at: Time,
    /// What the order would cost less with this one alone; absent where it does not fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    saves: Option<Amount>,
    /// Why it does not fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<Text>,
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(kinds))
        .routes(routes!(offers, put_offers))
        .routes(routes!(give))
        .routes(routes!(mine, take))
}

/// Kinds of coupons of the plan.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/coupon-kinds",
    tag = "coupons",
    extensions(("x-permission" = json!("public"))),
    responses((status = 200, description = "Done.", body = List<CouponKind>)),
)]
async fn kinds(
    State(app): State<App>,
    Path(programme): Path<String>,
) -> Result<Json<List<CouponKind>>, Problem> {
    let handle = app.programme(&programme)?;
    let currency = app.currency(&handle).await?;
    let kinds = handle.read(None, move |engine| {
        engine.plan().coupons.iter().map(|kind| CouponKind::of(kind, &currency)).collect()
    });
    Ok(Json(List { items: kinds.await? }))
}

/// What members may take by themselves, in the operator's order.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/coupon-offers",
    tag = "coupons",
    extensions(("x-permission" = json!("public"))),
    responses((status = 200, description = "Done.", body = List<CouponOffer>)),
)]
async fn offers(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
) -> Result<Json<List<CouponOffer>>, Problem> {
    let handle = app.programme(&programme)?;
    Ok(Json(List { items: offered(&app, &handle, who.member.as_deref()).await? }))
}

/// What members may take, and how many of each the member who asks has taken.
pub(super) async fn offered(
    app: &App,
    handle: &Programme,
    member: Option<&str>,
) -> Result<Vec<CouponOffer>, Problem> {
    let currency = app.currency(handle).await?;
    let (programme, member) = (handle.id().to_owned(), member.map(str::to_owned));
    let rows = app
        .people(move |people| {
            people.look(|tables| {
                let mut rows = Vec::new();
                for row in tables.coupon_offers(&programme)? {
                    let taken = match &member {
                        Some(member) => Some(tables.coupons_taken(&programme, &row.kind, member)?.len()),
                        None => None,
                    };
                    rows.push((row, taken));
                }
                Ok(rows)
            })
        })
        .await?;
    let offers = handle.read(None, move |engine| {
        let offer = |(row, taken): (CouponOfferRow, Option<usize>)| {
            // A kind that an amendment took away cannot be taken.
            let kind = engine.plan().coupons.iter().find(|kind| kind.id == row.kind)?;
            Some(CouponOffer {
                kind: CouponKind::of(kind, &currency),
                per_member: row.per_member,
                total: row.total,
                left: row.total.saturating_sub(row.taken),
                until: row.until.map(Time::of_us),
                taken: taken.map(|taken| u32::try_from(taken).unwrap_or(u32::MAX)),
            })
        };
        rows.into_iter().filter_map(offer).collect()
    });
    Ok(offers.await?)
}

/// Makes these what members may take. What was taken stays counted.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/coupon-offers",
    tag = "coupons",
    extensions(("x-permission" = json!("products.manage"))),
    request_body = CouponOffersRequest,
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn put_offers(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    body: Body<CouponOffersRequest>,
) -> Result<Response, Problem> {
    let handle = app.programme(&programme)?;
    let known: Vec<String> = handle
        .read(None, |engine| engine.plan().coupons.iter().map(|kind| kind.id.clone()).collect())
        .await?;
    let rows = rows_of(body.value, &known)?;
    let (act, tenant) = (who.act(), who.tenant()?.to_owned());
    app.change(&who, &write, Some(body.hash), move |tables| {
        let text = |rows: &[CouponOfferRow]| {
            let each = rows.iter().map(|row| {
                json!({ "kind": row.kind, "per_member": row.per_member, "total": row.total, "until": row.until })
            });
            serde_json::Value::from_iter(each).to_string()
        };
        let entry = NewAuditEntry {
            before: Some(text(&tables.coupon_offers(&programme)?)),
            after: Some(text(&rows)),
            ..NewAuditEntry::of(&tenant, "coupon_offers.put", &programme)
        };
        tables.put_coupon_offers(&tenant, &programme, &rows)?;
        tables.audit(&act, entry)?;
        Ok(Done { done: true })
    })
    .await
}

fn rows_of(request: CouponOffersRequest, known: &[String]) -> Result<Vec<CouponOfferRow>, Problem> {
    let mut rows: Vec<CouponOfferRow> = Vec::new();
    for (at, offer) in request.items.into_iter().enumerate() {
        let CouponOfferRequest { kind, per_member, total, until } = offer;
        let field = |name: &str| format!("items.{at}.{name}");
        if !known.contains(&kind) {
            return Err(Problem::field(&field("kind"), ServerFault::CouponKindUnknown { kind: &kind }));
        }
        if rows.iter().any(|row| row.kind == kind) {
            return Err(Problem::field(&field("kind"), ServerFault::Repeated { id: &kind }));
        }
        for (name, count, most) in [("per_member", per_member, PER_MEMBER_MAX), ("total", total, TOTAL_MAX)] {
            if !(1..=most).contains(&count) {
                let most = usize::try_from(most).unwrap_or(usize::MAX);
                return Err(Problem::field(&field(name), ServerFault::Count { least: 1, most }));
            }
        }
        let until = until.map(|until| until.parse(&field("until"))).transpose()?;
        rows.push(CouponOfferRow { kind, per_member, total, until: until.map(|until| until.us()), taken: 0 });
    }
    Ok(rows)
}

/// Most coupons of an offer that each member, and all together, may take.
const PER_MEMBER_MAX: u32 = 100;
const TOTAL_MAX: u32 = 10_000_000;

/// Gives a member a coupon (coupon.issue).
#[utoipa::path(
    post,
    path = "/programmes/{programme}/coupons",
    tag = "coupons",
    extensions(("x-permission" = json!("products.manage"))),
    request_body = CouponGiftRequest,
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn give(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    body: Body<CouponGiftRequest>,
) -> Result<Response, Problem> {
    let handle = app.programme(&programme)?;
    let CouponGiftRequest { kind, member } = body.value;
    let coupon = app.secrets().id_of("c", &[&programme, who.person()?, &write.key]);
    let command = json!({ "type": "coupon.issue", "coupon": coupon, "rule": kind, "member": member });
    app.command(&who, &write, &handle, coupon, command).await
}

/// One's own coupons: good ones first, those that expire first before others.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/coupons",
    tag = "coupons",
    extensions(("x-permission" = json!("member"))),
    params(ReadQuery),
    responses((status = 200, description = "Done.", body = List<Coupon>)),
)]
async fn mine(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<ReadQuery>,
) -> Result<Json<List<Coupon>>, Problem> {
    let handle = app.programme(&programme)?;
    let (currency, member) = (app.currency(&handle).await?, who.member()?.to_owned());
    let coupons = handle.read(at_least(query.min_seq), move |engine| {
        let mut coupons: Vec<_> = engine
            .coupons_of_member(&member)
            .map(|(coupon, kind)| {
                let state = match coupon.state {
                    CouponState::Reserved => CouponStanding::Reserved,
                    CouponState::Used => CouponStanding::Used,
                    CouponState::Free if coupon.expires_at <= engine.now() => CouponStanding::Expired,
                    CouponState::Free => CouponStanding::Free,
                };
                (state, coupon, kind)
            })
            .collect();
        coupons.sort_by_key(|(state, coupon, _)| (*state, coupon.expires_at));
        coupons.truncate(LISTED_MAX);
        let view =
            |(state, coupon, kind): (CouponStanding, ratchet_engine::engine::CouponView<'_>, &CouponPlan)| {
                Coupon {
                    id: coupon.id.to_owned(),
                    kind: CouponKind::of(kind, &currency),
                    state,
                    expires_at: coupon.expires_at.into(),
                }
            };
        coupons.into_iter().map(view).collect()
    });
    Ok(Json(List { items: coupons.await? }))
}

/// Most coupons that are listed, and that are tried for an order.
const LISTED_MAX: usize = 200;

/// Takes a coupon that is offered (coupon.issue).
#[utoipa::path(
    post,
    path = "/programmes/{programme}/me/coupons",
    tag = "coupons",
    extensions(("x-permission" = json!("member"))),
    request_body = CouponTakeRequest,
    responses((status = 200, description = "Done.", body = WriteAnswer)),
)]
async fn take(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    body: Body<CouponTakeRequest>,
) -> Result<Response, Problem> {
    let handle = app.programme(&programme)?;
    let (kind, member) = (body.value.kind, who.member()?.to_owned());
    let coupon = app.secrets().id_of("c", &[&programme, who.person()?, &write.key]);
    // The row is there before the coupon is: two who take the last one at once get one.
    let row = (programme.clone(), kind.clone(), member.clone(), coupon.clone());
    let now = handle.clock().await?.now.us();
    let preview = write.preview;
    app.people(move |people| {
        let work = |tables: &ratchet_store::Tables<'_>| reserve(tables, &row, now);
        if preview { people.preview(work) } else { people.change(work) }
    })
    .await?;
    let command = json!({ "type": "coupon.issue", "coupon": coupon, "rule": kind, "member": member });
    let done = app.command(&who, &write, &handle, coupon.clone(), command).await;
    if done.is_err() {
        let given = coupon.clone();
        let is_given = handle.read(None, move |engine| engine.coupon(&given).is_some()).await?;
        if !is_given {
            app.people(move |people| {
                people.change(|tables| tables.forget_coupon(&programme, &kind, &member, &coupon))
            })
            .await?;
        }
    }
    done
}

/// Counts a coupon as taken, if it may be; one that was counted before under the same key is the same one.
fn reserve(
    tables: &ratchet_store::Tables<'_>,
    (programme, kind, member, coupon): &(String, String, String, String),
    now: i64,
) -> Result<(), Problem> {
    let taken = tables.coupons_taken(programme, kind, member)?;
    if taken.contains(coupon) {
        return Ok(());
    }
    let offer = tables.coupon_offers(programme)?.into_iter().find(|offer| offer.kind == *kind);
    let offer = offer.filter(|offer| offer.until.is_none_or(|until| now < until));
    let offer = offer.ok_or_else(|| Problem::new(ServerFault::CouponNotOffered { kind }))?;
    let count = u32::try_from(taken.len()).unwrap_or(u32::MAX);
    if count >= offer.per_member {
        return Err(Problem::new(ServerFault::CouponTaken { count }));
    }
    if offer.taken >= offer.total {
        return Err(Problem::new(ServerFault::CouponsAllTaken { total: offer.total }));
    }
    Ok(tables.take_coupon(programme, kind, member, coupon)?)
}

/// What an order costs with the coupons that were chosen, and what each of the buyer's would do for it.
pub(super) struct Fitting {
    /// Those that are used.
    pub(super) used: Vec<String>,
    /// What the order costs with them.
    pub(super) price: OrderPrice,
    /// All good ones of the buyer.
    pub(super) coupons: Vec<QuotedCoupon>,
}

/// Prices an order with these coupons of the buyer, or with those that fit best: the one that saves most by itself, or those that may
/// stand beside each other, the one that saves more first, whichever leaves less to pay.
pub(super) fn fitting(
    engine: &Engine,
    terms: &OrderTerms,
    chosen: Option<&[String]>,
    currency: &Currency,
) -> Result<Fitting, Rejection> {
    let plain = price_with(engine, terms, &[])?;
    let whole = plain.total();
    let mut own: Vec<_> = engine
        .coupons_of_member(terms.member.as_str())
        .filter(|(coupon, _)| coupon.state == CouponState::Free && engine.now() < coupon.expires_at)
        .collect();
    own.sort_by_key(|(coupon, _)| coupon.expires_at);
    own.truncate(LISTED_MAX);
    let (mut coupons, mut savings) = (Vec::new(), Vec::new());
    for (coupon, kind) in own {
        let priced = price_with(engine, terms, &[coupon.id]);
        let saves = priced.as_ref().ok().map(|price| whole.saturating_sub(price.total()));
        if let (Some(saves), Ok(price)) = (saves.filter(|saves| !saves.is_zero()), &priced) {
            savings.push((saves, coupon.id, kind.stackable, price.clone()));
        }
        coupons.push(QuotedCoupon {
            id: coupon.id.to_owned(),
            name: (&kind.name).into(),
            stackable: kind.stackable,
            expires_at: coupon.expires_at.into(),
            saves: saves.map(|saves| Amount::of(saves, currency)),
            refusal: priced
                .err()
                .map(|refusal| Text { zh: refusal.zh().to_owned(), en: refusal.to_string() }),
        });
    }
    if let Some(chosen) = chosen {
        let ids: Vec<&str> = chosen.iter().map(String::as_str).collect();
        let price = price_with(engine, terms, &ids)?;
        return Ok(Fitting { used: chosen.to_vec(), price, coupons });
    }
    // A stable sort: of two that save the same, the one that expires first.
    savings.sort_by_key(|(saves, ..)| std::cmp::Reverse(*saves));
    let mut best = match savings.first() {
        Some((_, id, _, price)) => (vec![*id], price.clone()),
        None => (Vec::new(), plain.clone()),
    };
    let mut together = (Vec::new(), plain);
    for (_, id, stackable, _) in &savings {
        let mut ids: Vec<&str> = together.0.clone();
        ids.push(id);
        if !stackable || ids.len() > ORDER_COUPONS_MAX {
            continue;
        }
        if let Ok(price) = price_with(engine, terms, &ids)
            && price.total() < together.1.total()
        {
            together = (ids, price);
        }
    }
    if together.1.total() < best.1.total() {
        best = together;
    }
    let used = best.0.into_iter().map(str::to_owned).collect();
    Ok(Fitting { used, price: best.1, coupons })
}

/// What an order costs with these coupons. Refuses what placing would refuse: a line that they make worth nothing too.
fn price_with(engine: &Engine, terms: &OrderTerms, coupons: &[&str]) -> Result<OrderPrice, Rejection> {
    let mut terms = terms.clone();
    let mut mall = terms.mall.take().unwrap_or_default();
    let ids = coupons.iter().map(|id| Id::new(id).map_err(|_| Rejection::CouponUnknown));
    mall.coupons = ids.collect::<Result<_, _>>()?;
    terms.mall = Some(mall);
    let price = engine.price_order(&terms)?;
    if price.amounts.iter().any(|amount| amount.is_zero()) {
        return Err(Rejection::AmountNotPositive);
    }
    Ok(price)
}

impl CouponOffer {
    /// Whether somebody may take one now.
    pub(super) fn is_open(&self, now: Timestamp) -> bool {
        let is_over =
            self.until.as_ref().is_some_and(|until| until.parse("until").is_ok_and(|end| end <= now));
        self.left > 0 && !is_over
    }
}

impl CouponKind {
    fn of(kind: &CouponPlan, currency: &Currency) -> CouponKind {
        let (off, rate) = match kind.off {
            Discount::Fixed(off) => (Some(Amount::of(off, currency)), None),
            Discount::Rate(rate) => (None, Some(rate.into())),
        };
        CouponKind {
            id: kind.id.clone(),
            name: (&kind.name).into(),
            off,
            rate,
            minimum: Amount::of(kind.minimum, currency),
            product: kind.product.clone(),
            merchant: kind.merchant.clone(),
            valid_days: kind.valid_days,
            stackable: kind.stackable,
        }
    }
}
