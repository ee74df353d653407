//! What buyers say of what they received, what is answered, and what is hidden behind a reason that everybody reads (MALL-6).

use std::collections::HashMap;

use ratchet_engine::engine::Engine;
use ratchet_store::{
    NewAuditEntry, OrdersQuery as OrderRows, PicturePurpose, ReviewAnswer as AnswerRow, ReviewCounts,
    ReviewPlace, ReviewQuery, ReviewRow, ReviewWords, Tables,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::merchants::{ReasonRequest, own_merchant};
use super::orders::own_or;
use super::pictures::Picture;
use super::prelude::*;
use crate::programme::Programme;
use crate::request::query_problem;

/// What a buyer says of a line that it received.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReviewRequest {
    /// The line of the order.
    line: String,
    /// 1 to 5.
    #[schema(minimum = 1, maximum = 5)]
    stars: u8,
    /// 1 to 500 characters.
    text: String,
    /// Ids of pictures that one has put here for reviews.
    #[schema(max_items = 6)]
    #[serde(default)]
    pictures: Vec<String>,
}

/// What its writer says later.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FollowUpRequest {
    /// 1 to 500 characters.
    text: String,
    /// Ids of pictures that one has put here for reviews.
    #[schema(max_items = 6)]
    #[serde(default)]
    pictures: Vec<String>,
}

/// What is answered to a review.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReviewAnswerRequest {
    /// 1 to 500 characters.
    text: String,
}

/// A review.
#[derive(Serialize, ToSchema)]
pub(crate) struct Review {
    /// Its id.
    id: String,
    /// The article.
    product: String,
    /// 1 to 5.
    stars: u8,
    /// The beginning of its writer's name; absent once the writer has left.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Whoever asks wrote it.
    own: bool,
    /// When, by the programme's clock.
    at: Time,
    /// What was written; absent where it is hidden, and once its writer has left.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// Its pictures; none where there is no text.
    pictures: Vec<Picture>,
    /// What its writer said later.
    #[serde(skip_serializing_if = "Option::is_none")]
    follow_up: Option<FollowUp>,
    /// What was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<ReviewAnswer>,
    /// Why staff hides what was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    hidden: Option<Hidden>,
}

/// What the writer of a review said later.
#[derive(Serialize, ToSchema)]
pub(crate) struct FollowUp {
    /// When, by the programme's clock.
    at: Time,
    /// What; absent as that of the review is.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// Its pictures.
    pictures: Vec<Picture>,
}

/// What was answered to a review.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReviewAnswer {
    /// What.
    text: String,
    /// The merchant of the goods did; else staff.
    by_merchant: bool,
    /// When, by the programme's clock.
    at: Time,
    /// Who; for staff only.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<PersonName>,
}

/// Why staff hides what was written.
#[derive(Serialize, ToSchema)]
pub(crate) struct Hidden {
    /// The reason, which everybody reads.
    reason: String,
    /// Since when, by the programme's clock.
    at: Time,
    /// Who; for staff only.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<PersonName>,
}

/// How an article is reviewed; hidden reviews and those of people who left count as all others do.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReviewSummary {
    /// How many reviews.
    count: u64,
    /// The average of their stars with one decimal, rounded down; absent where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = r"^[1-5]\.[0-9]$")]
    average: Option<String>,
    /// How many have one star, two, and so on.
    #[schema(min_items = 5, max_items = 5)]
    by_stars: Vec<u64>,
    /// How many have pictures.
    pictured: u64,
}

/// Reviews of an article, the newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProductReviews {
    /// Of all, whatever was asked for.
    summary: ReviewSummary,
    /// At most as many as were asked for.
    items: Vec<Review>,
    /// For the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A line of an order, and its review.
#[derive(Serialize, ToSchema)]
pub(crate) struct LineReview {
    /// Its id within the order.
    line: String,
    /// The article.
    product: String,
    /// Whether whoever asks may review it now.
    may: bool,
    /// What was said of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    review: Option<Review>,
}

/// Which ones, and which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReviewsQuery {
    /// Only with so many stars.
    #[param(minimum = 1, maximum = 5)]
    stars: Option<u8>,
    /// Only with pictures.
    #[serde(default)]
    pictured: bool,
    /// Only those that nobody answered.
    #[serde(default)]
    unanswered: bool,
    /// From `next` of the page before.
    cursor: Option<String>,
    /// How many; 1 to 200, 50 if absent.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
}

/// A review as it is taken out with all that is one's own.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReviewOfPerson {
    /// Where.
    programme: String,
    /// The order.
    order: String,
    /// Its line.
    line: String,
    /// What was written.
    #[serde(flatten)]
    review: Review,
}

/// Longest text.
const TEXT_CHARS_MAX: usize = 500;
/// Most pictures of a review, and of a follow-up.
const PICTURES_MAX: usize = 6;
/// Longest reason.
const REASON_CHARS_MAX: usize = 200;

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(of_product))
        .routes(routes!(of_order, write_one))
        .routes(routes!(follow_up))
        .routes(routes!(answer))
        .routes(routes!(hide))
        .routes(routes!(show))
        .routes(routes!(all))
        .routes(routes!(of_merchant))
}

/// Reviews of an article, the newest first, with how many there are.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/products/{product_id}/reviews",
    tag = "reviews",
    extensions(("x-permission" = json!("public"))),
    params(ReviewsQuery),
    responses((status = 200, description = "Done.", body = ProductReviews)),
)]
async fn of_product(
    State(app): State<App>,
    who: Who,
    Path((programme, product_id)): Path<(String, String)>,
    Query(query): Query<ReviewsQuery>,
) -> Result<Json<ProductReviews>, Problem> {
    app.programme(&programme)?;
    let (of, id) = (programme.clone(), product_id.clone());
    let counts = app.people(move |people| people.look(|tables| tables.review_counts(&of, &id))).await?;
    let wanted = ReviewQuery { product: Some(product_id), ..ReviewQuery::default() };
    let Page { items, next } = page(&app, &who, programme, query, wanted).await?;
    Ok(Json(ProductReviews { summary: ReviewSummary::of(counts), items, next }))
}

/// The lines of an order that name articles, each with its review.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/orders/{order}/reviews",
    tag = "reviews",
    extensions(("x-permission" = json!("member|orders.read"))),
    responses((status = 200, description = "Done.", body = List<LineReview>)),
)]
async fn of_order(
    State(app): State<App>,
    who: Who,
    Path((programme, order)): Path<(String, String)>,
) -> Result<Json<List<LineReview>>, Problem> {
    let handle = app.programme(&programme)?;
    own_or(&who, "orders.read", &handle, &order).await?;
    let bought = Bought::of(&handle, &order).await?;
    let wanted = ReviewQuery { order: Some(order), limit: bought.lines.len(), ..ReviewQuery::default() };
    let rows = app.people(move |people| people.look(|tables| tables.reviews(&programme, &wanted))).await?;
    let names = names_of(&app, &who, &rows).await?;
    let mut reviews: HashMap<String, Review> =
        rows.into_iter().map(|row| (row.place.line.clone(), Review::of(row, &who, &names))).collect();
    let is_own = who.member.as_deref() == Some(bought.member.as_str());
    let items = bought.lines.into_iter().map(|line| {
        let review = reviews.remove(&line.line);
        let may = is_own && bought.received && !line.own_goods && review.is_none();
        LineReview { line: line.line, product: line.product, may, review }
    });
    Ok(Json(List { items: items.collect() }))
}

/// Reviews a line of an order that one has received: once, and for good.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/orders/{order}/reviews",
    tag = "reviews",
    extensions(("x-permission" = json!("member"))),
    request_body = ReviewRequest,
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn write_one(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, order)): Path<(String, String)>,
    body: Body<ReviewRequest>,
) -> Result<Response, Problem> {
    let handle = app.programme(&programme)?;
    own_or(&who, "", &handle, &order).await?;
    let ReviewRequest { line, stars, text, pictures } = body.value;
    if !(1..=5).contains(&stars) {
        return Err(Problem::field("stars", ServerFault::Count { least: 1, most: 5 }));
    }
    let words = words_of(text, pictures)?;
    let bought = Bought::of(&handle, &order).await?;
    if !bought.received {
        return Err(Problem::new(ServerFault::ReviewNotReceived {}));
    }
    let found = bought.lines.into_iter().find(|each| each.line == line);
    let Some(found) = found else {
        return Err(Problem::field("line", ServerFault::ReviewLine { line: &line }));
    };
    if found.own_goods {
        return Err(Problem::new(ServerFault::ReviewOwnGoods {}));
    }
    let BoughtLine { product, merchant, .. } = found;
    let place = ReviewPlace { order, line, product, merchant, member: bought.member };
    let (tenant, person) = (who.tenant()?.to_owned(), who.person()?.to_owned());
    app.change(&who, &write, Some(body.hash), move |tables| {
        check_pictures(tables, &programme, &person, &words)?;
        if !tables.add_review((&tenant, &person), &programme, &place, (stars, &words), bought.now)? {
            return Err(Problem::new(ServerFault::ReviewWritten {}));
        }
        Ok(Done { done: true })
    })
    .await
}

/// Adds to one's own review, once.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/reviews/{review}/follow-up",
    tag = "reviews",
    extensions(("x-permission" = json!("member"))),
    request_body = FollowUpRequest,
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn follow_up(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, review)): Path<(String, String)>,
    body: Body<FollowUpRequest>,
) -> Result<Response, Problem> {
    let now = now_of(&app.programme(&programme)?).await?;
    let FollowUpRequest { text, pictures } = body.value;
    let (words, person) = (words_of(text, pictures)?, who.person()?.to_owned());
    app.change(&who, &write, Some(body.hash), move |tables| {
        let row = one(tables, &programme, &review)?;
        if row.person != person {
            return Err(Problem::new(ServerFault::ReviewNotYours {}));
        }
        check_pictures(tables, &programme, &person, &words)?;
        if !tables.follow_review_up(&programme, (row.number, &person), &words, now)? {
            return Err(Problem::new(ServerFault::ReviewFollowed {}));
        }
        Ok(Done { done: true })
    })
    .await
}

/// Answers a review, once: the merchant of the goods, or staff.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/reviews/{review}/answer",
    tag = "reviews",
    extensions(("x-permission" = json!("member|products.manage"))),
    request_body = ReviewAnswerRequest,
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn answer(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, review)): Path<(String, String)>,
    body: Body<ReviewAnswerRequest>,
) -> Result<Response, Problem> {
    let handle = app.programme(&programme)?;
    let now = now_of(&handle).await?;
    let text = body.value.text.trim().to_owned();
    check_length("text", &text, 1, TEXT_CHARS_MAX)?;
    // Whoever is no merchant answers as staff or not at all.
    let own = match who.member {
        Some(_) => own_merchant(&handle, &who).await.ok().map(|own| own.id),
        None => None,
    };
    let (is_staff, act, tenant) = (who.may("products.manage"), who.act(), who.tenant()?.to_owned());
    app.change(&who, &write, Some(body.hash), move |tables| {
        let row = one(tables, &programme, &review)?;
        let by_merchant = own.is_some() && own == row.place.merchant;
        if !by_merchant && !is_staff {
            return Err(Problem::new(ServerFault::ReviewNotYours {}));
        }
        let answer = AnswerRow { text: text.clone(), by: act.person.clone(), by_merchant, at: now };
        if !tables.answer_review(&programme, row.number, &answer)? {
            return Err(Problem::new(ServerFault::ReviewAnswered {}));
        }
        if !by_merchant {
            let after = Some(json!({ "programme": programme, "text": text }).to_string());
            let entry = NewAuditEntry { after, ..NewAuditEntry::of(&tenant, "review.answer", &review) };
            tables.audit(&act, entry)?;
        }
        Ok(Done { done: true })
    })
    .await
}

/// Hides what was written behind a reason that everybody reads in its place. The stars stay and count.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/reviews/{review}/hide",
    tag = "reviews",
    extensions(("x-permission" = json!("products.manage"))),
    request_body = ReasonRequest,
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn hide(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, review)): Path<(String, String)>,
    body: Body<ReasonRequest>,
) -> Result<Response, Problem> {
    let reason = body.value.reason.trim().to_owned();
    check_length("reason", &reason, 1, REASON_CHARS_MAX)?;
    cover(&app, &who, &write, (programme, review), Some(body.hash), Some(reason)).await
}

/// Shows what was hidden again.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/reviews/{review}/show",
    tag = "reviews",
    extensions(("x-permission" = json!("products.manage"))),
    responses((status = 200, description = "Done.", body = Done)),
)]
async fn show(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path((programme, review)): Path<(String, String)>,
) -> Result<Response, Problem> {
    cover(&app, &who, &write, (programme, review), None, None).await
}

async fn cover(
    app: &App,
    who: &Who,
    write: &Write,
    (programme, review): (String, String),
    hash: Option<[u8; 32]>,
    reason: Option<String>,
) -> Result<Response, Problem> {
    let now = now_of(&app.programme(&programme)?).await?;
    let (act, tenant) = (who.act(), who.tenant()?.to_owned());
    app.change(who, write, hash, move |tables| {
        let row = one(tables, &programme, &review)?;
        match (&row.hidden, &reason) {
            (Some(_), Some(_)) => return Err(Problem::new(ServerFault::ReviewHidden {})),
            (None, None) => return Err(Problem::new(ServerFault::ReviewShown {})),
            (Some(_), None) | (None, Some(_)) => {}
        }
        let hidden = reason.as_ref().map(|reason| (reason.as_str(), act.person.as_str(), now));
        tables.hide_review(&programme, row.number, hidden)?;
        let text = |reason: &str| json!({ "programme": programme, "reason": reason }).to_string();
        let entry = NewAuditEntry {
            before: row.hidden.as_ref().map(|(reason, ..)| text(reason)),
            after: reason.as_deref().map(text),
            ..NewAuditEntry::of(
                &tenant,
                if reason.is_some() { "review.hide" } else { "review.show" },
                &review,
            )
        };
        tables.audit(&act, entry)?;
        Ok(Done { done: true })
    })
    .await
}

/// All reviews, the newest first.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/reviews",
    tag = "reviews",
    extensions(("x-permission" = json!("orders.read"))),
    params(ReviewsQuery),
    responses((status = 200, description = "Done.", body = Page<Review>)),
)]
async fn all(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<ReviewsQuery>,
) -> Result<Json<Page<Review>>, Problem> {
    app.programme(&programme)?;
    page(&app, &who, programme, query, ReviewQuery::default()).await.map(Json)
}

/// Reviews of one's own goods, the newest first.
#[utoipa::path(
    get,
    path = "/programmes/{programme}/me/merchant/reviews",
    tag = "reviews",
    extensions(("x-permission" = json!("member"))),
    params(ReviewsQuery),
    responses((status = 200, description = "Done.", body = Page<Review>)),
)]
async fn of_merchant(
    State(app): State<App>,
    who: Who,
    Path(programme): Path<String>,
    Query(query): Query<ReviewsQuery>,
) -> Result<Json<Page<Review>>, Problem> {
    let handle = app.programme(&programme)?;
    let own = own_merchant(&handle, &who).await?;
    let wanted = ReviewQuery { merchant: Some(own.id), ..ReviewQuery::default() };
    page(&app, &who, programme, query, wanted).await.map(Json)
}

async fn page(
    app: &App,
    who: &Who,
    programme: String,
    query: ReviewsQuery,
    wanted: ReviewQuery,
) -> Result<Page<Review>, Problem> {
    if query.stars.is_some_and(|stars| !(1..=5).contains(&stars)) {
        return Err(query_problem("stars", ServerFault::Count { least: 1, most: 5 }));
    }
    let (limit, before) = (limit_of(query.limit)?, cursor_of(query.cursor.as_deref())?);
    let wanted = ReviewQuery {
        stars: query.stars,
        pictured: query.pictured,
        unanswered: query.unanswered,
        before: before.map(|before| i64::try_from(before).unwrap_or(i64::MAX)),
        limit,
        ..wanted
    };
    let rows = app.people(move |people| people.look(|tables| tables.reviews(&programme, &wanted))).await?;
    let next = next_of(&rows, limit, |row| row.number);
    let names = names_of(app, who, &rows).await?;
    Ok(Page { items: rows.into_iter().map(|row| Review::of(row, who, &names)).collect(), next })
}

/// Staff who answered or hid.
async fn names_of(app: &App, who: &Who, rows: &[ReviewRow]) -> Result<HashMap<String, PersonName>, Problem> {
    let answered = rows.iter().filter_map(|row| row.answer.as_ref().map(|answer| answer.by.clone()));
    let hidden = rows.iter().filter_map(|row| row.hidden.as_ref().map(|(_, by, _)| by.clone()));
    app.names(who, answered.chain(hidden).collect()).await
}

/// The review with this id.
fn one(tables: &Tables<'_>, programme: &str, review: &str) -> Result<ReviewRow, Problem> {
    let unknown = || Problem::new(ServerFault::ReviewUnknown {});
    let number = review.parse().map_err(|_| unknown())?;
    let wanted = ReviewQuery { number: Some(number), limit: 1, ..ReviewQuery::default() };
    tables.reviews(programme, &wanted)?.pop().ok_or_else(unknown)
}

fn words_of(text: String, pictures: Vec<String>) -> Result<ReviewWords, Problem> {
    let text = text.trim().to_owned();
    check_length("text", &text, 1, TEXT_CHARS_MAX)?;
    if pictures.len() > PICTURES_MAX {
        return Err(Problem::field("pictures", ServerFault::Count { least: 0, most: PICTURES_MAX }));
    }
    Ok(ReviewWords { text, pictures })
}

/// One's own, put here for reviews: nobody shows another's.
fn check_pictures(
    tables: &Tables<'_>,
    programme: &str,
    person: &str,
    words: &ReviewWords,
) -> Result<(), Problem> {
    for (at, picture) in words.pictures.iter().enumerate() {
        let field = format!("pictures.{at}");
        if words.pictures[..at].contains(picture) {
            return Err(Problem::field(&field, ServerFault::Repeated { id: picture }));
        }
        if !tables.has_picture(programme, picture, PicturePurpose::Review, Some(person))? {
            return Err(Problem::field(&field, ServerFault::PictureUnknown { picture }));
        }
    }
    Ok(())
}

async fn now_of(handle: &Programme) -> Result<i64, Problem> {
    Ok(handle.read(None, Engine::now).await?.us())
}

/// An order as its buyer may review it.
struct Bought {
    member: String,
    /// It arrived, whatever happened later: what was sent back can be reviewed too.
    received: bool,
    lines: Vec<BoughtLine>,
    /// The programme's time.
    now: i64,
}

/// A line that names an article.
struct BoughtLine {
    line: String,
    product: String,
    merchant: Option<String>,
    /// The buyer is the merchant.
    own_goods: bool,
}

impl Bought {
    async fn of(handle: &Programme, order: &str) -> Result<Bought, Problem> {
        let wanted = OrderRows { id: Some(order.to_owned()), limit: 1, ..OrderRows::default() };
        let min_seq = fresh(handle, None).await?;
        let row = handle.rows(min_seq, move |rows| rows.orders(&wanted)).await?.pop();
        let row = row.ok_or_else(Problem::not_found)?;
        let placed = handle.entry(row.placed.seq).await?;
        let named = placed.map(|entry| entry.body["command"]["lines"].clone()).unwrap_or_default();
        let (id, member) = (order.to_owned(), row.member.clone());
        let read = handle.read(min_seq, move |engine| {
            let own = engine.merchant_of_member(&member).map(|own| own.id.to_owned());
            let view = engine.order_view(&id)?;
            let lines = view.lines.into_iter().enumerate().filter_map(|(at, line)| {
                let product = named[at]["sku"].as_str()?.to_owned();
                let own_goods = own.is_some() && own == line.merchant;
                Some(BoughtLine { line: line.id, product, merchant: line.merchant, own_goods })
            });
            Some((lines.collect(), engine.now().us()))
        });
        let (lines, now) = read.await?.ok_or_else(Problem::not_found)?;
        Ok(Bought { member: row.member, received: row.received.is_some(), lines, now })
    }
}

impl Review {
    fn of(row: ReviewRow, who: &Who, names: &HashMap<String, PersonName>) -> Review {
        let own =
            who.caller.as_ref().is_some_and(|caller| caller.key.is_none() && caller.person == row.person);
        // Staff who may show it again reads what it is.
        let is_read = row.hidden.is_none() || own || who.may("products.manage");
        let by = |person: &str| names.get(person).cloned();
        Review { own, ..Review::shown(row, is_read, by) }
    }

    fn shown(row: ReviewRow, is_read: bool, by: impl Fn(&str) -> Option<PersonName>) -> Review {
        let said = |words: Option<ReviewWords>| match words.filter(|_| is_read) {
            Some(ReviewWords { text, pictures }) => {
                (Some(text), pictures.into_iter().map(Picture::of).collect())
            }
            None => (None, Vec::new()),
        };
        let (text, pictures) = said(row.words);
        let follow_up = row.follow_up.map(|(words, at)| {
            let (text, pictures) = said(words);
            FollowUp { at: Time::of_us(at), text, pictures }
        });
        Review {
            id: row.number.to_string(),
            product: row.place.product,
            stars: row.stars,
            name: row.name.as_deref().map(begun),
            own: true,
            at: Time::of_us(row.at),
            text,
            pictures,
            follow_up,
            answer: row.answer.map(|answer| ReviewAnswer {
                by: by(&answer.by),
                text: answer.text,
                by_merchant: answer.by_merchant,
                at: Time::of_us(answer.at),
            }),
            hidden: row.hidden.map(|(reason, person, at)| Hidden {
                reason,
                at: Time::of_us(at),
                by: by(&person),
            }),
        }
    }
}

/// The first letter of a name: enough to see that two reviews are by two.
fn begun(name: &str) -> String {
    let first = name.chars().next().map(String::from).unwrap_or_default();
    format!("{first}**")
}

impl ReviewOfPerson {
    pub(super) fn of((programme, row): (String, ReviewRow)) -> ReviewOfPerson {
        let (order, line) = (row.place.order.clone(), row.place.line.clone());
        ReviewOfPerson { programme, order, line, review: Review::shown(row, true, |_| None) }
    }
}

impl ReviewSummary {
    fn of(ReviewCounts { by_stars, pictured }: ReviewCounts) -> ReviewSummary {
        let count: u64 = by_stars.iter().sum();
        let stars: u64 = (1..).zip(by_stars).map(|(stars, count): (u64, u64)| stars * count).sum();
        // Never better than it is.
        let average =
            (stars * 10).checked_div(count).map(|tenths| format!("{}.{}", tenths / 10, tenths % 10));
        ReviewSummary { count, average, by_stars: by_stars.to_vec(), pictured }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// MALL-6: the average is rounded down, and there is none of nothing.
    #[test]
    fn the_average_is_never_better_than_it_is() {
        for (by_stars, average) in [
            ([0, 0, 0, 0, 0], None),
            ([0, 0, 0, 0, 3], Some("5.0")),
            ([1, 0, 0, 0, 0], Some("1.0")),
            ([0, 0, 0, 1, 2], Some("4.6")),
            ([1, 0, 0, 0, 99], Some("4.9")),
        ] {
            let summary = ReviewSummary::of(ReviewCounts { by_stars, pictured: 0 });
            assert_eq!(summary.average.as_deref(), average, "{by_stars:?}");
        }
    }
}
