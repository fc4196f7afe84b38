//! Undo and redo: a person takes back their newest change, or makes it again, if nothing that came later depends on it.
//!
//! Each row is put back only while it still is what the change, or its undo, left; and only while it still belongs to what
//! it names, for somebody else may have moved that meanwhile. Alignments and frames the program computed by itself for
//! photos that go back into the tray are dropped; those a person set by hand refuse the undo, because they would be lost.

mod entry;
mod pointer;
mod restore;

pub(super) use entry::keep;
pub(super) use restore::is_torn;

use super::error::{Result, VaultError};
use super::op::Op;
use super::recorder::Reference;
use super::types::{UndoEntry, UndoId};
use super::{Vault, audit, recorder};
use crate::clock::Now;
use crate::model::SeriesId;
use entry::{Next, Side};

const NOTHING_TO_UNDO: VaultError = VaultError::UndoRefused("there is nothing to undo");
const NOTHING_TO_REDO: VaultError = VaultError::RedoRefused("there is nothing to redo");

impl Vault {
    /// Undoes the newest undoable change of this user; a filing's photos go back to the tray.
    pub fn undo(&self, now: Now) -> Result<Op> {
        self.take_back(None, now).map(|entry| entry.op)
    }

    /// Undoes this change, or refuses with [`VaultError::UndoOutdated`] when it is not the newest any more.
    pub fn undo_expected(&self, expected: UndoId, now: Now) -> Result<UndoEntry> {
        self.take_back(Some(expected), now)
    }

    /// The change [`Vault::undo_expected`] would undo, to name it before and to mean it then.
    pub fn last_undoable(&self) -> Result<Option<UndoEntry>> {
        self.next(Side::Done)
    }

    /// Makes the change again that this user undid last; a filing's photos leave the tray as they were filed.
    ///
    /// What was undone waits until its user makes another undoable change.
    pub fn redo(&self, now: Now) -> Result<Op> {
        self.repeat(None, now).map(|entry| entry.op)
    }

    /// Redoes this change, or refuses with [`VaultError::RedoOutdated`] when another one is the next.
    pub fn redo_expected(&self, expected: UndoId, now: Now) -> Result<UndoEntry> {
        self.repeat(Some(expected), now)
    }

    /// The change [`Vault::redo_expected`] would redo.
    pub fn next_redoable(&self) -> Result<Option<UndoEntry>> {
        self.next(Side::Undone)
    }

    /// The series whose photos, visits and frames a change touched, as far as those are there.
    pub fn series_touched(&self, entry: UndoId) -> Result<Vec<SeriesId>> {
        self.inner.readers.read(|conn| entry::series(conn, entry))
    }

    fn next(&self, side: Side) -> Result<Option<UndoEntry>> {
        let user = self.inner.user.id;
        self.inner.readers.read(|conn| Ok(entry::next(conn, user, side)?.map(|next| next.entry)))
    }

    /// Whoever may no longer make a change may not take it back or repeat it either.
    fn may_still(&self, side: Side) -> Result<()> {
        self.next(side)?.map_or(Ok(()), |entry| self.may(entry.op))
    }

    fn take_back(&self, expected: Option<UndoId>, now: Now) -> Result<UndoEntry> {
        self.may_still(Side::Done)?;
        self.change(Op::Undo, |conn, user| {
            let found = entry::next(conn, user, Side::Done)?;
            let Next { entry, audit } = meant(found, expected, VaultError::UndoOutdated, NOTHING_TO_UNDO)?;
            restore::take_back(conn, &entry::changes(conn, entry.id)?)?;
            let done = recorder::recorded(conn)?;
            let subject = recorder::subject(conn, &done, Some(Reference::Undoes(audit)))?;
            let seq = audit::append(conn, now.at, user, Op::Undo, subject)?;
            entry::set_undone(conn, entry.id, seq, &done)?;
            Ok(entry)
        })
    }

    fn repeat(&self, expected: Option<UndoId>, now: Now) -> Result<UndoEntry> {
        self.may_still(Side::Undone)?;
        self.change(Op::Redo, |conn, user| {
            let found = entry::next(conn, user, Side::Undone)?;
            let Next { entry, audit } = meant(found, expected, VaultError::RedoOutdated, NOTHING_TO_REDO)?;
            restore::repeat(conn, &entry::changes(conn, entry.id)?, &entry::dropped(conn, entry.id)?)?;
            let done = recorder::recorded(conn)?;
            let subject = recorder::subject(conn, &done, Some(Reference::Redoes(audit)))?;
            let _seq = audit::append(conn, now.at, user, Op::Redo, subject)?;
            entry::set_redone(conn, entry.id)?;
            Ok(entry)
        })
    }
}

fn meant(found: Option<Next>, expected: Option<UndoId>, outdated: VaultError, nothing: VaultError) -> Result<Next> {
    match (found, expected) {
        (None, None) => Err(nothing),
        (Some(next), None) => Ok(next),
        (Some(next), Some(id)) if next.entry.id == id => Ok(next),
        _ => Err(outdated),
    }
}
