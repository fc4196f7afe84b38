//! What can be asked of an open vault. Reads run on connections of their own and never wait for a writer.

use chrono::NaiveDate;
use rusqlite::Connection;

use super::audit::{self, AuditCheck};
use super::error::Result;
use super::pool::lock;
use super::search::Found;
use super::table;
use super::types::{
    AuditRow, Board, DuePart, DueRow, DueTotals, Expiring, PatientRow, Permission, PermissionPage, Publication,
    TrayItem,
};
use super::{Vault, keys::header::Anchor};
use crate::model::{
    Alignment, Consent, Frame, Patient, PatientId, Photo, PhotoFile, PhotoHash, PhotoId, Purpose, Scope, Series,
    SeriesId, Session, TrayId, Uid, View, count_photos, labels,
};

impl Vault {
    fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.inner.readers.read(work)
    }

    /// Several reads that see one state.
    fn snapshot<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.read(|conn| work(&*conn.unchecked_transaction()?))
    }

    /// Originals that wait to be filed, oldest first.
    pub fn tray(&self) -> Result<Vec<TrayItem>> {
        self.read(table::tray::list)
    }

    /// How many photos wait to be filed; a raw file and its picture are one.
    pub fn tray_photos(&self) -> Result<usize> {
        let items = self.tray()?;
        let files = items.iter().map(|item| PhotoFile {
            place: 0,
            name: &item.file_name.0,
            time: item.picture.as_ref().and_then(|picture| picture.facts.time_text.as_deref()),
            stands_alone: false,
        });
        Ok(count_photos(files))
    }

    /// Under whom these bytes are filed.
    pub fn filed_as(&self, hash: PhotoHash) -> Result<Vec<(PatientId, PhotoId)>> {
        self.read(|conn| table::photo::by_hash(conn, hash))
    }

    /// The tray item with these bytes.
    pub fn in_tray(&self, hash: PhotoHash) -> Result<Option<TrayId>> {
        self.read(|conn| table::tray::by_hash(conn, hash))
    }

    /// Folded search over names and code, best fit first; "" lists all, by family name.
    pub fn patients(&self, search: &str, offset: u32, limit: u32) -> Result<Vec<PatientRow>> {
        self.snapshot(|conn| {
            let found = self.inner.roster.find(conn, search)?;
            table::patient::listed(conn, found.window(offset, limit))
        })
    }

    /// How many are found in all, and a window of them: what a list asks at each letter, looked for once.
    pub fn search(&self, typed: &str, offset: u32, limit: u32) -> Result<(u32, Vec<PatientRow>)> {
        self.snapshot(|conn| {
            let found = self.inner.roster.find(conn, typed)?;
            Ok((found.total(), table::patient::listed(conn, found.window(offset, limit))?))
        })
    }

    /// How many [`Vault::patients`] finds in all.
    pub fn patient_count(&self, search: &str) -> Result<u32> {
        self.snapshot(|conn| Ok(self.inner.roster.find(conn, search)?.total()))
    }

    /// One patient.
    pub fn patient(&self, id: PatientId) -> Result<Patient> {
        self.read(|conn| table::patient::get(conn, id))
    }

    /// Other records of a person, with their codes and names: those that were merged into theirs.
    pub fn merged_into(&self, patient: PatientId) -> Result<Vec<Patient>> {
        self.snapshot(|conn| table::merge::merged_into(conn, patient))
    }

    /// The person with exactly this code, also when it was that of a record merged into theirs.
    pub fn patient_by_code(&self, code: &str) -> Result<Option<Patient>> {
        self.read(|conn| table::patient::by_code(conn, code))
    }

    /// The person with this uid, also when it was that of a record merged into theirs.
    pub fn patient_by_uid(&self, uid: &Uid) -> Result<Option<Patient>> {
        self.snapshot(|conn| table::patient::by_uid(conn, uid))
    }

    /// Series with a visit between two days, the latest visit first, one with several visits several times.
    pub fn seen_between(&self, from: NaiveDate, to: NaiveDate, limit: u32) -> Result<Vec<SeriesId>> {
        self.read(|conn| table::session::seen(conn, from, to, limit))
    }

    /// A patient's series, oldest first.
    pub fn series_of(&self, patient: PatientId) -> Result<Vec<Series>> {
        self.read(|conn| table::series::of_patient(conn, patient))
    }

    /// One series.
    pub fn series(&self, id: SeriesId) -> Result<Series> {
        self.read(|conn| table::series::get(conn, id))
    }

    /// A series' views: active ones in order, retired ones last.
    pub fn views(&self, series: SeriesId) -> Result<Vec<View>> {
        self.read(|conn| table::view::of_series(conn, series))
    }

    /// A series' sessions by date and ordinal.
    pub fn sessions(&self, series: SeriesId) -> Result<Vec<Session>> {
        self.read(|conn| table::session::of_series(conn, series))
    }

    /// One consistent snapshot of a series: one query a table, in one read transaction.
    pub fn board(&self, series: SeriesId) -> Result<Board> {
        self.snapshot(|conn| board(conn, series))
    }

    /// What persons said of this series' photos in frames that are no longer current, newest frame first.
    pub fn former_answers(&self, series: SeriesId) -> Result<Vec<(Frame, Alignment)>> {
        self.snapshot(|conn| table::alignment::former(conn, series))
    }

    /// Photos for which such an answer was carried over to the frame that is current now.
    pub fn carried_over(&self, series: SeriesId) -> Result<Vec<PhotoId>> {
        self.read(|conn| table::alignment::carried(conn, series))
    }

    /// A window of one part of the list of who is due, the most pressing first.
    pub fn due(&self, part: DuePart, today: NaiveDate, offset: u32, limit: u32) -> Result<Vec<DueRow>> {
        self.snapshot(|conn| table::due::list(conn, part, today, offset, limit))
    }

    /// How long each part of the list of who is due is.
    pub fn due_totals(&self, today: NaiveDate) -> Result<DueTotals> {
        self.read(|conn| table::due::totals(conn, today))
    }

    /// Consents that hold today, end by `until` and leave something no longer allowed; next first, at most `limit`.
    pub fn expiring_consents(&self, today: NaiveDate, until: NaiveDate, limit: u32) -> Result<Vec<Expiring>> {
        self.snapshot(|conn| table::consent::expiring(conn, today, until, limit as usize))
    }

    /// A page of all series and what of them may be used for `purpose` today. Boards are read for the page alone.
    pub fn permissions(&self, purpose: Purpose, today: NaiveDate, offset: u32, limit: u32) -> Result<PermissionPage> {
        self.snapshot(|conn| {
            let everybody = self.inner.roster.find(conn, "")?;
            permissions(conn, &everybody, purpose, today, (offset, limit))
        })
    }

    /// One photo.
    pub fn photo(&self, id: PhotoId) -> Result<Photo> {
        self.read(|conn| table::photo::get(conn, id))
    }

    /// The photos whose uid begins with these digits; none when they are no digits of a uid.
    pub fn photos_by_uid(&self, digits: &str) -> Result<Vec<Photo>> {
        let Some((from, to)) = Uid::span(digits) else { return Ok(Vec::new()) };
        self.read(|conn| table::photo::by_uid(conn, from.0, to.0))
    }

    /// A patient's consents, oldest first.
    pub fn consents(&self, patient: PatientId) -> Result<Vec<Consent>> {
        self.read(|conn| table::consent::of_patient(conn, patient))
    }

    /// The ledger of a series, oldest first.
    pub fn publications(&self, series: SeriesId) -> Result<Vec<Publication>> {
        self.read(|conn| table::publication::of_series(conn, series))
    }

    /// The newest rows of the audit, newest first.
    pub fn audit(&self, newest: u32) -> Result<Vec<AuditRow>> {
        self.read(|conn| audit::newest(conn, newest))
    }

    /// Walks the audit chain and compares it with the head anchored in `vault.toml`.
    pub fn check_audit(&self) -> Result<AuditCheck> {
        let anchor: Anchor = lock(&self.inner.header).audit.clone();
        self.read(|conn| audit::check(conn, &anchor))
    }
}

/// Everything of a series, on a connection whose transaction makes it one moment.
pub(super) fn board(conn: &Connection, series: SeriesId) -> Result<Board> {
    let patient = table::patient::of_series(conn, series)?;
    let consents = table::consent::of_patient(conn, patient.id)?;
    let sessions = table::session::of_series(conn, series)?;
    let series_row = table::series::get(conn, series)?;
    let labels = labels(&sessions, series_row.planned);
    let (photos, frames) = (table::photo::of_series(conn, series)?, table::frame::of_series(conn, series)?);
    let elsewhere = frames.iter().map(|frame| frame.reference).filter(|id| photos.iter().all(|photo| photo.id != *id));
    let earlier = elsewhere.map(|id| table::photo::get(conn, id)).collect::<Result<_>>()?;
    Ok(Board {
        patient,
        views: table::view::of_series(conn, series)?,
        labels,
        photos,
        frames,
        earlier,
        alignments: table::alignment::of_series(conn, series)?,
        measured: table::grade::of_series(conn, series)?,
        series: series_row,
        sessions,
        consents,
    })
}

fn permissions(
    conn: &Connection,
    everybody: &Found,
    purpose: Purpose,
    today: NaiveDate,
    (offset, limit): (u32, u32),
) -> Result<PermissionPage> {
    let mut ever = table::consent::granted(conn, purpose, today)?;
    let places = everybody.places();
    ever.sort_unstable_by_key(|(series, person, scope)| (scope.is_none(), places.get(&person.0), *series));
    let allowed = ever.iter().filter(|(_, _, scope)| scope.is_some()).count() as u32;
    let (skipped, known) = (offset as usize, ever.len() as u32);
    let shown = ever.into_iter().skip(skipped).take(limit as usize);
    let mut shown: Vec<_> = shown.map(|(series, _, scope)| (series, scope)).collect();
    let room = limit - shown.len() as u32;
    if room > 0 {
        let others = table::consent::never_granted(conn, purpose, offset.saturating_sub(known), room)?;
        shown.extend(others.into_iter().map(|id| (id, None)));
    }
    let row = |(id, scope): (SeriesId, Option<Scope>)| {
        if scope.is_some() {
            let board = board(conn, id)?;
            let (patient, series) = (board.patient.clone(), board.series.clone());
            return Ok((Permission { patient, series, scope }, Some(board)));
        }
        let series = table::series::get(conn, id)?;
        Ok((Permission { patient: table::patient::get(conn, series.patient)?, series, scope }, None))
    };
    let rows = shown.into_iter().map(row).collect::<Result<_>>()?;
    Ok(PermissionPage { allowed, series: table::series::count(conn)?, rows })
}
