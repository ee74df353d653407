//! Everything a server keeps, in one directory of SQLite files.
//!
//! ```text
//! DIR/lock                          held by the server that uses the directory
//! DIR/server.db                     programmes, people, settings
//! DIR/programmes/<id>/journal.db    what happened, with the movements of every account: the only truth
//! DIR/programmes/<id>/read.db       lists and series made from the journal; may be thrown away
//! DIR/pictures/                     files of pictures, if no other place is named; the server writes and reads them
//! ```

mod backup;
mod database;
mod export;
mod fault;
mod journal;
mod movement;
mod people;
mod rows;
mod store;
mod words;

pub use backup::{PICTURES, back_up};
pub use database::{Disk, migrate};
pub use export::{Exported, JournalForm};
pub use fault::{StoreError, StoreFault};
pub use journal::{ENTRIES_PAGE_MAX, Journal, JournalReader, MOVEMENTS_PAGE_MAX, StoredEntry};
pub use movement::Movement;
pub use people::*;
pub use rows::{
    AgencyRow, AgentIncomeRow, AgentsQuery, BUCKETS_MAX, Bucket, CloseRow, DividendRow, DividendShareRow,
    Found, FoundKind, HaltRow, MemberEvent, MemberRow, MembersQuery, MerchantStep, MintRow, Moment, OfferRow,
    OfferStanding, OffersQuery, OrderRow, OrdersQuery, Payee, Projector, ROWS_PAGE_MAX, RankChangeRow,
    ReadModels, RefundListed, RefundRow, SettledLine, ShareholderRow, TradeRow, WithdrawalRow,
    WithdrawalStep, WithdrawalsQuery, rebuild,
};
pub use store::{Listed, OwnClock, ProgrammeFiles, Store, Waking};
pub use words::{IndexedWords, WantedWords};
