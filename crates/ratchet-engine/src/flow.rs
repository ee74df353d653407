//! Commands that cross mechanisms: the only place where they meet. Each function first checks everything
//! that can refuse, then commits events; nothing is refused after the first commit.

mod admission;
mod amendment;
mod blind_box;
mod catalogue;
mod chain;
mod claim;
mod clawback;
mod close;
mod commission;
mod coupon;
mod draw;
mod emission;
mod equity;
mod find;
mod funding;
mod group;
mod loyalty;
mod mall;
mod market;
mod merchant;
mod network;
mod operator;
mod payment;
mod person;
mod points;
mod presale;
mod product;
mod promotion;
mod purchase;
mod redeem;
mod refund;
mod release;
mod relist;
mod settle;
mod terms;
mod tip;
pub(crate) mod version;
mod voucher;
mod wind_down;
mod withdraw;

pub use catalogue::OrderPrice;
