//! What can go wrong with the store: the table of its messages (ERR-1).

use ratchet_engine::message::{Language, Message, System};
use ratchet_engine::messages;

messages! {
    /// Why a directory cannot be used, read or written.
    #[derive(Debug)]
    pub enum StoreFault<'a> {
        Directory "store.directory" { path: &'a str, error: System<'a> }
            "{path}: {error}"
            "{path}：{error}";
        Output "store.output" { error: System<'a> }
            "the journal cannot be written: {error}"
            "日志无法写出：{error}";
        NotAStore "store.not_a_store" { path: &'a str }
            "{path}: no server keeps its data here; name the directory that `ratchet serve --data` was given"
            "{path}：这里没有服务器的数据；请指定 `ratchet serve --data` 使用的目录";
        NotEmpty "store.not_empty" { path: &'a str }
            "{path} is not empty; name a directory that is not there yet"
            "{path} 不是空目录；请指定一个尚不存在的目录";
        Unfinished "store.unfinished_backup" { path: &'a str }
            "{path} is a backup that was not finished; throw it away and use another, or make one anew"
            "{path} 是没有完成的备份；请删掉它，改用别的备份，或重新备份";
        InUse "store.in_use" { path: &'a str, holder: &'a str }
            "{path} is used by another server ({holder}); stop that one or name another directory"
            "{path} 正被另一个服务器使用（{holder}）；请先停止它，或指定其他目录";
        Database "store.database" { file: &'a str, error: &'a str }
            "{file}: {error}"
            "{file}：数据库出错：{error}";
        Newer "store.newer" { file: &'a str, part: &'a str, version: u64, known: u64 }
            "{file}: `{part}` is of version {version}, this program knows up to {known}; start a newer one"
            "{file}：`{part}` 的版本是 {version}，本程序只认识到 {known}；请使用更新的程序";
        AccountKind "store.account_kind" { file: &'a str, name: &'a str }
            "{file}: this program knows no account {name}; start a newer one"
            "{file}：本程序不认识账户类型 {name}；请使用更新的程序";
        ProgrammeId "store.programme_id" { id: &'a str }
            "\"{id}\" is no id of a programme: 1 to 64 lower-case letters, digits and hyphens, a letter first"
            "“{id}”不能作为项目编号：应为 1 至 64 个小写字母、数字或连字符，以字母开头";
        ProgrammeExists "store.programme_exists" { id: &'a str }
            "there is a programme {id} already; choose another id"
            "已有编号为 {id} 的项目；请换一个编号";
        ProgrammeUnknown "store.programme_unknown" { id: &'a str }
            "there is no programme {id}"
            "没有编号为 {id} 的项目";
        Journal "store.journal" { file: &'a str, error: Message }
            "{file}: the journal cannot be read: {error}; restore it from a backup"
            "{file}：日志无法读取：{error}；请从备份恢复";
        Order "store.order" { file: &'a str, expected: u64, found: u64 }
            "{file}: entry {expected} is expected and {found} found; restore it from a backup"
            "{file}：此处应为第 {expected} 条，实为第 {found} 条；请从备份恢复";
        Chain "store.chain" { file: &'a str, position: u64 }
            "{file}: the movement at {position} is damaged; restore the file from a backup"
            "{file}：位置 {position} 的变动记录已损坏；请从备份恢复";
        OwnClock "store.own_clock" { id: &'a str }
            "{id} is live: only a sandbox may run on a clock of its own"
            "{id} 是正式项目：只有沙盒项目可以使用自己的时钟";
        Sealed "store.sealed" { place: &'a str }
            "the data of {place} cannot be opened with this master key; start the server with the key that it was made with"
            "无法用这个主密钥打开 {place} 的数据；请使用创建时的主密钥启动服务器";
        Failed "store.failed" { file: &'a str }
            "{file}: a write has failed; open it again to go on"
            "{file}：写入曾失败；请重新打开后再继续";
    }
}

/// What went wrong with the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreError {
    message: Message,
}

impl StoreError {
    /// What and what to do, in both languages.
    pub fn message(&self) -> &Message {
        &self.message
    }

    pub(crate) fn database(file: &str, error: &rusqlite::Error) -> StoreError {
        StoreFault::Database { file, error: &error.to_string() }.into()
    }

    pub(crate) fn output(error: &std::io::Error) -> StoreError {
        StoreFault::Output { error: System(error) }.into()
    }

    pub(crate) fn system(path: &std::path::Path, error: &std::io::Error) -> StoreError {
        StoreFault::Directory { path: &path.display().to_string(), error: System(error) }.into()
    }
}

impl From<StoreFault<'_>> for StoreError {
    fn from(fault: StoreFault<'_>) -> StoreError {
        StoreError { message: fault.into() }
    }
}

impl std::fmt::Display for StoreError {
    /// In English.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.message.text(Language::En))
    }
}

impl std::error::Error for StoreError {}
