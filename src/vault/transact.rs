//! Transactions: the only way a record changes. One transaction, one audit row, one refresh signal.

use std::sync::atomic::Ordering;

use chrono::NaiveDate;
use rusqlite::{Connection, TransactionBehavior};

use super::error::{Result, VaultError};
use super::op::{Op, OpKind};
use super::pool::lock;
use super::transfer::{self, TransferPlan};
use super::types::{Board, Filing, MeasuredPair, NewPublication};
use super::{Vault, audit, query, recorder, scope, table, undo};
use crate::clock::Now;
use crate::model::{
    Alignment, AlignmentId, Consent, ConsentId, FrameId, NewPatient, NewSeries, NewView, PatientId, Photo, PhotoId,
    SeriesId, SeriesState, SessionId, SessionKind, TrayId, UserId, ViewId,
};
use crate::moment;

/// A running transaction: changes go through its methods and are kept when the work returns `Ok`.
pub struct Tx<'a> {
    conn: &'a Connection,
    op: Op,
    now: Now,
    user: UserId,
    /// Whether the user may do what allows more with pictures than before.
    may_widen: bool,
}

impl Vault {
    /// Runs `work` in one transaction: all of it is kept, or, after an `Err`, nothing.
    ///
    /// What it touches must be what its `op` stands for: the roles are asked by that name.
    ///
    /// An undoable or corrective change leaves one row in the audit, an undoable one can be taken back by [`Vault::undo`].
    /// `work` must not call the vault's own changing functions: they would wait for this transaction for ever.
    pub fn transact<T>(&self, op: Op, now: Now, work: impl FnOnce(&Tx<'_>) -> Result<T>) -> Result<T> {
        if op.goes_its_own_way() {
            return Err(VaultError::Refused("users, keys and the undo go their own way"));
        }
        let may_widen = self.may(Op::MergePatients).is_ok();
        self.change(op, |conn, user| {
            let value = work(&Tx { conn, op, now, user, may_widen })?;
            finish(conn, op, now, user)?;
            Ok(value)
        })
    }

    /// One immediate transaction on the writer, with everything it changes recorded.
    pub(super) fn change<T>(&self, op: Op, work: impl FnOnce(&Connection, UserId) -> Result<T>) -> Result<T> {
        self.may(op)?;
        let mut conn = lock(&self.inner.writer);
        self.inner.catch_up(&mut conn)?;
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        recorder::clear(&tx)?;
        let value = work(&tx, self.inner.user.id)?;
        scope::check(&tx, op)?;
        table::due::settle(&tx)?;
        moment::pass("a change is made, uncommitted");
        tx.commit()?;
        moment::pass("a change is committed");
        let _before = self.inner.generation.fetch_add(1, Ordering::AcqRel);
        Ok(value)
    }
}

/// Writes the audit row and the undo entry of what was recorded.
fn finish(conn: &Connection, op: Op, now: Now, user: UserId) -> Result<()> {
    if op.kind() == OpKind::Engine {
        return Ok(());
    }
    let changes = recorder::recorded(conn)?;
    if changes.is_empty() {
        return Ok(());
    }
    let subject = recorder::subject(conn, &changes, None)?;
    let seq = audit::append(conn, now.at, user, op, subject)?;
    if op.kind() == OpKind::Undoable {
        undo::keep(conn, op, now.at, user, seq, &changes)?;
    }
    Ok(())
}

impl<'a> Tx<'a> {
    pub(super) fn conn(&self) -> &'a Connection {
        self.conn
    }

    pub(super) fn now(&self) -> Now {
        self.now
    }
}

/// What a change decides on, read in the moment of the change: nobody can alter it before the commit.
impl Tx<'_> {
    /// A patient's consents, oldest first.
    pub fn consents(&self, patient: PatientId) -> Result<Vec<Consent>> {
        table::consent::of_patient(self.conn, patient)
    }

    /// A series as it is now, with its consents; [`VaultError::NotFound`] when it is gone.
    pub fn board(&self, series: SeriesId) -> Result<Board> {
        query::board(self.conn, series)
    }

    /// One photo.
    pub fn photo(&self, id: PhotoId) -> Result<Photo> {
        table::photo::get(self.conn, id)
    }
}

impl Tx<'_> {
    /// Adds a patient; [`VaultError::CodeTaken`] when the code is.
    pub fn add_patient(&self, new: &NewPatient) -> Result<PatientId> {
        table::patient::add(self.conn, new)
    }

    /// Replaces what is known of a patient.
    pub fn edit_patient(&self, id: PatientId, to: &NewPatient) -> Result<()> {
        table::patient::edit(self.conn, id, to)
    }

    /// Adds a series with its own copy of the views.
    pub fn add_series(&self, new: &NewSeries) -> Result<SeriesId> {
        table::series::add(self.conn, new)
    }

    /// Opens, finishes or stops a series.
    pub fn set_series_state(&self, id: SeriesId, to: SeriesState) -> Result<()> {
        table::series::set_state(self.conn, id, to)
    }

    /// Changes how many treatments a series plans and how many days, at least and at most, lie between them.
    pub fn set_series_plan(&self, id: SeriesId, planned: u32, days: (u32, u32)) -> Result<()> {
        table::series::set_plan(self.conn, id, planned, days)
    }

    /// Adds a view behind the others of a series.
    pub fn add_view(&self, series: SeriesId, spec: &NewView) -> Result<ViewId> {
        table::view::append(self.conn, series, spec)
    }

    /// The view is no longer photographed; its photos stay.
    pub fn retire_view(&self, id: ViewId) -> Result<()> {
        table::view::retire(self.conn, id)
    }

    /// Adds a session. The ordinal is the next free one of that day.
    pub fn add_session(&self, series: SeriesId, date: NaiveDate, kind: SessionKind) -> Result<SessionId> {
        table::session::add(self.conn, series, date, kind)
    }

    /// Changes day and kind of a session; a moved one takes the next free ordinal of its new day. The phases of its photos
    /// follow: where nothing is done there is no before and after.
    pub fn set_session(&self, id: SessionId, date: NaiveDate, kind: SessionKind) -> Result<()> {
        table::session::set(self.conn, id, date, kind)?;
        table::photo::follow(self.conn, id, kind)
    }

    /// Says by how many seconds the clock of the camera was wrong that took an original of the tray.
    pub fn correct_clock(&self, tray: TrayId, seconds: i64) -> Result<()> {
        table::tray::correct_clock(self.conn, tray, seconds)
    }

    /// Files an original from the tray. A new primary photo makes the older one of its cell and phase an alternate.
    pub fn file(&self, tray: TrayId, to: Filing) -> Result<PhotoId> {
        table::photo::file(self.conn, tray, to)
    }

    /// Moves a photo to another cell, session, series or patient.
    pub fn move_photo(&self, id: PhotoId, to: Filing) -> Result<()> {
        table::photo::move_to(self.conn, id, to)
    }

    /// Moves what was looked at, or refuses when it would mean something else by now. Under [`Transfer::op`](super::Transfer::op).
    ///
    /// What allows more with the pictures than before is for those who may merge patients, whichever way it comes about.
    pub fn carry_out(&self, plan: &TransferPlan) -> Result<()> {
        if self.op != plan.transfer.op() {
            return Err(VaultError::Refused("a transfer under another name"));
        }
        if plan.widens() && !self.may_widen {
            return Err(VaultError::NotInRole);
        }
        transfer::carry_out(self.conn, plan, self.now.at)
    }

    /// Appends an event to a patient's consents.
    pub fn add_consent(&self, consent: &Consent) -> Result<ConsentId> {
        table::consent::add(self.conn, consent, None)
    }

    /// A new current frame of the view with this reference; the old one stays in history.
    ///
    /// Under [`Op::Align`] the frame counts as chosen by the program: it goes when its reference is taken back.
    pub fn set_reference(&self, view: ViewId, reference: PhotoId) -> Result<FrameId> {
        table::frame::set_reference(self.conn, view, reference, self.op.kind() == OpKind::Engine)
    }

    /// Stores the answer and makes it the photo's current one in that frame.
    ///
    /// An automatic answer never replaces a person's: it is stored and stays behind. Unless a person asked for it, under
    /// [`Op::PlacePhoto`].
    pub fn add_alignment(&self, alignment: &Alignment) -> Result<AlignmentId> {
        table::alignment::add(self.conn, alignment, self.now.at, self.op == Op::PlacePhoto)
    }

    /// Keeps what was measured of a pair, under [`Op::Align`].
    pub fn keep_measured(&self, pair: &MeasuredPair) -> Result<()> {
        if self.op != Op::Align {
            return Err(VaultError::Refused("a change under another name"));
        }
        table::grade::keep(self.conn, pair)
    }

    /// Says how many millimetres a pixel of the frame shows, or that nobody knows.
    pub fn set_scale(&self, frame: FrameId, mm_per_px: Option<f64>) -> Result<()> {
        // Frames are changed under other names too, but not in this way.
        if self.op != Op::SetScale {
            return Err(VaultError::Refused("a change under another name"));
        }
        table::frame::set_scale(self.conn, frame, mm_per_px)
    }

    /// What this build entered into the ledger for these series was not published after all.
    pub fn unpublish(&self, series: &[SeriesId], build: Now) -> Result<()> {
        series.iter().try_for_each(|id| table::publication::withdraw(self.conn, *id, build.at, self.now.at))
    }

    /// Enters a published pair into the ledger.
    pub fn add_publication(&self, publication: &NewPublication) -> Result<()> {
        table::publication::add(self.conn, publication, self.user, self.now.at)
    }
}
