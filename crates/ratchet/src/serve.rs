//! `ratchet serve`, `ratchet admin`, `ratchet openapi`: the server, looking after it, its document.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Instant;

use ratchet_server::{Config, LimitSettings, PictureSettings, Server, TlsFiles};

use crate::fault::CliFault;
use crate::{Ended, Failure, Lang, print};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Directory of all data; made if it is not there / 数据目录，不存在则创建
    #[arg(long, value_name = "DIR", required_unless_present = "config")]
    data: Option<PathBuf>,
    /// Address and port, by default 127.0.0.1:8080; port 0 takes any that is free / 监听地址与端口，端口 0 表示任选
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// File of the master key, to be kept apart from the data; default: DIR.key beside it / 主密钥文件，应与数据分开保存
    #[arg(long, value_name = "FILE")]
    master_key: Option<PathBuf>,
    /// Certificate chain in PEM; with it the server speaks HTTPS only / 证书链（PEM），提供后仅使用 HTTPS
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate in PEM / 证书的私钥（PEM）
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// The same settings as a TOML file; what the command line says comes first / TOML 配置文件，命令行优先
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A demo with play money: an empty DIR is filled with three sandboxes and three months of history, and anybody may be anyone
    /// by one tap / 演示：空目录先生成三个沙盒和三个月的历史，任何人一键即可以任一角色进入
    #[arg(long)]
    demo: bool,
}

/// What a configuration file may say; paths are as seen from where the server is started.
#[derive(Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    data: Option<PathBuf>,
    listen: Option<SocketAddr>,
    master_key: Option<PathBuf>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    #[serde(default)]
    limits: LimitSettings,
    pictures: Option<PictureSettings>,
}

#[derive(clap::Subcommand)]
pub(crate) enum Admin {
    /// Print a one-time link that makes its user the owner of a new tenant / 打印一次性链接，使用者成为新租户的所有者
    Owner(Owner),
    /// Copy a server's data into a new directory, while the server runs or not; the master key is not in it / 复制服务器的数据到新目录，
    /// 服务器可同时运行；不含主密钥
    Backup(Backup),
}

#[derive(clap::Args)]
pub(crate) struct Backup {
    /// Directory of a server's data / 服务器的数据目录
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Where the copy goes: an empty directory or one that is made / 副本目录：空目录，或不存在则创建
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
}

#[derive(clap::Args)]
pub(crate) struct Owner {
    /// Directory of a server's data / 服务器的数据目录
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// File of the master key; default: DIR.key / 主密钥文件
    #[arg(long, value_name = "FILE")]
    master_key: Option<PathBuf>,
    /// Name of the tenant / 租户名称
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
}

pub(crate) fn run(arguments: &Arguments, lang: Lang) -> Result<Ended, Failure> {
    let config = config(arguments)?;
    let began = Instant::now();
    let say = |percent: u32| {
        let seconds = began.elapsed().as_secs();
        let (zh, en) = (
            format!("正在生成演示：{percent} %，{seconds} 秒"),
            format!("making the demo: {percent} %, {seconds} s"),
        );
        // A line for every tenth, so that a log stays short.
        if percent.is_multiple_of(10) {
            eprintln!("{}", lang.pick(&zh, &en));
        }
    };
    let demo: Option<&(dyn Fn(u32) + Sync)> = if arguments.demo { Some(&say) } else { None };
    let mut said = Ok(());
    ratchet_server::serve(&config, demo, |server| said = listening(server, lang)).map_err(Failure::usage)?;
    said.map(|()| Ended::Done)
}

/// What the command line says, else the file, else what is usual.
fn config(arguments: &Arguments) -> Result<Config, Failure> {
    let file = arguments.config.as_deref().map_or_else(|| Ok(File::default()), read_file)?;
    let pick = |said: &Option<PathBuf>, filed: Option<PathBuf>| said.clone().or(filed);
    let missing = |field| Failure::usage(CliFault::SettingMissing { field });
    let (certificate, key) =
        (pick(&arguments.tls_cert, file.tls_cert), pick(&arguments.tls_key, file.tls_key));
    let tls = match (certificate, key) {
        (None, None) => None,
        (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
        (None, Some(_)) => return Err(missing("tls_cert")),
        (Some(_), None) => return Err(missing("tls_key")),
    };
    let data = pick(&arguments.data, file.data).ok_or_else(|| missing("data"))?;
    let usual = Config::new(data);
    Ok(Config {
        listen: arguments.listen.or(file.listen).unwrap_or(usual.listen),
        master_key: pick(&arguments.master_key, file.master_key),
        limits: file.limits,
        pictures: file.pictures,
        tls,
        lab_program: own_program(),
        ..usual
    })
}

/// This program, which carries out the runs of the lab too.
fn own_program() -> Option<PathBuf> {
    // On Linux this name stays good when the file is replaced while the server runs.
    let itself = PathBuf::from("/proc/self/exe");
    if itself.exists() { Some(itself) } else { std::env::current_exe().ok() }
}

fn read_file(path: &Path) -> Result<File, Failure> {
    let failed = |error: &dyn std::fmt::Display| {
        let (path, error) = (path.display().to_string(), error.to_string());
        Failure::usage(CliFault::SettingsUnread { path, error: error.trim_end() })
    };
    let text = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
    toml::from_str(&text).map_err(|error| failed(&error))
}

fn listening(server: &Server, lang: Lang) -> Result<(), Failure> {
    let address = format!("{}://{}", server.scheme(), server.address());
    print(&format!("{}\n", lang.pick(&format!("正在监听 {address}"), &format!("listening on {address}"))))?;
    if server.is_demo() {
        let (zh, en) = (
            format!("这是演示：从 {address}/lab 开始，看一份计划对 1 万人意味着什么，再选择以谁的身份进入。"),
            format!(
                "This is a demo: begin at {address}/lab, see what a plan does to 10,000 people, then choose who to be."
            ),
        );
        print(&format!("{}\n", lang.pick(&zh, &en)))?;
    }
    let Some(link) = server.setup_link() else { return Ok(()) };
    let (zh, en) = (
        format!("还没有所有者。请在 72 小时内用此一次性链接设置：\n{address}{link}"),
        format!("There is no owner yet. Within 72 hours this one-time link makes one:\n{address}{link}"),
    );
    print(&format!("{}\n", lang.pick(&zh, &en)))
}

pub(crate) fn admin(task: &Admin, lang: Lang) -> Result<Ended, Failure> {
    match task {
        Admin::Owner(Owner { data, master_key, tenant }) => {
            let link = ratchet_server::owner_link(data, master_key.as_deref(), tenant.as_deref());
            print(&format!("{}\n", link.map_err(Failure::usage)?))?;
        }
        Admin::Backup(Backup { data, to }) => {
            let copied = ratchet_store::back_up(data, to);
            let programmes = copied.map_err(|error| Failure::usage(error.message().clone()))?;
            let to = to.display();
            let (zh, en) = (
                format!("{to} 中是 {programmes} 个项目的副本；主密钥请另行保管，没有它就无法打开个人数据"),
                format!(
                    "{to} is a copy of {programmes} programmes; the master key is not in it: keep that elsewhere, without it no personal data can be opened"
                ),
            );
            print(&format!("{}\n", lang.pick(&zh, &en)))?;
        }
    }
    Ok(Ended::Done)
}

pub(crate) fn openapi() -> Result<Ended, Failure> {
    print(&ratchet_server::openapi_json())?;
    Ok(Ended::Done)
}
