//! Questions to the vault that screens ask.

use std::sync::Arc;

use crate::clock::Now;
use crate::export::gallery::select;
use crate::gui::job::{Case, Day, DueLine, PatientPage};
use crate::gui::screen::patients::PAGE;
use crate::model::{PatientId, SeriesId, SeriesState};
use crate::protocol::{DueState, next_due};
use crate::vault::{Board, PatientRow, Result, Vault};

/// Patients read at once where all are walked through.
const BATCH: u32 = 500;

pub(super) fn patients(vault: &Vault, search: &str, page: u32) -> Result<(u32, Vec<PatientRow>)> {
    Ok((vault.patient_count(search)?, vault.patients(search, page * PAGE, PAGE)?))
}

pub(super) fn patient_page(vault: &Vault, id: i64, now: Now) -> Result<Arc<PatientPage>> {
    let id = PatientId(id);
    vault.open_patient_page(id, now)?;
    let mut series = vault.series_of(id)?;
    series.sort_by_key(|s| (s.state != SeriesState::Open, std::cmp::Reverse(s.id)));
    let sessions = series.iter().map(|s| vault.sessions(s.id)).collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(PatientPage { patient: vault.patient(id)?, series, sessions, consents: vault.consents(id)? }))
}

pub(super) fn board(vault: &Vault, series: i64) -> Result<Arc<Board>> {
    vault.board(SeriesId(series)).map(Arc::new)
}

pub(super) fn today(vault: &Vault, now: Now) -> Result<Arc<Day>> {
    let mut due = Vec::new();
    for_each_patient(vault, |row| {
        for series in vault.series_of(row.patient.id)? {
            if let Some(next) = next_due(&series, &vault.sessions(series.id)?, now.today) {
                due.push(DueLine { patient: row.patient.clone(), series, due: next });
            }
        }
        Ok(())
    })?;
    due.sort_by_key(|line| match line.due.state {
        DueState::Overdue(days) => (0, -days),
        DueState::Due => (1, (line.due.to - now.today).num_days()),
        DueState::Later(days) => (2, days),
    });
    Ok(Arc::new(Day { due, tray: vault.tray()?.len(), patients: vault.patient_count("")? }))
}

pub(super) fn cases(vault: &Vault, now: Now) -> Result<Arc<Vec<Case>>> {
    let mut cases = Vec::new();
    for_each_patient(vault, |row| {
        for series in vault.series_of(row.patient.id)? {
            let obstacle = select(&vault.board(series.id)?, now.today).err().map(|reason| reason.words().to_owned());
            cases.push(Case { patient: row.patient.clone(), series, obstacle });
        }
        Ok(())
    })?;
    cases.sort_by_key(|c| c.obstacle.is_some());
    Ok(Arc::new(cases))
}

fn for_each_patient(vault: &Vault, mut visit: impl FnMut(&PatientRow) -> Result<()>) -> Result<()> {
    let mut offset = 0;
    loop {
        let rows = vault.patients("", offset, BATCH)?;
        for row in rows.iter().filter(|r| r.photos > 0 || r.open_series > 0) {
            visit(row)?;
        }
        if (rows.len() as u32) < BATCH {
            return Ok(());
        }
        offset += BATCH;
    }
}
