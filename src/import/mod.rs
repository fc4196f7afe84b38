//! From a folder of files to filed photos: scan → plan → commit.
//!
//! A [`Plan`] is a plain value between looking and filing: a person may change every line of it, and nothing is filed
//! that it does not say. Each original is in the tray, durable and read back, before the catalog hears of it; the whole
//! plan is then filed in one transaction, so that one undo takes it back.

pub mod card;
mod check;
pub mod commit;
pub mod derive;
pub mod document;
pub mod doubt;
pub mod error;
pub mod group;
pub mod note;
pub mod pair;
pub mod plan;
pub mod scan;
pub mod suggest;
mod tray;
pub mod watch;

pub use commit::{Filed, Outcome, commit, commit_all};
pub use document::Document;
pub use error::ImportError;
pub use note::{Channel, Note};
pub use pair::RawFile;
pub use plan::{Options, Plan, PlannedPhoto, PlannedSession, Skip, plan};
pub use scan::{Found, Refusal, Refused, Scan, scan};
pub use tray::tray;
