//! `attachment` and `attachment_bytes`: documents of patients, kept as they came.

use rusqlite::{Connection, Row, named_params, params};

use super::{byte_count, change_one, hash, insert, merge, new_uid, row, row_or_none, rows, uid, word};
use crate::clock::UtcMillis;
use crate::model::attachment::{LARGEST_DOCUMENT, NO_DOCUMENT};
use crate::model::{
    Attachment, AttachmentId, ConsentId, DocumentKind, NewAttachment, Patient, PatientId, PhotoHash, Redacted,
};
use crate::vault::blob;
use crate::vault::error::{Result, VaultError};

const OF_PATIENT: &str = "SELECT id, uid, patient, kind, file_name, hash, length, at FROM attachment
    WHERE patient = ?1 OR patient IN (SELECT patient FROM merged_patient WHERE person = ?1) ORDER BY id";
const GET: &str = "SELECT id, uid, patient, kind, file_name, hash, length, at FROM attachment WHERE id = ?1";
const SAME: &str = "SELECT id FROM attachment WHERE patient = ?1 AND hash = ?2 LIMIT 1";
const CONSENTS: &str = "SELECT id FROM consent WHERE document = ?1 ORDER BY id";
const CONSENTS_OF: &str = "SELECT consent.document, consent.id FROM attachment
    JOIN consent ON consent.document = attachment.id
    WHERE attachment.patient = ?1 OR attachment.patient IN (SELECT patient FROM merged_patient WHERE person = ?1)
    ORDER BY consent.id";
const ADD_BYTES: &str = "INSERT INTO attachment_bytes (attachment, bytes) VALUES (?1, ?2)";
const BYTES: &str = "SELECT bytes FROM attachment_bytes WHERE attachment = ?1";
const BYTES_OF_HASH: &str = "SELECT attachment_bytes.bytes FROM attachment
    JOIN attachment_bytes ON attachment_bytes.attachment = attachment.id WHERE attachment.hash = ?1";
const PUT_BYTES: &str = "INSERT INTO attachment_bytes (attachment, bytes) VALUES (?1, ?2)
    ON CONFLICT (attachment) DO UPDATE SET bytes = excluded.bytes";
const MOVE: &str = "UPDATE attachment SET patient = ?2 WHERE id = ?1";
const ALL: &str = "SELECT id FROM attachment ORDER BY id";
const SIGNED: VaultError = VaultError::Refused("a consent was recorded with this document, and whose that is stays");
const THEIRS: VaultError = VaultError::Refused("the document is that patient's already");
const UNEQUAL: VaultError = VaultError::Damaged("a document is not what was stored");

fn map(row: &Row<'_>) -> rusqlite::Result<Attachment> {
    Ok(Attachment {
        id: AttachmentId(row.get("id")?),
        uid: uid(row)?,
        patient: PatientId(row.get("patient")?),
        kind: word(row, "kind", DocumentKind::from_key)?,
        file_name: Redacted(row.get("file_name")?),
        hash: hash(row, "hash")?,
        length: byte_count(row, "length")?,
        at: UtcMillis(row.get("at")?),
        consents: Vec::new(),
    })
}

/// Keeps a document; the same bytes of the same patient are one.
pub(in crate::vault) fn add(conn: &Connection, new: &NewAttachment<'_>, at: UtcMillis) -> Result<AttachmentId> {
    if new.bytes.len() > LARGEST_DOCUMENT {
        return Err(VaultError::Refused("a document may have up to 16 MB"));
    }
    let Some(kind) = DocumentKind::sniff(new.bytes) else {
        return Err(VaultError::Refused(NO_DOCUMENT));
    };
    let patient = super::patient::get(conn, new.patient)?.id;
    let PhotoHash(hash) = blob::hash(new.bytes);
    let same: Option<i64> = row_or_none(conn, SAME, params![patient.0, hash], |row| row.get(0))?;
    if let Some(same) = same {
        return Ok(AttachmentId(same));
    }
    let id = insert(
        conn,
        include_str!("insert.sql"),
        named_params! {
            ":uid": new_uid()?, ":patient": patient.0, ":kind": kind.key(), ":file_name": new.file_name,
            ":hash": hash, ":length": new.bytes.len() as i64, ":at": at.0,
        },
    )?;
    let _row = insert(conn, ADD_BYTES, params![id, new.bytes])?;
    Ok(AttachmentId(id))
}

/// Gives a document to another patient.
pub(in crate::vault) fn move_to(conn: &Connection, id: AttachmentId, to: PatientId) -> Result<()> {
    let [_, to] = between(conn, id, to)?;
    change_one(conn, MOVE, params![id.0, to.id.0])
}

/// Whose a document is and whose it would be; refused where it cannot go. One that proves a consent stays with it.
pub(in crate::vault) fn between(conn: &Connection, id: AttachmentId, to: PatientId) -> Result<[Patient; 2]> {
    let of = get(conn, id)?;
    let to = super::patient::get(conn, merge::person_of(conn, to)?)?;
    if !of.consents.is_empty() {
        return Err(SIGNED);
    }
    let from = super::patient::get(conn, merge::person_of(conn, of.patient)?)?;
    if from.id == to.id { Err(THEIRS) } else { Ok([from, to]) }
}

/// One document.
pub(in crate::vault) fn get(conn: &Connection, id: AttachmentId) -> Result<Attachment> {
    with_consents(conn, row(conn, GET, params![id.0], map)?)
}

/// A patient's documents, oldest first, those of records that were merged into theirs included.
pub(in crate::vault) fn of_patient(conn: &Connection, patient: PatientId) -> Result<Vec<Attachment>> {
    let mut all = rows(conn, OF_PATIENT, params![patient.0], map)?;
    let pair = |row: &Row<'_>| Ok((row.get(0).map(AttachmentId)?, row.get(1).map(ConsentId)?));
    for (document, consent) in rows(conn, CONSENTS_OF, params![patient.0], pair)? {
        if let Some(of) = all.iter_mut().find(|of| of.id == document) {
            of.consents.push(consent);
        }
    }
    Ok(all)
}

fn with_consents(conn: &Connection, of: Attachment) -> Result<Attachment> {
    let consents = rows(conn, CONSENTS, params![of.id.0], |row| row.get(0).map(ConsentId))?;
    Ok(Attachment { consents, ..of })
}

/// The bytes, if they still are what was stored.
pub(in crate::vault) fn bytes(conn: &Connection, id: AttachmentId) -> Result<Vec<u8>> {
    let stored = get(conn, id)?;
    let found: Option<Vec<u8>> = row_or_none(conn, BYTES, params![id.0], |row| row.get(0))?;
    found.filter(|bytes| blob::hash(bytes) == stored.hash).ok_or(UNEQUAL)
}

/// The bytes with this hash, of whichever document has them whole.
pub(in crate::vault) fn bytes_of_hash(conn: &Connection, hash: PhotoHash) -> Result<Option<Vec<u8>>> {
    let found: Vec<Vec<u8>> = rows(conn, BYTES_OF_HASH, params![hash.0], |row| row.get(0))?;
    Ok(found.into_iter().find(|bytes| blob::hash(bytes) == hash))
}

/// Bytes in the place of what a document was found to have.
pub(in crate::vault) fn put_bytes(conn: &Connection, id: AttachmentId, bytes: &[u8]) -> Result<()> {
    change_one(conn, PUT_BYTES, params![id.0, bytes])
}

/// Every document.
pub(in crate::vault) fn all(conn: &Connection) -> Result<Vec<AttachmentId>> {
    rows(conn, ALL, [], |row| row.get(0).map(AttachmentId))
}
