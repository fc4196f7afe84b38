//! What a change of each name may touch: the table of roles is by name, so a change must not do what another name stands
//! for.
//!
//! Asked of what was recorded, in the one place every transaction passes, and not of the methods that were called: what a
//! statement, a default or a cascade touches cannot be forgotten, and a new method needs no check of its own.

use rusqlite::Connection;

use super::error::{Result, VaultError};
use super::op::Op;
use super::recorder;

/// What happened to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    Added,
    Changed,
    Removed,
}

use Way::{Added, Changed, Removed};

/// A table, and what may happen to its rows.
type Scope = &'static [(&'static str, &'static [Way])];

const ANY: &[Way] = &[Added, Changed, Removed];
/// A photo that leaves its view or its patient takes frames along, with how photos lie in them, or leaves them behind as
/// history.
const PLACES: [(&str, &[Way]); 3] =
    [("photo", &[Changed]), ("frame", &[Changed, Removed]), ("alignment_current", &[Removed])];

/// An answer about where a photo lies, and the pointer to the one in force.
const ANSWERS: [(&str, &[Way]); 2] = [("alignment", &[Added]), ("alignment_current", &[Added, Changed])];

/// What a change of this name may touch; none where everything is open to it.
fn scope(op: Op) -> Option<Scope> {
    Some(match op {
        // Whatever it takes back or makes again was in its own scope when it was done.
        Op::Undo | Op::Redo | Op::Erase => return None,
        // Somebody new comes with their first series, and a series with its first visit.
        Op::AddPatient => &[("patient", &[Added]), ("series", &[Added]), ("view", &[Added]), ("session", &[Added])],
        Op::EditPatient => &[("patient", &[Changed])],
        Op::AddSeries => &[("series", &[Added]), ("view", &[Added]), ("session", &[Added])],
        Op::EditSeries => &[("series", &[Changed]), ("view", &[Added, Changed])],
        Op::AddSession => &[("session", &[Added]), ("session_record", &[Added])],
        // The phases of its photos follow its kind.
        Op::EditSession => &[("session", &[Changed]), ("session_record", ANY), ("photo", &[Changed])],
        Op::FilePhotos => &[
            ("photo", &[Added, Changed]),
            // The clock of a camera is corrected on the way.
            ("tray", &[Changed, Removed]),
            ("session", &[Added]),
            ("session_record", &[Added, Changed]),
        ],
        Op::MovePhoto => &PLACES,
        Op::MoveSession => &[("session", &[Changed]), PLACES[0], PLACES[1], PLACES[2]],
        Op::MergePatients => {
            &[("merged_patient", &[Added, Changed]), ("series", &[Changed]), PLACES[0], ("frame", &[Changed])]
        }
        Op::ReceivePhoto => &[("tray", &[Added, Changed])],
        Op::RecordConsent => &[("consent", &[Added]), ("attachment", &[Added])],
        Op::SetReference => &[("frame", &[Added, Changed])],
        Op::PlacePhoto => &ANSWERS,
        Op::SetScale => &[("frame", &[Changed])],
        Op::Align => &[("frame", &[Added, Changed]), ANSWERS[0], ANSWERS[1]],
        Op::Publish => &[("publication", &[Added, Changed]), ("case_entry", ANY), ("case_pair", ANY)],
        Op::AddUser => &[("user", &[Added])],
        Op::DisableUser | Op::ChangeRole => &[("user", &[Changed])],
        Op::AddAttachment => &[("attachment", &[Added])],
        Op::MoveAttachment => &[("attachment", &[Changed])],
        Op::Export
        | Op::ChangePassphrase
        | Op::ResetPassphrase
        | Op::ReplaceRecoveryCode
        | Op::StrengthenKeys
        | Op::BackUp
        | Op::Repair => &[],
    })
}

fn is_within(scope: Scope, table: &str, way: Way) -> bool {
    scope.iter().any(|(of, ways)| *of == table && ways.contains(&way))
}

/// Refuses a transaction that touched what its name does not stand for.
pub(super) fn check(conn: &Connection, op: Op) -> Result<()> {
    let Some(scope) = scope(op) else { return Ok(()) };
    let touched = recorder::touched(conn)?;
    if touched.iter().all(|(table, way)| is_within(scope, table, *way)) {
        Ok(())
    } else {
        Err(VaultError::Refused("a change under another name"))
    }
}
