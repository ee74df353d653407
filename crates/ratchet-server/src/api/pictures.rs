//! Putting pictures on this server (MALL-7).

use axum::extract::Request;
use axum::http::header;
use ratchet_store::{PicturePurpose, PictureRow};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use super::merchants::own_merchant;
use super::prelude::*;
use crate::pictures::{self, BYTES_MAX, WIDTHS, path_of};
use crate::request::body_bytes_of;

/// A picture on this server. Anybody who knows where it is may look at it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Picture {
    /// Its id: the hash of its files.
    pub(super) id: String,
    /// Where it is, as wide as most pages show it: what articles name.
    pub(super) path: String,
    /// The same in every width, the narrowest first.
    pub(super) sizes: Vec<PictureFile>,
}

/// A picture in a width.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct PictureFile {
    /// At most so many dots wide.
    width: u32,
    /// Where it is, as a path on this server.
    path: String,
}

/// The file of a picture, as it is.
pub(crate) struct PictureBytes;

impl utoipa::PartialSchema for PictureBytes {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::Binary)))
            .description(Some("The file of a picture, as it is; at most 8 MB."))
            .into()
    }
}

impl ToSchema for PictureBytes {
    fn name() -> std::borrow::Cow<'static, str> {
        "PictureBytes".into()
    }
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(put)).routes(routes!(put_own))
}

/// Puts a picture of an article here, by staff who manages articles or a merchant: the body is its file, as JPEG, PNG or WebP, of at
/// most 8 MB. It is read, turned upright, and written anew without anything else that the file says, such as where it was taken.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/pictures",
    tag = "pictures",
    extensions(("x-permission" = json!("member|products.manage"))),
    request_body(content((PictureBytes = "image/jpeg"), (PictureBytes = "image/png"), (PictureBytes = "image/webp"))),
    responses((status = 200, description = "Done.", body = Picture)),
)]
async fn put(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let handle = app.programme(&programme)?;
    if !who.may("products.manage") && own_merchant(&handle, &who).await.is_err() {
        return Err(Problem::new(ServerFault::PictureNotFor {}));
    }
    keep(&app, &who, &write, (programme, PicturePurpose::Product), request).await
}

/// Puts a picture for a review here. It goes when the member leaves.
#[utoipa::path(
    post,
    path = "/programmes/{programme}/me/pictures",
    tag = "pictures",
    extensions(("x-permission" = json!("member"))),
    request_body(content((PictureBytes = "image/jpeg"), (PictureBytes = "image/png"), (PictureBytes = "image/webp"))),
    responses((status = 200, description = "Done.", body = Picture)),
)]
async fn put_own(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(programme): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    app.programme(&programme)?;
    keep(&app, &who, &write, (programme, PicturePurpose::Review), request).await
}

async fn keep(
    app: &App,
    who: &Who,
    write: &Write,
    (programme, purpose): (String, PicturePurpose),
    request: Request,
) -> Result<Response, Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if !kind.is_some_and(|kind| ["image/jpeg", "image/png", "image/webp"].contains(&kind)) {
        return Err(Problem::new(ServerFault::PictureType {}));
    }
    let person = who.person()?.to_owned();
    if !app.is_answered(who, write).await? {
        app.limits.take("pictures", &person, crate::limits::PICTURES, who.meta.now_us)?;
    }
    let bytes = body_bytes_of(request, BYTES_MAX).await?;
    let hash: [u8; 32] = Sha256::digest(&bytes).into();
    let picture = app.pictures.rewrite(bytes).await?;
    let row = PictureRow { id: picture.id.clone(), purpose, size: picture.size, at: who.meta.now_us };
    if !write.preview {
        // Before the row: one that is there never lacks its files.
        app.pictures.keep(picture).await?;
    }
    let tenant = who.tenant()?.to_owned();
    app.change(who, write, Some(hash), move |tables| {
        tables.put_picture((&tenant, &person), &programme, &row)?;
        Ok(Picture::of(row.id))
    })
    .await
}

impl Picture {
    /// The picture with this id.
    pub(super) fn of(id: String) -> Picture {
        let sizes = WIDTHS.into_iter().map(|width| PictureFile { width, path: path_of(&id, width) });
        Picture { path: path_of(&id, WIDTHS[1]), sizes: sizes.collect(), id }
    }
}

/// A path that an article names, if it is one of pictures: it has to be there for articles.
pub(super) fn check_uploaded(
    tables: &ratchet_store::Tables<'_>,
    programme: &str,
    field: &str,
    path: &str,
) -> Result<(), Problem> {
    if !pictures::is_path(path) {
        return Ok(());
    }
    let known = match pictures::id_of(path) {
        Some(id) => tables.has_picture(programme, id, PicturePurpose::Product, None)?,
        None => false,
    };
    if known { Ok(()) } else { Err(Problem::field(field, ServerFault::PictureUnknown { picture: path })) }
}
