//! Commands that cross mechanisms: the only place where they meet. Each function first checks everything
//! that can refuse, then commits events; nothing is refused after the first commit.

mod close;
mod commission;
mod earning;
mod emission;
mod merchant;
mod network;
mod product;
mod purchase;
mod redeem;
mod refund;
mod release;
mod settle;
mod tip;
mod withdraw;
