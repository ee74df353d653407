//! The server as a whole: opening its directory, listening, stopping in order.

mod tls;

use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use ratchet_engine::message::{Message, System};
use ratchet_engine::messages;
use ratchet_store::{Disk, MasterKey, People, Store};
use tokio::net::TcpListener;
use tokio_rustls::rustls::ServerConfig;

pub(crate) use tls::Peer;
pub use tls::TlsFiles;
use tls::TlsListener;

use crate::demo::{self, Demo};
use crate::limits::LimitSettings;
use crate::pictures::{self, PictureSettings, Pictures};
use crate::programme::{Clock, Programmes, Settings};
use crate::sender::Sender;
use crate::{App, audit, cashier, http};

/// How long requests that are under way have when the server stops.
const DRAIN: Duration = Duration::from_secs(20);
/// Name of the tenant of the first owner.
const FIRST_TENANT: &str = "Ratchet";

messages! {
    /// Why a server does not start.
    #[derive(Debug)]
    pub enum ServeFault<'a> {
        Listen "serve.listen" { address: String, error: System<'a> }
            "{address}: {error}"
            "{address}：{error}";
        Tls "serve.tls" { path: String, error: System<'a> }
            "{path}: no certificate chain and private key in PEM that belong together can be read: {error}"
            "{path}：无法读取成对的 `PEM` 证书链与私钥：{error}";
        Pictures "serve.pictures" { place: String, error: String }
            "{place}: pictures cannot be kept there: {error}; see `[pictures]` in docs/guide/backup.md"
            "{place}：无法存放图片：{error}；请查看 `docs/guide/backup.md` 中的 `[pictures]`";
        Demo "serve.demo" { what: &'a str, error: &'a str }
            "the demo cannot be made ({what}): {error}; this is a bug, please report it"
            "演示无法生成（{what}）：{error}；这是缺陷，请告知我们";
        DemoNotRead "serve.demo_not_read" { file: String, error: System<'a> }
            "{file}: {error}; delete the directory and start again to make the demo anew"
            "{file}：{error}；请删除此目录后重新启动，演示会重新生成";
        DemoStopped "serve.demo_stopped" {}
            "stopped before the demo was whole; nothing was kept, start again to make it"
            "演示尚未生成完就停止了，没有保留任何内容；重新启动即可生成";
        NotADemo "serve.not_a_demo" { path: String }
            "{path} holds something that is no demo; name an empty directory, or start without --demo"
            "{path} 中已有内容，且不是演示；请换一个空目录，或去掉 `--demo` 启动";
    }
}

/// What a server is started with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Its directory.
    pub data: PathBuf,
    /// Where it listens; port 0 takes any that is free.
    pub listen: SocketAddr,
    /// The file of the master key; absent: beside the directory, so that a copy of the directory is none of the key.
    pub master_key: Option<PathBuf>,
    /// Time, for programmes without a clock of their own and for sessions.
    pub clock: Clock,
    /// How often who may ask.
    pub limits: LimitSettings,
    /// With a certificate it speaks TLS and nothing else.
    pub tls: Option<TlsFiles>,
    /// Where pictures are kept; absent: in a directory among the data.
    pub pictures: Option<PictureSettings>,
    /// What sends one-time codes.
    pub sender: Sender,
    /// The program whose command `lab --worker` carries out runs of the lab; absent: threads of this process do, whose memory has no
    /// limit of its own.
    pub lab_program: Option<PathBuf>,
}

/// A server that listens.
pub struct Server {
    app: App,
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    audits: tokio::sync::mpsc::Receiver<audit::Row>,
    address: SocketAddr,
    link: Option<String>,
}

impl Config {
    /// A server on a directory, as it is if nobody says more: on port 8080 of this machine, by its clock, without TLS, with codes in its
    /// log.
    pub fn new(data: PathBuf) -> Config {
        Config {
            data,
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            master_key: None,
            clock: Clock::machine(),
            limits: LimitSettings::default(),
            tls: None,
            pictures: None,
            sender: Sender::Console,
            lab_program: None,
        }
    }

    /// Where the master key is.
    pub(crate) fn key_file(&self) -> PathBuf {
        self.master_key.clone().unwrap_or_else(|| key_beside(&self.data))
    }

    /// Where the list is of people who were erased: beside the key, because a backup of the directory must not bring it back.
    pub(crate) fn erased_file(&self) -> PathBuf {
        self.key_file().with_extension("erased")
    }
}

fn key_beside(data: &Path) -> PathBuf {
    let mut name = data.file_name().map(std::ffi::OsStr::to_owned).unwrap_or_else(|| "data".into());
    name.push(".key");
    data.with_file_name(name)
}

/// Another link for the first owner of a tenant, made beside a server that may be running: path and query of the page.
pub fn owner_link(data: &Path, master_key: Option<&Path>, tenant: Option<&str>) -> Result<String, Message> {
    let key = master_key.map_or_else(|| key_beside(data), Path::to_owned);
    let open = || {
        let key = MasterKey::of_file(&key, false)?;
        let people = People::open(data, &Disk::default(), &key)?;
        let now = Clock::machine().now().us();
        people.change(|tables| tables.add_owner_link(tenant.unwrap_or(FIRST_TENANT), now))
    };
    open().map(|link| link_of(&link.token)).map_err(|error| error.message().clone())
}

fn link_of(token: &str) -> String {
    format!("/console/setup?token={token}")
}

impl Server {
    /// Opens the directory, which is made if it is not there, and listens.
    pub async fn open(config: &Config) -> Result<Server, Message> {
        Server::open_as(config, None).await
    }

    /// The same as a demo: an empty directory is filled first, while `say` hears the percentage; any other has to be a demo already.
    pub async fn open_demo(
        config: &Config,
        say: &(dyn Fn(u32) + Sync),
        stop: impl Future<Output = ()>,
    ) -> Result<Server, Message> {
        if Demo::find(&config.data)?.is_none() {
            demo::make(config, demo::Size::WHOLE, say, stop).await?;
        }
        let demo = Demo::find(&config.data)?;
        Server::open_as(config, demo).await
    }

    async fn open_as(config: &Config, demo: Option<Demo>) -> Result<Server, Message> {
        let tls = config.tls.as_ref().map(TlsFiles::read).transpose()?;
        let opened = config.clone();
        let opening = tokio::task::spawn_blocking(move || {
            let store = Store::open(&opened.data)?;
            let key = MasterKey::of_file(&opened.key_file(), true)?;
            let people = People::open(&opened.data, &Disk::default(), &key)?;
            let come_back = people.keep_erased(&opened.erased_file())?;
            if come_back > 0 {
                tracing::warn!(
                    come_back,
                    "people who had closed their accounts came back with a backup and are erased again"
                );
            }
            let now = opened.clock.now().us();
            let link = people.change(|tables| match tables.has_owner()? {
                true => Ok(None),
                false => tables.add_owner_link(FIRST_TENANT, now).map(Some),
            })?;
            Ok::<_, ratchet_store::StoreError>((store, people, link))
        });
        let opened = match opening.await {
            Ok(opened) => opened,
            Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
        };
        let (store, people, link) = opened.map_err(|error| error.message().clone())?;
        let programmes = Programmes::open(Arc::new(store), config.clock.clone(), Settings::default());
        let programmes = programmes.map_err(|error| error.message().clone())?;
        let pictures = Pictures::open(config.pictures.as_ref(), &config.data)?;
        let (rows, audits) = audit::rows();
        let app = App::new(config, programmes, people, pictures, demo, rows, metrics());
        let failed = |error: std::io::Error| {
            Message::from(ServeFault::Listen { address: config.listen.to_string(), error: System(&error) })
        };
        let listener = TcpListener::bind(config.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Server { app, listener, tls, audits, address, link: link.map(|link| link_of(&link.token)) })
    }

    /// What handlers share.
    #[cfg(test)]
    pub(crate) fn app(&self) -> &App {
        &self.app
    }

    /// Whether visitors come in by one tap.
    pub fn is_demo(&self) -> bool {
        self.app.demo.is_some()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `https` or `http`.
    pub fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    /// While there is no owner: path and query of the page that makes one.
    pub fn setup_link(&self) -> Option<&str> {
        self.link.as_deref()
    }

    /// Answers until `stop` comes; then what is under way is finished and all programmes are put to rest.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), Message> {
        let Server { app, listener, tls, audits, address, .. } = self;
        let router = http::router(app.clone());
        let deliveries = tokio::spawn(cashier::deliver(app.clone(), router.clone()));
        let gone = app.clone();
        let gone = tokio::spawn(async move { pictures::delete_gone(&gone).await });
        let audits = tokio::spawn(audit::write(app.clone(), audits));
        let asked = Arc::new(tokio::sync::Notify::new());
        let waiting = Arc::clone(&asked);
        let stopping = app.clone();
        let stop = async move {
            stop.await;
            stopping.stopping.send_replace(true);
            // Whoever waits for the end of the requests waits no longer than this from now on.
            asked.notify_one();
        };
        let service = router.into_make_service_with_connect_info::<Peer>();
        let serving = async move {
            match tls {
                None => axum::serve(listener, service).with_graceful_shutdown(stop).await,
                Some(tls) => {
                    let listener = TlsListener::new(listener, address, tls);
                    axum::serve(listener, service).with_graceful_shutdown(stop).await
                }
            }
        };
        let limit = async move {
            waiting.notified().await;
            tokio::time::sleep(DRAIN).await;
        };
        let served = tokio::select! {
            served = serving => served,
            () = limit => Ok(()),
        };
        for task in [deliveries, audits, gone] {
            task.abort();
            // It has ended once this returns; that it was stopped is what was asked for.
            drop(task.await);
        }
        app.programmes.stop().await;
        served.map_err(|error| {
            ServeFault::Listen { address: address.to_string(), error: System(&error) }.into()
        })
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Runs a server until the process is asked to stop (SIGTERM, Ctrl-C). `ready` is called once it listens. Its log goes to the standard
/// error output, one JSON object a line; `RUST_LOG` chooses what. With `demo` it is one ([`Server::open_demo`]).
pub fn serve(
    config: &Config,
    demo: Option<&(dyn Fn(u32) + Sync)>,
    ready: impl FnOnce(&Server),
) -> Result<(), Message> {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env();
    let filter = filter.unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let log = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    log.init();
    let failed = |error: std::io::Error| {
        Message::from(ServeFault::Listen { address: config.listen.to_string(), error: System(&error) })
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(failed)?;
    runtime.block_on(async {
        let server = match demo {
            Some(say) => Server::open_demo(config, say, asked_to_stop().map_err(failed)?).await?,
            None => Server::open(config).await?,
        };
        let stop = asked_to_stop().map_err(failed)?;
        ready(&server);
        server.run(stop).await
    })
}

#[cfg(unix)]
fn asked_to_stop() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn asked_to_stop() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        // Without the signal the server runs until its process is ended.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

/// The process has one recorder of numbers.
fn metrics() -> PrometheusHandle {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    let install = || PrometheusBuilder::new().install_recorder().expect("nobody else records");
    RECORDER.get_or_init(install).clone()
}
