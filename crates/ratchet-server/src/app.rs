//! What handlers share, and the two ways in which anything is written: a command of a programme, or a change beside the journals.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use axum::Json;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use metrics_exporter_prometheus::PrometheusHandle;
use ratchet_engine::amount::Currency;
use ratchet_engine::id::Id;
use ratchet_store::{People, StoreError, StoredAnswer, Tables};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::access::{Known, Needs, Who};
use crate::api::{self, PersonName, PreviewView, Truths, WriteAnswer, Written};
use crate::demo::Demo;
use crate::lab::Lab;
use crate::limits::Limits;
use crate::pictures::Pictures;
use crate::population::Populations;
use crate::problem::{Problem, ServerFault};
use crate::programme::{Answer, Clock, Outcome, PreviewAnswer, Programme, Programmes, Request};
use crate::request::Write;
use crate::sender::Sender;
use crate::serve::Config;
use crate::{audit, cashier};

/// An answer that was given before carries this.
const REPLAYED: &str = "idempotent-replayed";

/// What handlers share. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App(Arc<Shared>);

pub(crate) struct Shared {
    /// All programmes.
    pub(crate) programmes: Programmes,
    people: Arc<People>,
    /// The list of people who were erased.
    pub(crate) erased: PathBuf,
    /// What each operation asks.
    pub(crate) needs: Needs,
    /// Whom requests were found to be from.
    pub(crate) known: Known,
    /// What was last said of who gains and who loses.
    pub(crate) truths: Truths,
    /// Time for sessions, quotes, limits.
    pub(crate) clock: Clock,
    /// How often who may ask.
    pub(crate) limits: Limits,
    /// Where pictures are kept.
    pub(crate) pictures: Pictures,
    /// What sends one-time codes.
    pub(crate) sender: Sender,
    /// Runs of the lab.
    pub(crate) lab: Arc<Lab>,
    /// What plans do to equal buyers.
    pub(crate) populations: Populations,
    /// What `/metrics` says.
    pub(crate) metrics: PrometheusHandle,
    /// Wakes the task that delivers the play-money provider's messages.
    pub(crate) deliveries: tokio::sync::Notify,
    /// Rows of the audit log on their way.
    pub(crate) audits: audit::Rows,
    /// What makes this server a demo.
    pub(crate) demo: Option<Demo>,
    /// The server stops.
    pub(crate) stopping: tokio::sync::watch::Sender<bool>,
    currencies: Mutex<HashMap<String, Currency>>,
    /// Once there is an owner there always is one.
    owned: AtomicBool,
}

impl std::ops::Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl App {
    pub(crate) fn new(
        config: &Config,
        programmes: Programmes,
        people: People,
        pictures: Pictures,
        demo: Option<Demo>,
        audits: audit::Rows,
        metrics: PrometheusHandle,
    ) -> App {
        App(Arc::new(Shared {
            programmes,
            people: Arc::new(people),
            erased: config.erased_file(),
            needs: Needs::of(&api::document()),
            known: Known::default(),
            truths: Truths::default(),
            clock: config.clock.clone(),
            limits: Limits::new(config.limits),
            pictures,
            sender: config.sender.clone(),
            lab: Arc::new(Lab::new(config.lab_program.clone())),
            populations: Populations::new(),
            metrics,
            deliveries: tokio::sync::Notify::new(),
            audits,
            demo,
            stopping: tokio::sync::watch::channel(false).0,
            currencies: Mutex::default(),
            owned: AtomicBool::new(false),
        }))
    }

    /// The server's time in microseconds.
    pub(crate) fn now_us(&self) -> i64 {
        self.clock.now().us()
    }

    /// The tables of people as such, for what does not wait for a disk.
    pub(crate) fn secrets(&self) -> &People {
        &self.people
    }

    /// Does something with the tables of people on a thread that may wait for the disk.
    pub(crate) async fn people<T: Send + 'static, E: From<StoreError> + Into<Problem> + Send + 'static>(
        &self,
        work: impl FnOnce(&People) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Problem> {
        let people = Arc::clone(&self.people);
        match tokio::task::spawn_blocking(move || work(&people)).await {
            Ok(done) => done.map_err(Into::into),
            Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
        }
    }

    /// How staff see people who did something: by name where they may, else by id; members not at all.
    pub(crate) async fn names(
        &self,
        who: &Who,
        mut people: Vec<String>,
    ) -> Result<HashMap<String, PersonName>, Problem> {
        if !who.is_staff() {
            return Ok(HashMap::new());
        }
        let named = who.may("staff.read");
        people.sort_unstable();
        people.dedup();
        self.people(move |tables| {
            tables.look(|tables| {
                let name = |person: String| {
                    let data = if named { tables.person(&person)? } else { None };
                    Ok((person.clone(), PersonName { person, name: data.map(|data| data.name) }))
                };
                people.into_iter().map(name).collect::<Result<_, StoreError>>()
            })
        })
        .await
    }

    /// Whether anybody owns this server.
    pub(crate) async fn has_owner(&self) -> Result<bool, Problem> {
        if self.owned.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let owned = self.people(|people| people.look(|tables| tables.has_owner())).await?;
        self.owned.store(owned, Ordering::Relaxed);
        Ok(owned)
    }

    /// Somebody has just become the owner.
    pub(crate) fn know_owner(&self) {
        self.owned.store(true, Ordering::Relaxed);
    }

    /// The programme with this id.
    pub(crate) fn programme(&self, id: &str) -> Result<Programme, Problem> {
        self.programmes.get(id).ok_or_else(Problem::not_found)
    }

    /// A programme's currency, which never changes.
    pub(crate) async fn currency(&self, programme: &Programme) -> Result<Currency, Problem> {
        let known = self.lock_currencies().get(programme.id()).copied();
        if let Some(currency) = known {
            return Ok(currency);
        }
        let currency = programme.read(None, |engine| engine.plan().programme.currency).await?;
        self.lock_currencies().insert(programme.id().to_owned(), currency);
        Ok(currency)
    }

    fn lock_currencies(&self) -> std::sync::MutexGuard<'_, HashMap<String, Currency>> {
        self.currencies.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Sends a command under a person's key, or says what it would do. `id` is what it makes or changes.
    pub(crate) async fn command(
        &self,
        who: &Who,
        write: &Write,
        programme: &Programme,
        id: String,
        command: Value,
    ) -> Result<Response, Problem> {
        let (answer, replayed) = self.send(who, write, programme, id, command).await?;
        Ok(answered(&answer, replayed))
    }

    /// The same for whoever makes another answer of it; whether it was answered before.
    pub(crate) async fn send(
        &self,
        who: &Who,
        write: &Write,
        programme: &Programme,
        id: String,
        command: Value,
    ) -> Result<(WriteAnswer, bool), Problem> {
        let kind = command["type"].as_str().unwrap_or_default().to_owned();
        let request = self.asked(who, write, programme, command).await?;
        let refund = cashier::refund_of(&request.command);
        if write.preview {
            let preview = programme.preview(request).await?;
            let currency = self.currency(programme).await?;
            let preview = PreviewView::of(preview, who, &currency)?;
            return Ok((WriteAnswer::Preview(preview), false));
        }
        let Answer { outcome, .. } = programme.submit(request).await?;
        let (seq, at, replayed) = match outcome {
            Outcome::Applied { seq, at } => (seq, at, false),
            Outcome::Duplicate { seq } => {
                let entry = programme.entry(seq).await?;
                let entry = entry
                    .ok_or_else(|| Problem::new(ServerFault::Storage {}).because("an entry is missing"))?;
                (seq, entry.at, true)
            }
            Outcome::Rejected(refused) => return Err(refused.into()),
        };
        if who.is_staff() {
            self.audit(who, &kind, &id, seq, replayed).await?;
        }
        if let Some(refund) = refund {
            cashier::give_back(self, programme, seq, refund).await?;
        }
        Ok((WriteAnswer::Written(Written { id, seq, at: at.into() }), replayed))
    }

    /// What a command would do under a person's key, with the entries that it would write, for whoever says more of them.
    pub(crate) async fn would(
        &self,
        who: &Who,
        write: &Write,
        programme: &Programme,
        command: Value,
    ) -> Result<PreviewAnswer, Problem> {
        let request = self.asked(who, write, programme, command).await?;
        Ok(programme.preview(request).await?)
    }

    /// A command under a person's key, of those that it may send at a time.
    async fn asked(
        &self,
        who: &Who,
        write: &Write,
        programme: &Programme,
        command: Value,
    ) -> Result<Request, Problem> {
        let sender = who.sender()?;
        self.limits.take("writes", sender, self.limits.writes(who), who.meta.now_us)?;
        self.request(programme, &format!("{sender}:{}", write.key), who.person()?, command).await
    }

    /// A command as the engine takes it. Its JSON form has no key, time and actor: those are the request's.
    pub(crate) async fn request(
        &self,
        programme: &Programme,
        key: &str,
        actor: &str,
        command: Value,
    ) -> Result<Request, Problem> {
        let currency = self.currency(programme).await?;
        api::request_of(&command.to_string(), key, actor, &currency).map_err(|message| {
            Problem::new(ServerFault::Json { error: message.clone() }).at(String::new(), message)
        })
    }

    /// Changes something beside the journals, once for a key: what was answered then is answered for ever. The work writes down what
    /// staff do by [`Tables::audit`].
    pub(crate) async fn change<T: Serialize + DeserializeOwned + Send + 'static>(
        &self,
        who: &Who,
        write: &Write,
        body: Option<[u8; 32]>,
        work: impl FnOnce(&Tables<'_>) -> Result<T, Problem> + Send + 'static,
    ) -> Result<Response, Problem> {
        let (answer, replayed) = self.once_value(who, write, body, work).await?;
        Ok(answered(&answer, replayed))
    }

    /// Whether a change was answered under this key before: what had to hold then need not hold now.
    pub(crate) async fn is_answered(&self, who: &Who, write: &Write) -> Result<bool, Problem> {
        let (person, key) = (who.person()?.to_owned(), write.key.clone());
        self.people(move |people| people.look(|tables| Ok(tables.answer(&person, &key)?.is_some()))).await
    }

    /// The same where the answer has a secret that is said once: `reveal` puts it into the first answer, and none is stored.
    pub(crate) async fn change_secret<T: Serialize + DeserializeOwned + Send + 'static>(
        &self,
        who: &Who,
        write: &Write,
        body: Option<[u8; 32]>,
        work: impl FnOnce(&Tables<'_>) -> Result<(T, String), Problem> + Send + 'static,
        reveal: impl FnOnce(&mut T, String),
    ) -> Result<Response, Problem> {
        let (mut answer, replayed, secret) = self.once(who, write, body, work).await?;
        // A preview keeps nothing, so what it could reveal is the secret of nothing.
        if let Some(secret) = secret.filter(|_| !write.preview) {
            reveal(&mut answer, secret);
        }
        Ok(answered(&answer, replayed))
    }

    /// The same, and the caller makes the answer of what was decided; whether it was decided before.
    pub(crate) async fn once_value<T: Serialize + DeserializeOwned + Send + 'static>(
        &self,
        who: &Who,
        write: &Write,
        body: Option<[u8; 32]>,
        work: impl FnOnce(&Tables<'_>) -> Result<T, Problem> + Send + 'static,
    ) -> Result<(T, bool), Problem> {
        let with_nothing = move |tables: &Tables<'_>| work(tables).map(|answer| (answer, ()));
        self.once(who, write, body, with_nothing).await.map(|(answer, replayed, _)| (answer, replayed))
    }

    async fn once<T, S>(
        &self,
        who: &Who,
        write: &Write,
        body: Option<[u8; 32]>,
        work: impl FnOnce(&Tables<'_>) -> Result<(T, S), Problem> + Send + 'static,
    ) -> Result<(T, bool, Option<S>), Problem>
    where
        T: Serialize + DeserializeOwned + Send + 'static,
        S: Send + 'static,
    {
        let person = who.person()?.to_owned();
        self.limits.take("writes", who.sender()?, self.limits.writes(who), who.meta.now_us)?;
        let (key, content, now, preview) =
            (write.key.clone(), write.content(body), who.meta.now_us, write.preview);
        let once = move |tables: &Tables<'_>| -> Result<(T, bool, Option<S>), Problem> {
            if let Some(stored) = tables.answer(&person, &key)? {
                if stored.content != content {
                    return Err(Problem::new(ServerFault::KeyReused {}));
                }
                let unread = |error: serde_json::Error| {
                    Problem::new(ServerFault::Storage {}).because(error.to_string())
                };
                return Ok((serde_json::from_str(&stored.answer).map_err(unread)?, true, None));
            }
            let (done, secret) = work(tables)?;
            let answer = serde_json::to_string(&done).expect("answers are JSON");
            tables.keep_answer(&person, &key, &StoredAnswer { content, answer }, now)?;
            Ok((done, false, Some(secret)))
        };
        self.people(move |people| if preview { people.preview(once) } else { people.change(once) }).await
    }
}

/// The answer of a write, marked if it was given before.
pub(crate) fn answered(answer: &impl Serialize, replayed: bool) -> Response {
    let mut headers = HeaderMap::new();
    if replayed {
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
    (headers, Json(answer)).into_response()
}

/// An id of the engine, of a text that is one.
pub(crate) fn id(text: &str) -> Result<Id, Problem> {
    Id::new(text).map_err(|error| Problem::field("id", error))
}
