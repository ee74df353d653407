//! Who may do what. The document says it of every operation (`x-permission`), this enforces what the document says, and an operation
//! of which it says nothing does not exist (ACC-2).

use std::collections::HashMap;
use std::sync::Mutex;

use axum::extract::{MatchedPath, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use ratchet_store::{Act, Caller, StoreError, Tables};
use sha2::{Digest as _, Sha256};
use utoipa::openapi::OpenApi;

use crate::App;
use crate::api::Role;
use crate::problem::{Problem, ServerFault};
use crate::request::Meta;

/// Name of the cookie that holds a session's secret.
pub(crate) const COOKIE: &str = "ratchet_session";
/// A write by cookie has this header: a page of another site cannot send it without being asked by CORS, which is not answered.
pub(crate) const CSRF_HEADER: &str = "x-ratchet";

/// What roles permit, by the names of `x-permission`.
pub(crate) const PERMISSIONS: &[(&str, &[Role])] = {
    use Role::{Auditor, Operator, Owner, Reviewer};
    &[
        ("members.read", &[Operator, Reviewer, Auditor, Owner]),
        ("orders.read", &[Operator, Reviewer, Auditor, Owner]),
        ("withdrawals.read", &[Operator, Reviewer, Auditor, Owner]),
        ("journal.read", &[Operator, Reviewer, Auditor, Owner]),
        ("staff.read", &[Operator, Reviewer, Auditor, Owner]),
        ("audit.read", &[Auditor, Owner]),
        ("orders.manage", &[Operator, Owner]),
        ("products.manage", &[Operator, Owner]),
        ("members.manage", &[Operator, Owner]),
        ("members.reveal", &[Operator, Owner]),
        ("payments.manage", &[Operator, Owner]),
        ("clock.advance", &[Operator, Owner]),
        ("commands.submit", &[Operator, Reviewer, Owner]),
        ("withdrawals.pay", &[Operator, Owner]),
        ("withdrawals.review", &[Reviewer, Owner]),
        ("money.propose", &[Operator, Owner]),
        ("money.approve", &[Reviewer, Owner]),
        ("plan.manage", &[Owner]),
        ("programme.create", &[Owner]),
        ("staff.manage", &[Owner]),
        ("keys.manage", &[Owner]),
    ]
};

/// What roles permit together.
pub(crate) fn permissions_of(roles: &[Role]) -> Vec<&'static str> {
    let permitted = PERMISSIONS.iter().filter(|(_, by)| by.iter().any(|role| roles.contains(role)));
    permitted.map(|(name, _)| *name).collect()
}

/// What a caller may do in a tenant by these roles: a key at most what its scopes say, and in its own tenant only.
pub(crate) fn permissions_in(caller: &Caller, tenant: &str, roles: &[Role]) -> Vec<&'static str> {
    let mut permissions = permissions_of(roles);
    if let Some((_, of, scopes)) = &caller.key {
        permissions.retain(|name| of == tenant && scopes.iter().any(|scope| scope == name));
    }
    permissions
}

/// What an operation asks of who calls it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Nothing.
    Public,
    /// A signature that the handler checks.
    Provider,
    /// Somebody who is logged in.
    Person,
    /// A member of the programme, or staff with a permission.
    Of {
        /// A member will do; it sees its own.
        member: bool,
        /// Staff with this will do.
        permission: Option<&'static str>,
    },
}

impl Need {
    /// As the document names it.
    fn parse(text: &str) -> Option<Need> {
        match text {
            "public" => return Some(Need::Public),
            "provider" => return Some(Need::Provider),
            "person" => return Some(Need::Person),
            _ => {}
        }
        let (mut member, mut permission) = (false, None);
        for part in text.split('|') {
            match PERMISSIONS.iter().find(|(name, _)| *name == part) {
                Some((name, _)) => permission = Some(*name),
                None if part == "member" => member = true,
                None => return None,
            }
        }
        Some(Need::Of { member, permission })
    }
}

/// What each operation asks, by method and path.
#[derive(Debug)]
pub(crate) struct Needs(HashMap<(Method, String), Need>);

impl Needs {
    /// As the document says. An operation without a permission, or with an unknown one, is a bug of ours.
    pub(crate) fn of(document: &OpenApi) -> Needs {
        let mut needs = HashMap::new();
        for (path, item) in &document.paths.paths {
            let of_methods =
                [(Method::GET, &item.get), (Method::POST, &item.post), (Method::DELETE, &item.delete)];
            for (method, operation) in of_methods {
                let Some(operation) = operation else { continue };
                let named = operation.extensions.as_ref().and_then(|all| all.get("x-permission"));
                let need = named.and_then(|named| Need::parse(named.as_str()?));
                let need = need.unwrap_or_else(|| panic!("{method} {path} says who may call it"));
                needs.insert((method, path.clone()), need);
            }
        }
        Needs(needs)
    }
}

/// Who asks, and what they may do here.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    /// The person, where somebody is logged in.
    pub(crate) caller: Option<Caller>,
    /// The tenant that the path is about.
    pub(crate) tenant: Option<String>,
    /// Which member of the path's programme the person is.
    pub(crate) member: Option<String>,
    /// What the person may do in the tenant.
    permissions: Vec<&'static str>,
    /// The person has a role here, which counts once a second factor is set up (ACC-4).
    needs_second_factor: bool,
    /// The request.
    pub(crate) meta: Meta,
}

impl Who {
    /// The person; an operation that is not public has one.
    pub(crate) fn person(&self) -> Result<&str, Problem> {
        let person = self.caller.as_ref().map(|caller| caller.person.as_str());
        person.ok_or_else(|| Problem::new(ServerFault::LoginRequired {}))
    }

    /// Under whose name keys of writes are kept: the person, or the key of a program.
    pub(crate) fn sender(&self) -> Result<&str, Problem> {
        let key = self.caller.as_ref().and_then(|caller| caller.key.as_ref());
        key.map_or_else(|| self.person(), |(key, ..)| Ok(key))
    }

    /// Which member of the programme the person is.
    pub(crate) fn member(&self) -> Result<&str, Problem> {
        self.member.as_deref().ok_or_else(Problem::not_found)
    }

    /// The tenant that the path is about.
    pub(crate) fn tenant(&self) -> Result<&str, Problem> {
        self.tenant.as_deref().ok_or_else(Problem::not_found)
    }

    /// Whether the person has a permission in the tenant.
    pub(crate) fn may(&self, permission: &str) -> bool {
        self.permissions.contains(&permission)
    }

    /// Whether the person has any role in the tenant.
    pub(crate) fn is_staff(&self) -> bool {
        !self.permissions.is_empty()
    }

    /// For the audit log.
    pub(crate) fn act(&self) -> Act {
        Act {
            person: self.caller.as_ref().map_or_else(|| "guest".to_owned(), |caller| caller.person.clone()),
            address: self.meta.address.clone(),
            request: self.meta.id.clone(),
            at: self.meta.now_us,
        }
    }
}

impl<S: Sync> axum::extract::FromRequestParts<S> for Who {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Who, Problem> {
        let who = parts.extensions.get::<Who>().cloned();
        who.ok_or_else(|| Problem::new(ServerFault::Bug {}).because("a route outside of the permissions"))
    }
}

/// Finds out who asks and lets them through, or answers as if there were nothing.
pub(crate) async fn authorise(
    State(app): State<App>,
    parameters: RawPathParams,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let path = path.as_deref().and_then(|path| path.strip_prefix("/api/v1")).unwrap_or_default();
    let need = app.needs.0.get(&(request.method().clone(), path.to_owned())).cloned();
    let Some(need) = need else {
        return Err(Problem::new(ServerFault::Method {}));
    };
    let meta = request.extensions().get::<Meta>().cloned();
    let meta = meta.ok_or_else(|| Problem::new(ServerFault::Bug {}).because("a request without its id"))?;
    let named =
        |wanted: &str| parameters.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.to_owned());
    let (programme, tenant) = (named("programme"), named("tenant"));
    let writes = request.method() != Method::GET && need != Need::Provider;
    let who = identify(&app, request.headers(), programme, tenant, meta, writes).await?;
    check(&need, &who, request.method() != Method::GET, app.demo.is_some())?;
    request.extensions_mut().insert(who);
    Ok(next.run(request).await)
}

fn check(need: &Need, who: &Who, writes: bool, demo: bool) -> Result<(), Problem> {
    // A key does what its scopes say, and acts for no member.
    let by_key = who.caller.as_ref().is_some_and(|caller| caller.key.is_some());
    let login_required = || Problem::new(ServerFault::LoginRequired {});
    match need {
        Need::Public | Need::Provider => Ok(()),
        // What concerns a person alone a key may read, so that a program knows whose it is.
        Need::Person if by_key && writes => Err(Problem::not_found()),
        Need::Person => who.person().map(drop),
        Need::Of { .. } if who.caller.is_none() => Err(login_required()),
        Need::Of { member, permission } => {
            let as_member = *member && !by_key && who.member.is_some();
            let as_staff = permission.is_some_and(|permission| who.may(permission));
            // In a demo whoever takes part lets time pass (CLOCK-2).
            let as_visitor = demo && *permission == Some("clock.advance") && !by_key && who.member.is_some();
            match as_member || as_staff || as_visitor {
                true => Ok(()),
                // That there is something is no secret to somebody who has a role here.
                false if who.needs_second_factor && permission.is_some() => {
                    Err(Problem::new(ServerFault::SecondFactorSetup {}))
                }
                false => Err(Problem::not_found()),
            }
        }
    }
}

/// What is found out about a request before anything else.
#[derive(Clone, Debug)]
struct Found {
    caller: Option<Caller>,
    tenant: Option<String>,
    member: Option<String>,
    permissions: Vec<&'static str>,
    needs_second_factor: bool,
}

/// What a request says of itself: the hash of the secret it brings, and what its path is about.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Asked {
    secret: Option<[u8; 32]>,
    programme: Option<String>,
    tenant: Option<String>,
}

/// What a request brings.
enum Secret {
    Session(String),
    Key(String),
}

impl Secret {
    /// A session's secret sent as a key is another one.
    fn hash(&self) -> [u8; 32] {
        let (kind, secret) = match self {
            Secret::Session(secret) => ("session ", secret),
            Secret::Key(secret) => ("key ", secret),
        };
        Sha256::new().chain_update(kind).chain_update(secret).finalize().into()
    }
}

/// Whom requests were found to be from, until a minute is over or anything changes of who may do what: most requests come from
/// somebody who has just sent another.
#[derive(Default)]
pub(crate) struct Known(Mutex<KnownAt>);

#[derive(Default)]
struct KnownAt {
    version: u64,
    found: HashMap<Asked, (Found, i64)>,
}

/// The use of a session is written down as often.
const KNOWN_US: i64 = 60_000_000;
/// Most that are kept; then all begin anew.
const KNOWN_MAX: usize = 100_000;

impl Known {
    fn lock(&self) -> std::sync::MutexGuard<'_, KnownAt> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn get(&self, asked: &Asked, version: u64, now: i64) -> Option<Found> {
        let known = self.lock();
        let (found, until) = known.found.get(asked).filter(|_| known.version == version)?;
        (now < *until).then(|| found.clone())
    }

    fn keep(&self, asked: Asked, found: Found, version: u64, now: i64) {
        let until = now.saturating_add(KNOWN_US);
        let until = found.caller.as_ref().map_or(until, |caller| caller.expires_at.min(until));
        let mut known = self.lock();
        // A later version may have come meanwhile: what was found before it is worth nothing.
        if version < known.version {
            return;
        }
        if version > known.version || known.found.len() >= KNOWN_MAX {
            *known = KnownAt { version, found: HashMap::new() };
        }
        known.found.insert(asked, (found, until));
    }
}

async fn identify(
    app: &App,
    headers: &HeaderMap,
    programme: Option<String>,
    tenant: Option<String>,
    meta: Meta,
    writes: bool,
) -> Result<Who, Problem> {
    let (cookie, bearer) = (cookie(headers), bearer(headers));
    if bearer.is_none() && cookie.is_some() && writes && !headers.contains_key(CSRF_HEADER) {
        return Err(Problem::new(ServerFault::HeaderMissing { name: "X-Ratchet" }));
    }
    let now = meta.now_us;
    let secret = bearer.map(Secret::Key).or(cookie.map(Secret::Session));
    let asked = Asked { secret: secret.as_ref().map(Secret::hash), programme, tenant };
    let found = match app.known.get(&asked, app.secrets().access_version(), now) {
        Some(found) => found,
        None => {
            let wanted = asked.clone();
            let found = app.people(move |people| {
                people.change(|tables| {
                    let found = find(tables, secret.as_ref(), &wanted, now)?;
                    Ok::<_, StoreError>((found, people.access_version()))
                })
            });
            let (found, version) = found.await?;
            // A secret that is nobody's is not kept: whoever guesses would fill the memory.
            if asked.secret.is_none() == found.caller.is_none() {
                app.known.keep(asked, found.clone(), version, now);
            }
            found
        }
    };
    let Found { caller, tenant, member, permissions, needs_second_factor } = found;
    Ok(Who { caller, tenant, member, permissions, needs_second_factor, meta })
}

fn find(tables: &Tables<'_>, secret: Option<&Secret>, asked: &Asked, now: i64) -> Result<Found, StoreError> {
    let caller = match secret {
        Some(Secret::Key(secret)) => tables.caller_of_key(secret, now)?,
        Some(Secret::Session(secret)) => tables.caller_of_session(secret, now)?,
        None => None,
    };
    let tenant = match &asked.programme {
        Some(programme) => tables.tenant_of(programme)?,
        None => asked.tenant.clone(),
    };
    let (mut permissions, mut member, mut needs_second_factor) = (Vec::new(), None, false);
    if let Some(caller) = &caller {
        if let Some(tenant) = &tenant {
            let roles = tables.roles(&caller.person)?;
            let here = roles.iter().filter(|(of, _)| of.id == *tenant);
            let roles: Vec<Role> = here.filter_map(|(_, role)| Role::parse(role)).collect();
            permissions = permissions_in(caller, tenant, &roles);
            if !permissions.is_empty() && tables.lacks_second_factor(tenant, &caller.person)? {
                (permissions, needs_second_factor) = (Vec::new(), true);
            }
        }
        if let Some(programme) = &asked.programme {
            member = tables.member_of(programme, &caller.person)?;
        }
    }
    Ok(Found { caller, tenant, member, permissions, needs_second_factor })
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    let mut each = cookies.flat_map(|cookies| cookies.split(';')).map(str::trim);
    each.find_map(|cookie| cookie.strip_prefix(COOKIE)?.strip_prefix('=')).map(str::to_owned)
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(|secret| secret.trim().to_owned())
}
