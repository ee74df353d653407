//! `ratchet serve`, `ratchet admin`, `ratchet openapi`: the server, looking after it, its document.

use std::net::SocketAddr;
use std::path::PathBuf;

use ratchet_server::programme::Clock;
use ratchet_server::{Config, Server};

use crate::{Ended, Failure, Lang, print};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Directory of all data; made if it is not there / 数据目录，不存在则创建
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Address and port; port 0 takes any that is free / 监听地址与端口，端口 0 表示任选
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// File of the master key, to be kept apart from the data; default: DIR.key beside it / 主密钥文件，应与数据分开保存
    #[arg(long, value_name = "FILE")]
    master_key: Option<PathBuf>,
}

#[derive(clap::Subcommand)]
pub(crate) enum Admin {
    /// Print a one-time link that makes its user the owner of a new tenant / 打印一次性链接，使用者成为新租户的所有者
    Owner(Owner),
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
    let config = Config {
        data: arguments.data.clone(),
        listen: arguments.listen,
        master_key: arguments.master_key.clone(),
        clock: Clock::machine(),
        sender: ratchet_server::Sender::Console,
    };
    let mut said = Ok(());
    ratchet_server::serve(&config, |server| said = listening(server, lang)).map_err(Failure::usage)?;
    said.map(|()| Ended::Done)
}

fn listening(server: &Server, lang: Lang) -> Result<(), Failure> {
    let address = server.address();
    print(&format!(
        "{}\n",
        lang.pick(&format!("正在监听 http://{address}"), &format!("listening on http://{address}"))
    ))?;
    let Some(link) = server.setup_link() else { return Ok(()) };
    let (zh, en) = (
        format!("还没有所有者。请在 72 小时内用此一次性链接设置：\nhttp://{address}{link}"),
        format!(
            "There is no owner yet. Within 72 hours this one-time link makes one:\nhttp://{address}{link}"
        ),
    );
    print(&format!("{}\n", lang.pick(&zh, &en)))
}

pub(crate) fn admin(task: &Admin) -> Result<Ended, Failure> {
    let Admin::Owner(Owner { data, master_key, tenant }) = task;
    let link =
        ratchet_server::owner_link(data, master_key.as_deref(), tenant.as_deref()).map_err(Failure::usage)?;
    print(&format!("{link}\n"))?;
    Ok(Ended::Done)
}

pub(crate) fn openapi() -> Result<Ended, Failure> {
    print(&ratchet_server::openapi_json())?;
    Ok(Ended::Done)
}
