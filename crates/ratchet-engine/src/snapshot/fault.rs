//! What can be wrong with a snapshot: the table of its messages (ERR-1).

use crate::message::Message;
use crate::messages;

messages! {
    /// Why a snapshot does not fit.
    #[derive(Debug)]
    pub enum SnapshotFault<'a> {
        NotASnapshot "snapshot.not_a_snapshot" {} "this is no snapshot" "这不是快照";
        Read "snapshot.read" { error: String }
            "it cannot be read: {error}"
            "读不出来（系统提示：{error}）";
        CutOff "snapshot.cut_off" {} "the snapshot ends too early" "快照提前结束";
        BlockTooLong "snapshot.block_too_long" { bytes: usize, most: usize }
            "a block of {bytes} bytes; at most {most} are written"
            "这一块有 {bytes} 字节；最多写出 {most} 字节";
        BlockChanged "snapshot.block_changed" {}
            "this block was changed: its checksum does not fit"
            "这一块被改动：校验和不符";
        Header "snapshot.header" { error: String }
            "its header cannot be read: {error}"
            "文件头读不出来（解析器提示：{error}）";
        OtherLayout "snapshot.other_layout" { ratchet: String }
            "it was written by version {ratchet}, which lays the state out differently: read the journal instead"
            "它由版本 {ratchet} 写出，该版本的状态布局不同：请改为读取日志";
        Plan "snapshot.plan" { error: Message }
            "its plan does not fit: {error}"
            "其中的计划不符：{error}";
        Seed "snapshot.seed" {} "the seed is no number" "种子不是数";
        StateCutOff "snapshot.state_cut_off" {} "the state ends too early" "状态提前结束";
        MoreState "snapshot.more_state" {}
            "more follows than the state has"
            "状态之后还有多余的内容";
        MoreBytes "snapshot.more_bytes" {}
            "more follows than a snapshot has"
            "快照之后还有多余的字节";
        Digest "snapshot.digest" {}
            "the state is not the one whose digest stands here"
            "状态与此处的摘要不符";
        Place "snapshot.place" {}
            "the header names another entry or time than the state"
            "文件头中的条目或时间与状态不符";
        Keys "snapshot.keys" {}
            "it holds another number of keys than there were commands"
            "其中的幂等键与命令的个数不符";
        Network "snapshot.network" {} "the network is no tree" "推荐关系不是树";
        OtherPlan "snapshot.other_plan" {}
            "it does not belong to this plan"
            "它不属于这份计划";
        KeyOrder "snapshot.key_order" {} "keys do not rise" "键没有按升序排列";
        TooMany "snapshot.too_many" { cells: u64 }
            "{cells} cells are too many"
            "{cells} 个单元太多";
        Variant "snapshot.variant" { of: &'a str, tag: u8 }
            "{of} has no variant {tag}"
            "`{of}` 没有编号为 {tag} 的变体";
        Flag "snapshot.flag" { value: u8 }
            "{value} is neither yes nor no"
            "{value} 既不是“是”也不是“否”";
        Money "snapshot.money" { minor: String }
            "{minor} is no amount of money"
            "{minor} 不是金额";
        Instant "snapshot.instant" { us: String }
            "{us} is no instant"
            "{us} 不是时刻";
        Text "snapshot.text" {} "a text is not UTF-8" "文本不是 UTF-8";
        Id "snapshot.id" {} "an id is none" "编号不合要求";
    }
}
