//! Questions to the vault that screens ask.

use std::sync::Arc;

use chrono::Days;

use crate::clock::Now;
use crate::export::gallery::{Choice, SkipReason, select};
use crate::fsx::{self, Shared};
use crate::gui::job::{Case, Cases, Change, Day, DueLine, Failure, Outcome, PatientPage};
use crate::gui::screen::gallery::CASES;
use crate::gui::screen::patients::PAGE;
use crate::model::{PatientId, Purpose, SeriesId, SeriesState};
use crate::vault::{Board, DuePart, PatientRow, Permission, Result, UndoEntry, Vault, VaultError};

/// Lines of the day's list, by part.
const OVERDUE: u32 = 80;
const DUE_NOW: u32 = 80;
const LATER: u32 = 40;
/// Consents that end within this time are said.
const SOON: Days = Days::new(60);
/// Of these, how many are listed.
const EXPIRING: u32 = 20;
const NO_SUCH_CODE: &str = "No patient has that code. Nothing was changed. Look at the code in the list of patients.";

pub(super) fn patients(vault: &Vault, search: &str, page: u32) -> Result<(u32, Vec<PatientRow>)> {
    vault.search(search, page * PAGE, PAGE)
}

pub(super) fn patient_page(vault: &Vault, id: i64, now: Now) -> Result<Arc<PatientPage>> {
    let id = PatientId(id);
    vault.open_patient_page(id, now)?;
    let mut series = vault.series_of(id)?;
    series.sort_by_key(|s| (s.state != SeriesState::Open, std::cmp::Reverse(s.id)));
    let sessions = series.iter().map(|s| vault.sessions(s.id)).collect::<Result<Vec<_>>>()?;
    let documents = vault.attachments(id)?;
    let (patient, consents) = (vault.patient(id)?, vault.consents(id)?);
    Ok(Arc::new(PatientPage { patient, series, sessions, consents, documents }))
}

/// A change with the series it touched.
pub(super) fn change(vault: &Vault, entry: Result<Option<UndoEntry>>) -> Result<Option<Change>> {
    let Some(entry) = entry? else { return Ok(None) };
    Ok(Some(Change { series: vault.series_touched(entry.id)?, entry }))
}

/// The courses of the patient with this code; looking at them is audited like opening their page.
pub(super) fn courses(vault: &Vault, code: &str, now: Now) -> Outcome<Arc<PatientPage>> {
    let said = |error: VaultError| Failure(error.user_message());
    match vault.patient_by_code(code).map_err(said)? {
        Some(patient) => patient_page(vault, patient.id.0, now).map_err(said),
        None => Err(Failure(NO_SUCH_CODE.to_owned())),
    }
}

pub(super) fn board(vault: &Vault, series: i64) -> Result<Arc<Board>> {
    vault.board(SeriesId(series)).map(Arc::new)
}

/// The beginning of each part of the list, so that a long tail of overdue series hides nobody who is due now.
pub(super) fn today(vault: &Vault, now: Now) -> Result<Arc<Day>> {
    let mut due = Vec::new();
    for (part, most) in [(DuePart::Overdue, OVERDUE), (DuePart::Now, DUE_NOW), (DuePart::Later, LATER)] {
        let rows = vault.due(part, now.today, 0, most)?;
        due.extend(rows.into_iter().map(|row| DueLine { patient: row.patient, series: row.series, due: row.due }));
    }
    let until = now.today.checked_add_days(SOON).unwrap_or(now.today);
    let mut expiring = vault.expiring_consents(now.today, until, EXPIRING + 1)?;
    let more_expiring = expiring.len() > EXPIRING as usize;
    expiring.truncate(EXPIRING as usize);
    let totals = vault.due_totals(now.today)?;
    let (backup, check) = (vault.last_backup()?, vault.last_check()?);
    let shared = fsx::shared(vault.dir()).map(Shared::sentence);
    let found = vault.findings_left()?.sentences().into_iter().chain(shared).collect();
    Ok(Arc::new(Day { due, totals, expiring, more_expiring, tray: vault.tray_photos()?, backup, check, found }))
}

/// "Cheek right · Session 1 of 6 → 3 months after session 6".
fn words_of(board: &Board, choice: &Choice) -> String {
    let title = |session| board.labels.get(&session).map_or("", |label| label.title.as_str());
    format!("{} · {} → {}", choice.view.name, title(choice.before.1.id), title(choice.after.1.id))
}

/// A page of all series: those with a valid consent for the website first.
pub(super) fn cases(vault: &Vault, page: u32, now: Now) -> Result<Arc<Cases>> {
    let found = vault.permissions(Purpose::Website, now.today, page * CASES, CASES)?;
    let case = |(permission, board): (Permission, Option<Board>)| {
        let chosen = board.as_ref().ok_or(SkipReason::NoConsent).and_then(|board| {
            let choice = select(board, now.today)?;
            Ok(words_of(board, &choice))
        });
        Case {
            allowed: permission.scope.is_some(),
            patient: permission.patient,
            series: permission.series,
            standing: chosen.map_err(|reason| reason.words().to_owned()),
        }
    };
    let listed = found.rows.into_iter().map(case).collect();
    Ok(Arc::new(Cases { page, allowed: found.allowed, series: found.series, listed }))
}
