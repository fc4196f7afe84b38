//! `photo`: filings of originals. The bytes are elsewhere and are never touched from here.

use rusqlite::{Connection, Row, named_params, params};

use super::{byte_count, change_one, frame, hash, insert, json, new_uid, row, rows, size, tray, uid, word};
use crate::model::{
    PatientId, Phase, Photo, PhotoFile, PhotoHash, PhotoId, Redacted, SeriesId, SessionId, SessionKind, Slot, TrayId,
    ViewId,
};
use crate::vault::error::{Result, VaultError};
use crate::vault::types::Filing;

const GET: &str =
    "SELECT photo.*, blob.hash, blob.length FROM photo JOIN blob ON blob.id = photo.blob WHERE photo.id = ?1";
const BY_UID: &str =
    "SELECT photo.*, blob.hash, blob.length FROM photo JOIN blob ON blob.id = photo.blob WHERE uid BETWEEN ?1 AND ?2";
/// The condition under which a photo is the second original of another one.
pub(in crate::vault) const IS_SECOND: &str = include_str!("second.sql");
const COUNT_OF: &str = concat!(
    "SELECT (SELECT count(*) FROM photo WHERE patient = ?1)
        - (SELECT count(*) FROM photo WHERE patient = ?1 AND ",
    include_str!("second.sql"),
    ")"
);
const IS_TAKEN: &str = "SELECT EXISTS (SELECT 1 FROM photo
    WHERE session = ?1 AND view = ?2 AND phase = ?3 AND slot = 'primary' AND id <> ?4)";
const SHARING_BEYOND: &str = "SELECT EXISTS (SELECT 1 FROM photo
    JOIN photo AS twin ON twin.blob = photo.blob AND twin.session <> photo.session WHERE photo.session = ?1)";
const SHARING: &str = "SELECT count(*) FROM photo WHERE blob = (SELECT blob FROM photo WHERE id = ?1)";

fn map(row: &Row<'_>) -> rusqlite::Result<Photo> {
    Ok(Photo {
        id: PhotoId(row.get("id")?),
        uid: uid(row)?,
        patient: PatientId(row.get("patient")?),
        session: SessionId(row.get("session")?),
        view: row.get::<_, Option<i64>>("view")?.map(ViewId),
        slot: word(row, "slot", Slot::from_key)?,
        phase: word(row, "phase", Phase::from_key)?,
        facts: json(row, "facts")?,
        hash: hash(row, "hash")?,
        length: byte_count(row, "length")?,
        size: size(row)?,
        file_name: Redacted(row.get("file_name")?),
    })
}

/// What hangs on a photo where it is.
#[allow(clippy::struct_excessive_bools, reason = "each is a question of its own")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::vault) struct Ties {
    /// It was published.
    pub(in crate::vault) published: bool,
    /// A person aligned it.
    pub(in crate::vault) by_hand: bool,
    /// Its view is measured in its pixels.
    pub(in crate::vault) reference: bool,
    /// Other photos that a person aligned to it.
    pub(in crate::vault) others_by_hand: u32,
    /// A case that is to be published shows it.
    pub(in crate::vault) in_case: bool,
}

/// The patient a filing goes to; refuses a view of another series.
pub(in crate::vault) fn patient_of(conn: &Connection, to: Filing) -> Result<PatientId> {
    let session = super::session::get(conn, to.session)?;
    if let Some(view) = to.view
        && super::view::get(conn, view)?.series != session.series
    {
        return Err(VaultError::Refused("the view belongs to another series"));
    }
    Ok(super::series::get(conn, session.series)?.patient)
}

/// A cell holds one primary photo of a phase: the newer takes the place, the older becomes an alternate.
fn make_room(conn: &Connection, id: PhotoId, to: Filing) -> Result<()> {
    if let (Slot::Primary, Some(view)) = (to.slot, to.view) {
        let values = named_params! {
            ":session": to.session.0, ":view": view.0, ":phase": to.phase.key(), ":except": id.0,
        };
        let _older = conn.prepare_cached(include_str!("make_room.sql"))?.execute(values)?;
    }
    Ok(())
}

pub(in crate::vault) fn file(conn: &Connection, item: TrayId, to: Filing) -> Result<PhotoId> {
    let patient = patient_of(conn, to)?;
    tray::refuse_unread(conn, item)?;
    let values = named_params! {
        ":uid": new_uid()?, ":patient": patient.0, ":session": to.session.0, ":view": to.view.map(|v| v.0),
        ":slot": to.slot.key(), ":phase": to.phase.key(), ":tray": item.0,
    };
    let id = PhotoId(insert(conn, include_str!("insert.sql"), values)?);
    tray::remove(conn, item)?;
    make_room(conn, id, to)?;
    Ok(id)
}

pub(in crate::vault) fn move_to(conn: &Connection, id: PhotoId, to: Filing) -> Result<()> {
    let raws = raws_of(conn, id)?;
    if get(conn, id)?.patient != patient_of(conn, to)? {
        refuse_shared(conn, id)?;
        raws.iter().try_for_each(|raw| refuse_shared(conn, raw.id))?;
    }
    raws.iter().try_for_each(|raw| place(conn, raw.id, Filing { slot: Slot::Rejected, ..to }))?;
    place(conn, id, to)
}

/// The raw files of a photo that the camera wrote developed as well.
pub(in crate::vault) fn raws_of(conn: &Connection, id: PhotoId) -> Result<Vec<Photo>> {
    let photo = get(conn, id)?;
    let mut all = of_session(conn, photo.session)?;
    all.retain(|other| PhotoFile::from(other).is_raw_of((&photo).into()));
    Ok(all)
}

/// Moves a photo together with those that share its original, where there are any.
pub(in crate::vault) fn place(conn: &Connection, id: PhotoId, to: Filing) -> Result<()> {
    let patient = patient_of(conn, to)?;
    let before = get(conn, id)?;
    if before.patient != patient {
        frame::release(conn, id)?;
    }
    if before.view != to.view || before.patient != patient || to.slot == Slot::Rejected {
        frame::retire_of_reference(conn, id)?;
    }
    let values = named_params! {
        ":id": id.0, ":patient": patient.0, ":session": to.session.0, ":view": to.view.map(|v| v.0),
        ":slot": to.slot.key(), ":phase": to.phase.key(),
    };
    change_one(conn, include_str!("update.sql"), values)?;
    make_room(conn, id, to)
}

/// Photos of a session that became one of another kind. Without a treatment there is one moment of the day instead of two:
/// of two photos of a view the earlier stays in front.
pub(in crate::vault) fn follow(conn: &Connection, session: SessionId, kind: SessionKind) -> Result<()> {
    let values = named_params! {":session": session.0, ":treats": kind.treats()};
    let _later = conn.prepare_cached(include_str!("one_primary.sql"))?.execute(values)?;
    let (from, to) = if kind.treats() {
        ("phase = 'none'", Phase::BeforeTreatment)
    } else {
        ("phase <> 'none'", Phase::NoTreatment)
    };
    let sql = format!("UPDATE photo SET phase = ?2 WHERE session = ?1 AND {from}");
    let _changed = conn.prepare_cached(&sql)?.execute(params![session.0, to.key()])?;
    Ok(())
}

const SHARED: VaultError =
    VaultError::Refused("the same picture is filed twice under this patient, and two patients never share one");

/// A photo may change its patient only while its blob is its own: two patients never share one.
pub(in crate::vault) fn refuse_shared(conn: &Connection, id: PhotoId) -> Result<()> {
    match row(conn, SHARING, params![id.0], |row| row.get(0))? {
        1 => Ok(()),
        _ => Err(SHARED),
    }
}

/// The same for all photos of a session at once.
pub(in crate::vault) fn refuse_shared_beyond(conn: &Connection, session: SessionId) -> Result<()> {
    if row(conn, SHARING_BEYOND, params![session.0], |row| row.get(0))? { Err(SHARED) } else { Ok(()) }
}

pub(in crate::vault) fn ties(conn: &Connection, id: PhotoId) -> Result<Ties> {
    row(conn, include_str!("ties.sql"), params![id.0], |row| {
        Ok(Ties {
            published: row.get("published")?,
            by_hand: row.get("by_hand")?,
            reference: row.get("reference")?,
            others_by_hand: row.get("others_by_hand")?,
            in_case: row.get("in_case")?,
        })
    })
}

/// Primary photos last, so that they take their places from others.
pub(in crate::vault) fn of_session(conn: &Connection, session: SessionId) -> Result<Vec<Photo>> {
    rows(conn, include_str!("of_session.sql"), params![session.0], map)
}

/// How many originals are filed under both.
pub(in crate::vault) fn under_both(conn: &Connection, one: PatientId, other: PatientId) -> Result<u32> {
    row(conn, include_str!("under_both.sql"), params![one.0, other.0], |row| row.get(0))
}

/// How many photos a patient has; a raw file and its picture are one.
pub(in crate::vault) fn count_of(conn: &Connection, patient: PatientId) -> Result<u32> {
    row(conn, COUNT_OF, params![patient.0], |row| row.get(0))
}

/// Whether the primary place of a cell is taken by another photo.
pub(in crate::vault) fn is_taken(conn: &Connection, id: PhotoId, to: Filing) -> Result<bool> {
    let (Slot::Primary, Some(view)) = (to.slot, to.view) else { return Ok(false) };
    row(conn, IS_TAKEN, params![to.session.0, view.0, to.phase.key(), id.0], |row| row.get(0))
}

/// Photos whose uid lies between two, both included.
pub(in crate::vault) fn by_uid(conn: &Connection, from: [u8; 16], to: [u8; 16]) -> Result<Vec<Photo>> {
    rows(conn, BY_UID, params![from, to], map)
}

pub(in crate::vault) fn get(conn: &Connection, id: PhotoId) -> Result<Photo> {
    row(conn, GET, params![id.0], map)
}

/// In the order of the board: by visit, view, and place in the cell.
pub(in crate::vault) fn of_series(conn: &Connection, series: SeriesId) -> Result<Vec<Photo>> {
    rows(conn, include_str!("of_series.sql"), params![series.0], map)
}

pub(in crate::vault) fn by_hash(conn: &Connection, hash: PhotoHash) -> Result<Vec<(PatientId, PhotoId)>> {
    rows(conn, include_str!("by_hash.sql"), params![hash.0], |row| Ok((PatientId(row.get(0)?), PhotoId(row.get(1)?))))
}
