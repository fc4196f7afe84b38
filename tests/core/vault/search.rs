//! Finding a patient by what somebody types.

use diptych::model::*;
use diptych::vault::{Op, Vault, VaultError};

use super::{chart, clinic, file, now, person, photo_bytes, receive};

fn found(vault: &Vault, search: &str) -> Vec<String> {
    let rows = vault.patients(search, 0, 100).expect("found");
    assert_eq!(vault.patient_count(search), Ok(rows.len() as u32), "the count of {search:?}");
    rows.into_iter().map(|row| row.patient.code.0).collect()
}

fn with_names(names: &[(&str, &str, &str)]) -> super::Clinic {
    let clinic = clinic();
    clinic
        .vault
        .transact(Op::AddPatient, now(), |tx| {
            names.iter().try_for_each(|(code, given, family)| tx.add_patient(&person(code, given, family)).map(|_| ()))
        })
        .expect("added");
    clinic
}

#[test]
fn names_are_found_in_any_script_without_accents_or_case() {
    let clinic = with_names(&[
        ("1", "Ülle", "Mägi"),
        ("2", "小明", "王小明"),
        ("3", "Γιώργος", "Παπαδόπουλος"),
        ("4", "Łukasz", "Żółć"),
        ("5", "محمد", "حسن"),
        ("6", "김", "민준"),
        ("7", "Søren", "O’Neill"),
    ]);
    let vault = &clinic.vault;
    assert_eq!(found(vault, "ul"), ["1"]);
    assert_eq!(found(vault, "ÜL"), ["1"]);
    assert_eq!(found(vault, "magi"), ["1"]);
    assert_eq!(found(vault, "王小"), ["2"]);
    assert_eq!(found(vault, "王"), ["2"]);
    assert_eq!(found(vault, "小明"), ["2"], "Chinese puts no gaps between words");
    assert_eq!(found(vault, "παπαδοπ"), ["3"]);
    assert_eq!(found(vault, "ΓΙΏΡΓΟΣ"), ["3"]);
    assert_eq!(found(vault, "zolc"), ["4"]);
    assert_eq!(found(vault, "luk zo"), ["4"]);
    assert_eq!(found(vault, "مح"), ["5"]);
    assert_eq!(found(vault, "민준"), ["6"]);
    assert_eq!(found(vault, "o'neill"), ["7"]);
    assert_eq!(found(vault, "soren"), ["7"]);
}

#[test]
fn one_and_two_characters_are_beginnings_and_three_are_found_inside_words() {
    let clinic = with_names(&[("K-17", "Marlene", "Arlt"), ("K-18", "Carl", "Berg"), ("X-1", "Anna-Lena", "Karlsson")]);
    let vault = &clinic.vault;
    assert_eq!(found(vault, "ar"), ["K-17"], "only beginnings of words");
    assert_eq!(found(vault, "arl"), ["K-17", "K-18", "X-1"], "also inside words");
    assert_eq!(found(vault, "le"), ["X-1"], "a part behind a hyphen begins a word");
    assert_eq!(found(vault, "17"), ["K-17"]);
    assert_eq!(found(vault, "k-1"), ["K-17", "K-18"]);
    assert_eq!(found(vault, "be ca"), ["K-18"], "every word must fit");
    assert_eq!(found(vault, "zz"), Vec::<String>::new());
}

#[test]
fn what_fits_best_comes_first_and_then_the_family_name() {
    let clinic = with_names(&[
        ("21", "Marta", "Weber"),
        ("210", "Anna", "Marten"),
        ("3", "Martin", "Abel"),
        ("4", "Otto", "Lamarr"),
        ("5", "Bea", "Marquardt"),
    ]);
    let vault = &clinic.vault;
    assert_eq!(found(vault, "mar"), ["5", "210", "3", "21", "4"], "families, then given names, then insides");
    assert_eq!(found(vault, "21"), ["21", "210"], "a code typed whole comes first");
    assert_eq!(found(vault, "weber mar"), found(vault, "mar weber"));
}

#[test]
fn another_connection_sees_a_new_name_at_once() {
    let clinic = with_names(&[("1", "Anna", "Alt")]);
    let other = clinic.vault.clone();
    assert_eq!(found(&other, "neu").len(), 0);
    let add = |tx: &diptych::vault::Tx<'_>| tx.add_patient(&person("2", "Bea", "Neumann"));
    let _id = clinic.vault.transact(Op::AddPatient, now(), add).expect("added");
    assert_eq!(found(&other, "neu"), ["2"]);
    let refused = clinic.vault.transact(Op::AddPatient, now(), |tx| {
        let _id = tx.add_patient(&person("3", "Cem", "Neumann"))?;
        Err::<(), _>(VaultError::Refused("a change of mind"))
    });
    assert!(refused.is_err());
    assert_eq!(found(&other, "neu"), ["2"]);
}

#[test]
fn operators_and_quotes_are_only_text() {
    let clinic = with_names(&[("1", "Ann \"Annie\"", "O'Hara"), ("2", "Bo", "NOT")]);
    for hostile in ["\"", "'", "*", "a*", "NEAR(", "a OR b", "-", "();--", "%", "_", "\\", "\0", "search:ann", "^an"] {
        let _found = found(&clinic.vault, hostile);
    }
    assert_eq!(found(&clinic.vault, "\"annie\""), ["1"]);
    assert_eq!(found(&clinic.vault, "not"), ["2"]);
    assert_eq!(found(&clinic.vault, "%"), Vec::<String>::new());
}

#[test]
fn an_edited_name_is_found_by_its_new_form_only_until_it_is_undone() {
    let clinic = with_names(&[("1", "Anna", "Alt")]);
    let id = clinic.vault.patient_by_code("1").expect("read").expect("there").id;
    let edit = |tx: &diptych::vault::Tx<'_>| tx.edit_patient(id, &person("1", "Anna", "Neumann"));
    clinic.vault.transact(Op::EditPatient, now(), edit).expect("edited");
    assert_eq!((found(&clinic.vault, "alt").len(), found(&clinic.vault, "neum").len()), (0, 1));
    assert_eq!(clinic.vault.undo(now()), Ok(Op::EditPatient));
    assert_eq!((found(&clinic.vault, "alt").len(), found(&clinic.vault, "neum").len()), (1, 0));
}

#[test]
fn a_list_comes_in_windows_by_family_name_with_its_counts() {
    let clinic =
        with_names(&[("1", "Anna", "Öztürk"), ("2", "Bea", "Abel"), ("3", "Cem", "Müller"), ("4", "Dan", "Zech")]);
    assert_eq!(found(&clinic.vault, ""), ["2", "3", "1", "4"]);
    let window = clinic.vault.patients("", 1, 2).expect("a window");
    assert_eq!(window.iter().map(|row| row.patient.code.0.as_str()).collect::<Vec<_>>(), ["3", "1"]);
    let chart = chart(&clinic.vault, "5");
    let _photo = file(&clinic.vault, receive(&clinic.vault, &photo_bytes(1, 100)), chart.cell());
    let row = clinic.vault.patients("magi", 0, 1).expect("found").remove(0);
    assert_eq!((row.open_series, row.photos, row.last_visit), (1, 1, Some(super::day(2026, 1, 14))));
    let finish = |tx: &diptych::vault::Tx<'_>| tx.set_series_state(chart.series, SeriesState::Finished);
    clinic.vault.transact(Op::EditSeries, now(), finish).expect("finished");
    assert_eq!(clinic.vault.patients("magi", 0, 1).expect("found")[0].open_series, 0);
}

#[test]
fn two_patients_never_have_one_code() {
    let clinic = with_names(&[("1", "A", "A"), ("2", "B", "B")]);
    let again = clinic.vault.transact(Op::AddPatient, now(), |tx| tx.add_patient(&person(" 1 ", "C", "C")));
    assert_eq!(again, Err(VaultError::CodeTaken));
    let id = clinic.vault.patient_by_code("2").expect("read").expect("there").id;
    let edited = clinic.vault.transact(Op::EditPatient, now(), |tx| tx.edit_patient(id, &person("1", "B", "B")));
    assert_eq!(edited, Err(VaultError::CodeTaken));
}
