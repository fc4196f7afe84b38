//! Photos and sessions under another series or patient, documents under another patient, and two patients as one.
//!
//! Looked at first: a [`TransferPlan`] says what a person should know before. Then done in one transaction, exactly as it
//! was looked at: a plan that says something else by then is refused, and nothing was moved. Each is one undo.
//!
//! What was signed is never rewritten. A merge leaves the other record's consents and documents under it and says whose
//! record it is; from then on the person's consents are those of all their records, in the order they were recorded.

mod caution;
mod look;

use chrono::NaiveDate;
use rusqlite::Connection;

pub use caution::Caution;

use super::error::{Result, VaultError};
use super::op::Op;
use super::types::Filing;
use super::{Vault, table, undo};
use crate::clock::{Now, UtcMillis};
use crate::model::{AttachmentId, NewView, PatientId, PhotoId, SeriesId, SessionId, View, ViewId};

const OUTDATED: VaultError =
    VaultError::Refused("the records were changed since the warnings were shown. Look at them again");
const TORN: VaultError = VaultError::Refused("records would no longer belong together");

/// What shall belong elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transfer {
    /// A photo, to another cell, session, series or patient.
    Photo {
        /// Which.
        photo: PhotoId,
        /// Where to.
        to: Filing,
    },
    /// A whole session with its photos, to another series of the same or of another patient.
    Session {
        /// Which.
        session: SessionId,
        /// Where to.
        to: SeriesId,
    },
    /// Everything of one patient's record, to another record of the same person.
    Patient {
        /// The record that stays, with its code and name.
        keep: PatientId,
        /// The record that leads to it from then on.
        other: PatientId,
    },
    /// A document, to another patient.
    Document {
        /// Which.
        document: AttachmentId,
        /// Whose it is.
        to: PatientId,
    },
}

impl Transfer {
    /// The change it is.
    #[must_use]
    pub const fn op(self) -> Op {
        match self {
            Self::Photo { .. } => Op::MovePhoto,
            Self::Session { .. } => Op::MoveSession,
            Self::Patient { .. } => Op::MergePatients,
            Self::Document { .. } => Op::MoveAttachment,
        }
    }
}

/// What is to be moved, and what a person should know before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferPlan {
    /// What and where to.
    pub transfer: Transfer,
    /// The day the consents were looked at for.
    pub today: NaiveDate,
    /// How many photos it takes along; a raw file and its picture are one.
    pub photos: u32,
    /// What to know, the most serious first.
    pub cautions: Vec<Caution>,
}

impl TransferPlan {
    /// Whether more would be allowed with the pictures than before.
    pub(super) fn widens(&self) -> bool {
        self.cautions.iter().any(Caution::widens)
    }
}

impl Vault {
    /// Looks at what a transfer would mean; refuses what is not allowed at all.
    pub fn plan_transfer(&self, transfer: Transfer, today: NaiveDate) -> Result<TransferPlan> {
        self.may(transfer.op())?;
        self.inner.readers.read(|conn| look::look(&*conn.unchecked_transaction()?, transfer, today))
    }

    /// Does what was looked at, in one change with one undo; refuses when it would mean something else by now.
    pub fn carry_out(&self, plan: &TransferPlan, now: Now) -> Result<()> {
        self.transact(plan.transfer.op(), now, |tx| tx.carry_out(plan))
    }
}

/// In a running transaction.
pub(super) fn carry_out(conn: &Connection, plan: &TransferPlan, at: UtcMillis) -> Result<()> {
    if look::look(conn, plan.transfer, plan.today)? != *plan {
        return Err(OUTDATED);
    }
    match plan.transfer {
        Transfer::Photo { photo, to } => table::photo::move_to(conn, photo, to)?,
        Transfer::Session { session, to } => move_session(conn, session, to)?,
        Transfer::Patient { keep, other } => table::merge::merge(conn, keep, other, at)?,
        Transfer::Document { document, to } => table::attachment::move_to(conn, document, to)?,
    }
    if undo::is_torn(conn)? { Err(TORN) } else { Ok(()) }
}

fn move_session(conn: &Connection, id: SessionId, to: SeriesId) -> Result<()> {
    let from = table::view::of_series(conn, table::session::get(conn, id)?.series)?;
    let views = table::view::of_series(conn, to)?;
    table::session::move_to(conn, id, to)?;
    for photo in table::photo::of_session(conn, id)? {
        let view = photo.view.and_then(|view| counterpart(&from, view, &views));
        let to = Filing { session: id, view, slot: photo.slot, phase: photo.phase };
        table::photo::place(conn, photo.id, to)?;
    }
    Ok(())
}

/// The view of another series that shows the same: name, area, side and pose; one that is still photographed before one
/// that was retired.
#[must_use]
pub fn counterpart(from: &[View], view: ViewId, among: &[View]) -> Option<ViewId> {
    let what = |spec: &NewView| (spec.name.clone(), spec.area, spec.side, spec.pose);
    let wanted = from.iter().find(|v| v.id == view).map(|v| what(&v.spec))?;
    among.iter().find(|v| what(&v.spec) == wanted).map(|v| v.id)
}
