//! The audit as it is asked for: filtered, by windows, with names that are looked up while it is shown and stored nowhere.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, Row, named_params};

use super::kind::AuditKind;
use super::subject::{self, Theirs};
use crate::clock::UtcMillis;
use crate::model::{PatientId, PhotoId, Redacted, SeriesId, UserId};
use crate::vault::Vault;
use crate::vault::error::{Result, VaultError};
use crate::vault::role::Role;
use crate::vault::table;
use crate::vault::types::AuditRow;

const PAGE: &str = include_str!("page.sql");
const THEIRS: &str = include_str!("theirs.sql");
/// Patients of one row whose codes are looked up; of more than these the rest is counted.
const CODES: usize = 12;
const OF_SESSION: &str = "SELECT series FROM session WHERE id = ?1";
const OF_VIEW: &str = "SELECT series FROM view WHERE id = ?1";
const OF_PUBLICATION: &str = "SELECT series FROM publication WHERE id = ?1";
const OF_MERGER: &str = "SELECT person FROM merged_patient WHERE id = ?1";
const OF_FRAME: &str = "SELECT patient FROM frame WHERE id = ?1";
const OF_PLACEMENT: &str =
    "SELECT photo.patient FROM alignment_current AS placed JOIN photo ON photo.id = placed.photo WHERE placed.id = ?1";
const OF_CONSENT: &str = "SELECT patient FROM consent WHERE id = ?1";
const OF_DOCUMENT: &str = "SELECT patient FROM attachment WHERE id = ?1";

/// Filter and window as the statement takes them; a limit of -1 is none.
macro_rules! params {
    ($filter:expr, $offset:expr, $limit:expr) => {
        named_params! {
            ":from": $filter.from.map(|at| at.0),
            ":until": $filter.until.map(|at| at.0),
            ":user": $filter.user.map(|id| id.0),
            ":op": $filter.kind.map(AuditKind::key),
            ":limit": $limit,
            ":offset": $offset,
        }
    };
}

/// Which rows of the audit are wanted; the default is all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AuditFilter {
    /// Not before this instant.
    pub from: Option<UtcMillis>,
    /// Before this instant.
    pub until: Option<UtcMillis>,
    /// Only what this user did.
    pub user: Option<UserId>,
    /// Only what is about this patient. What was of theirs and is gone from the records can no longer be told.
    pub patient: Option<PatientId>,
    /// Only this kind.
    pub kind: Option<AuditKind>,
}

/// A row of the audit as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLine {
    /// The row as it is stored.
    pub row: AuditRow,
    /// Login name of who did it.
    pub login: String,
    /// What was done.
    pub what: String,
    /// To what; in numbers and field names. Empty when there is nothing to add.
    pub details: String,
    /// Codes of the patients it is about, as far as the records still know them; the first dozen.
    pub patients: Vec<Redacted<String>>,
    /// How many patients it names beyond those.
    pub more_patients: usize,
}

impl AuditLine {
    /// "anna: Filing photos, 12 photos and 1 session added".
    #[must_use]
    pub fn sentence(&self) -> String {
        let Self { login, what, details, .. } = self;
        if details.is_empty() { format!("{login}: {what}") } else { format!("{login}: {what}, {details}") }
    }

    /// "P-0192, P-0207", and how many more there are.
    #[must_use]
    pub fn about(&self) -> String {
        let codes = self.patients.iter().map(|code| code.0.as_str()).collect::<Vec<_>>().join(", ");
        match self.more_patients {
            0 => codes,
            more => format!("{codes} and {more} more"),
        }
    }
}

impl Vault {
    /// A window of the audit, newest first. Everybody may read what was done.
    pub fn audit_log(&self, filter: &AuditFilter, offset: u32, limit: u32) -> Result<Vec<AuditLine>> {
        self.inner.readers.read(|conn| {
            let tx = conn.unchecked_transaction()?;
            let logins: BTreeMap<UserId, String> =
                table::user::all(&tx)?.into_iter().map(|member| (member.id, member.login)).collect();
            let rows = page(&tx, filter, offset, limit)?;
            rows.into_iter().map(|row| line(&tx, &logins, row)).collect()
        })
    }

    /// How many rows [`Vault::audit_log`] finds in all.
    pub fn audit_count(&self, filter: &AuditFilter) -> Result<u32> {
        self.inner.readers.read(|conn| {
            if let Some(patient) = filter.patient {
                let tx = conn.unchecked_transaction()?;
                let mut count = 0;
                each_about(&tx, filter, patient, |_| {
                    count += 1;
                    Ok(true)
                })?;
                return Ok(count);
            }
            let mut statement = conn.prepare_cached(&format!("SELECT count(*) FROM ({PAGE})"))?;
            Ok(statement.query_row(params!(filter, 0, -1), |row| row.get(0))?)
        })
    }
}

fn page(conn: &Connection, filter: &AuditFilter, offset: u32, limit: u32) -> Result<Vec<AuditRow>> {
    if let Some(patient) = filter.patient {
        let (mut rows, mut place) = (Vec::new(), 0);
        each_about(conn, filter, patient, |row| {
            if place >= offset && rows.len() < limit as usize {
                rows.push(super::map(row)?);
            }
            place += 1;
            Ok(rows.len() < limit as usize)
        })?;
        return Ok(rows);
    }
    let mut statement = conn.prepare_cached(PAGE)?;
    let rows = statement.query_map(params!(filter, offset, limit), super::map)?.collect::<rusqlite::Result<_>>()?;
    Ok(rows)
}

/// The rows whose subject names a patient, or a row that is theirs now; newest first, until `take` wants no more. Read here
/// and not in SQL: most subjects are told to be about others by their numbers alone, without being parsed.
fn each_about(
    conn: &Connection,
    filter: &AuditFilter,
    patient: PatientId,
    mut take: impl FnMut(&Row<'_>) -> rusqlite::Result<bool>,
) -> Result<()> {
    let mut statement = conn.prepare_cached(THEIRS)?;
    let theirs = statement.query_map([patient.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let theirs = Theirs::new(theirs.collect::<rusqlite::Result<_>>()?);
    let mut statement = conn.prepare_cached(PAGE)?;
    let mut rows = statement.query(params!(filter, 0, -1))?;
    while let Some(row) = rows.next()? {
        let subject = row.get_ref("subject")?.as_str().map_err(rusqlite::Error::from)?;
        if theirs.are_named_in(subject) && !take(row)? {
            break;
        }
    }
    Ok(())
}

fn line(conn: &Connection, logins: &BTreeMap<UserId, String>, row: AuditRow) -> Result<AuditLine> {
    // A user whose adding was taken back is in no list, and their rows have no name.
    let name = |id: UserId| logins.get(&id).cloned().unwrap_or_else(|| format!("user {}", id.0));
    let login = name(row.user);
    let details = match subject::users(&row.subject) {
        None => subject::words(&row.subject),
        Some((users, role)) => {
            let names: Vec<String> = users.into_iter().map(|id| name(UserId(id))).collect();
            let role = role.as_deref().and_then(Role::from_key);
            // The role first, because a name may be in a script that runs the other way.
            role.map_or_else(String::new, |role| format!("{} ", role.words())) + &names.join(", ")
        }
    };
    let what = AuditKind::from_key(&row.op).map_or_else(|| row.op.replace('-', " "), |kind| kind.words().to_owned());
    let (patients, more_patients) = patients(conn, &row.subject)?;
    Ok(AuditLine { row, login, what, details, patients, more_patients })
}

/// Codes of the patients that a subject is about, and how many it names beyond those.
fn patients(conn: &Connection, text: &str) -> Result<(Vec<Redacted<String>>, usize)> {
    let mut found = BTreeSet::new();
    for named in subject::named(text) {
        // Patients stand there by themselves; of a filing's hundreds of photos the first few tell whose they are.
        let looked_up = if named.kind == "patient" { named.ids.len() } else { CODES };
        for &id in named.ids.iter().take(looked_up) {
            found.extend(owner(conn, &named.kind, id)?);
        }
    }
    let more = found.len().saturating_sub(CODES);
    let codes = found.into_iter().take(CODES).map(|id| known(table::patient::get(conn, id)));
    let codes = codes.collect::<Result<Vec<_>>>()?.into_iter().flatten().map(|patient| patient.code).collect();
    Ok((codes, more))
}

/// Whose row this is; none when it is nobody's or gone.
fn owner(conn: &Connection, kind: &str, id: i64) -> Result<Option<PatientId>> {
    let of_series = |series| known(table::patient::of_series(conn, SeriesId(series)).map(|patient| patient.id));
    match kind {
        "patient" => Ok(Some(PatientId(id))),
        "series" => of_series(id),
        "session" => table::id_or_none(conn, OF_SESSION, id)?.map_or(Ok(None), of_series),
        "view" => table::id_or_none(conn, OF_VIEW, id)?.map_or(Ok(None), of_series),
        "publication" => table::id_or_none(conn, OF_PUBLICATION, id)?.map_or(Ok(None), of_series),
        "merged_patient" => Ok(table::id_or_none(conn, OF_MERGER, id)?.map(PatientId)),
        "photo" => known(table::photo::get(conn, PhotoId(id)).map(|photo| photo.patient)),
        "frame" => Ok(table::id_or_none(conn, OF_FRAME, id)?.map(PatientId)),
        "alignment_current" => Ok(table::id_or_none(conn, OF_PLACEMENT, id)?.map(PatientId)),
        "consent" => Ok(table::id_or_none(conn, OF_CONSENT, id)?.map(PatientId)),
        "attachment" => Ok(table::id_or_none(conn, OF_DOCUMENT, id)?.map(PatientId)),
        _ => Ok(None),
    }
}

/// A record that may be gone by now.
fn known<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(VaultError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_about_more_patients_than_it_names_says_how_many() {
        let row = AuditRow { seq: 1, at: UtcMillis(0), user: UserId(1), op: "read".into(), subject: "{}".into() };
        let patients: Vec<Redacted<String>> = ["P-1", "P-2"].map(Into::into).to_vec();
        let line = |more_patients| AuditLine {
            row: row.clone(),
            login: "anna".into(),
            what: "Opening a patient".into(),
            details: String::new(),
            patients: patients.clone(),
            more_patients,
        };
        assert_eq!((line(0).about(), line(3).about()), ("P-1, P-2".into(), "P-1, P-2 and 3 more".into()));
    }
}
