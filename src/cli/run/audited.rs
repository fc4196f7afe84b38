//! What a command shows of patients is in the audit before it is shown.

use crate::cli::error::CliError;
use crate::clock::Now;
use crate::model::PatientId;
use crate::vault::Vault;

/// All there is of these patients, as on their pages: to a person looked at, to another program taken out.
pub fn page(
    vault: &Vault,
    patients: impl IntoIterator<Item = PatientId>,
    json: bool,
    now: Now,
) -> Result<(), CliError> {
    if json {
        return list(vault, patients, now);
    }
    let patients: Vec<PatientId> = patients.into_iter().collect();
    Ok(vault.open_patient_pages(&patients, now)?)
}

/// A list of patients for another program: taken out, wherever it is written to.
pub fn list(vault: &Vault, patients: impl IntoIterator<Item = PatientId>, now: Now) -> Result<(), CliError> {
    let patients: Vec<PatientId> = patients.into_iter().collect();
    Ok(vault.record_list(&patients, now)?)
}
