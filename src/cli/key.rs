//! Finds the patient and the series a person means.
//!
//! A series is named by what `list` prints ("P-0192/1": the patient's code and the place among their series), by eight
//! or more digits of its uid, or by an indication when only one of the patient's series has it.

use super::error::CliError;
use crate::model::{Indication, Patient, Series};
use crate::vault::{PatientRow, Vault};

/// Fewest digits of a uid that name a series.
const UID_DIGITS: usize = 8;
/// Patients that are read at once.
const PAGE: u32 = 500;

/// A series and the key `list` prints for it.
#[derive(Debug, Clone)]
pub struct Keyed {
    /// "P-0192/1".
    pub key: String,
    /// The series.
    pub series: Series,
}

/// What a key says.
#[derive(Debug, Clone)]
pub enum Match {
    /// One series.
    One(Box<Keyed>),
    /// None, but the key is an indication that a new series could be for.
    NoneYet(Indication),
}

/// All patients whose name or code fits `search`, by family name.
pub fn patients(vault: &Vault, search: &str) -> Result<Vec<PatientRow>, CliError> {
    let mut out = Vec::new();
    loop {
        let page = vault.patients(search, out.len() as u32, PAGE)?;
        let last = page.len() < PAGE as usize;
        out.extend(page);
        if last {
            return Ok(out);
        }
    }
}

/// The patient with this code.
pub fn patient(vault: &Vault, code: &str) -> Result<Patient, CliError> {
    vault.patient_by_code(code)?.ok_or_else(|| {
        CliError::Failed("There is no patient with that code. `diptych patient list` shows the codes.".to_owned())
    })
}

/// All series of a patient, oldest first, with their keys.
pub fn series_of(vault: &Vault, patient: &Patient) -> Result<Vec<Keyed>, CliError> {
    let mut all = vault.series_of(patient.id)?;
    all.sort_by_key(|s| s.id);
    let keyed = |(i, series)| Keyed { key: format!("{}/{}", patient.code.0, i + 1), series };
    Ok(all.into_iter().enumerate().map(keyed).collect())
}

/// The series of `patient` that `key` names.
pub fn find(vault: &Vault, patient: &Patient, key: &str) -> Result<Match, CliError> {
    choose(series_of(vault, patient)?, key)
}

/// The series that `key` names, whoever's it is. A bare indication names none here.
pub fn find_anywhere(vault: &Vault, key: &str) -> Result<(Patient, Keyed), CliError> {
    let unknown = || CliError::Failed("There is no such series. `diptych list` shows the keys.".to_owned());
    if let Some((code, _)) = key.rsplit_once('/') {
        let owner = patient(vault, code)?;
        return match find(vault, &owner, key)? {
            Match::One(found) => Ok((owner, *found)),
            Match::NoneYet(_) => Err(unknown()),
        };
    }
    for row in patients(vault, "")? {
        for keyed in series_of(vault, &row.patient)? {
            if is_uid(&keyed.series, key) {
                return Ok((row.patient, keyed));
            }
        }
    }
    Err(unknown())
}

fn choose(mut all: Vec<Keyed>, key: &str) -> Result<Match, CliError> {
    if let Some(i) = all.iter().position(|k| k.key == key || is_uid(&k.series, key)) {
        return Ok(Match::One(Box::new(all.swap_remove(i))));
    }
    let Some(indication) = Indication::from_key(key) else {
        return Err(CliError::Failed(
            "The patient has no such series. `diptych list` shows the keys; an indication such as \"acne-scars\" works \
             as well."
                .to_owned(),
        ));
    };
    all.retain(|k| k.series.indications.contains(&indication));
    match all.len() {
        0 => Ok(Match::NoneYet(indication)),
        1 => Ok(Match::One(Box::new(all.swap_remove(0)))),
        _ => {
            let candidates: Vec<String> = all.iter().map(|k| format!("{} ({})", k.key, k.series.title())).collect();
            Err(CliError::Refused(format!(
                "More than one series is for {}: {}. Nothing was done. Name one by its key.",
                indication.words().to_lowercase(),
                candidates.join(", ")
            )))
        }
    }
}

fn is_uid(series: &Series, key: &str) -> bool {
    key.len() >= UID_DIGITS && series.uid.to_string().starts_with(&key.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Area, PatientId, SeriesId, SeriesState, Uid};

    fn keyed(n: u8, indication: Indication) -> Keyed {
        let series = Series {
            id: SeriesId(n.into()),
            uid: Uid([n; 16]),
            patient: PatientId(1),
            indications: vec![indication],
            areas: vec![Area::Face],
            planned: 3,
            interval_min_days: 28,
            interval_max_days: 42,
            state: SeriesState::Open,
            predecessor: None,
        };
        Keyed { key: format!("P-1/{n}"), series }
    }

    fn all() -> Vec<Keyed> {
        vec![keyed(1, Indication::AcneScars), keyed(2, Indication::Pores), keyed(3, Indication::Pores)]
    }

    fn chosen(key: &str) -> Option<i64> {
        match choose(all(), key) {
            Ok(Match::One(found)) => Some(found.series.id.0),
            _ => None,
        }
    }

    #[test]
    fn a_series_is_named_by_key_uid_or_an_unambiguous_indication() {
        assert_eq!(chosen("P-1/2"), Some(2));
        assert_eq!(chosen("0303030303"), Some(3));
        assert_eq!(chosen("acne-scars"), Some(1));
    }

    #[test]
    fn an_ambiguous_indication_is_refused_with_the_candidates() {
        let Err(CliError::Refused(text)) = choose(all(), "pores") else { panic!("it was not refused") };
        assert!(text.contains("P-1/2") && text.contains("P-1/3"), "{text}");
    }

    #[test]
    fn an_indication_without_a_series_may_begin_one_and_nonsense_may_not() {
        assert!(matches!(choose(all(), "laxity"), Ok(Match::NoneYet(Indication::Laxity))));
        assert!(matches!(choose(all(), "0303"), Err(CliError::Failed(_))));
    }
}
