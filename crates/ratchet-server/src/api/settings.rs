//! What a tenant asks of people.

use ratchet_store::{Asks, NewAuditEntry};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::prelude::*;

/// What a tenant asks of people.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TenantSettings {
    /// Staff does nothing before a second factor is set up (ACC-4).
    staff_second_factor: bool,
    /// Nobody joins before a code has shown that they receive what is sent to their login.
    confirmed_login: bool,
}

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(settings, set))
}

/// What a tenant asks of people.
#[utoipa::path(
    get,
    path = "/tenants/{tenant}/settings",
    tag = "people",
    extensions(("x-permission" = json!("staff.read"))),
    responses((status = 200, description = "Done.", body = TenantSettings)),
)]
async fn settings(
    State(app): State<App>,
    Path(tenant): Path<String>,
) -> Result<Json<TenantSettings>, Problem> {
    let asks = app.people(move |people| people.look(|tables| tables.asks(&tenant))).await?;
    Ok(Json(TenantSettings::of(asks)))
}

/// Says what the tenant asks from now on; it stands in the audit log with what it was.
#[utoipa::path(
    post,
    path = "/tenants/{tenant}/settings",
    tag = "people",
    extensions(("x-permission" = json!("staff.manage"))),
    request_body = TenantSettings,
    responses((status = 200, description = "Done.", body = TenantSettings)),
)]
async fn set(
    State(app): State<App>,
    who: Who,
    write: Write,
    Path(tenant): Path<String>,
    body: Body<TenantSettings>,
) -> Result<Response, Problem> {
    let (act, TenantSettings { staff_second_factor, confirmed_login }) = (who.act(), body.value);
    app.change(&who, &write, Some(body.hash), move |tables| {
        let text = |asks| serde_json::to_string(&TenantSettings::of(asks)).expect("settings are JSON");
        let (before, asks) = (tables.asks(&tenant)?, Asks { staff_second_factor, confirmed_login });
        tables.set_asks(&tenant, asks)?;
        let entry = NewAuditEntry {
            before: Some(text(before)),
            after: Some(text(asks)),
            ..NewAuditEntry::of(&tenant, "tenant.settings", &tenant)
        };
        tables.audit(&act, entry)?;
        Ok(TenantSettings::of(asks))
    })
    .await
}

impl TenantSettings {
    fn of(asks: Asks) -> TenantSettings {
        let Asks { staff_second_factor, confirmed_login } = asks;
        TenantSettings { staff_second_factor, confirmed_login }
    }
}
