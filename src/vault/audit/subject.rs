//! The subject of an audit row, read again: which rows it names, and how it is said. Ids and field names only.

use std::collections::{BTreeSet, HashSet};

use serde_json::{Map, Value};

use crate::compare::matching::Tone;
use crate::model::text::counted;

/// The rows of one kind that a subject names under one verb.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) kind: String,
    pub(super) ids: BTreeSet<i64>,
}

/// Every row that is named, whatever happened to it: under what happened, or by itself.
pub(super) fn named(subject: &str) -> Vec<Named> {
    let Some(subject) = object(subject) else { return Vec::new() };
    let mut named = Vec::new();
    for (name, value) in subject {
        match value {
            Value::Object(kinds) => named.extend(kinds.iter().map(|(kind, rows)| (kind.clone(), ids(rows)))),
            Value::Array(_) => named.push((name, ids(&value))),
            _ => {}
        }
    }
    named.into_iter().filter(|(_, ids)| !ids.is_empty()).map(|(kind, ids)| Named { kind, ids }).collect()
}

/// Rows by kind and id, to be looked for in subjects.
pub(super) struct Theirs {
    rows: HashSet<(String, i64)>,
    ids: HashSet<i64>,
}

impl Theirs {
    pub(super) fn new(rows: Vec<(String, i64)>) -> Self {
        Self { ids: rows.iter().map(|(_, id)| *id).collect(), rows: rows.into_iter().collect() }
    }

    /// Whether a subject names one of them.
    pub(super) fn are_named_in(&self, subject: &str) -> bool {
        // An id stands in a subject in digits, wherever it is.
        let mut numbers = subject.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok());
        let is_theirs = |named: Named| {
            let mut rows = named.ids.iter().map(|&id| (named.kind.clone(), id));
            rows.any(|row| self.rows.contains(&row))
        };
        numbers.any(|id| self.ids.contains(&id)) && named(subject).into_iter().any(is_theirs)
    }
}

/// The users that are named and nothing but users, with the role they got; none when it is about something else.
pub(super) fn users(subject: &str) -> Option<(BTreeSet<i64>, Option<String>)> {
    let named = named(subject);
    let ids = named.iter().filter(|n| n.kind == "user").flat_map(|n| n.ids.iter().copied()).collect();
    let only = !named.is_empty() && named.iter().all(|n| n.kind == "user");
    let role = object(subject)?.get("role").and_then(Value::as_str).map(str::to_owned);
    only.then_some((ids, role))
}

/// "12 photos and 1 session added; patient: family changed". Empty when there is nothing to say.
pub(super) fn words(subject: &str) -> String {
    let Some(subject) = object(subject) else { return String::new() };
    let photos = subject.values().any(|kinds| kinds.get("photo").is_some());
    // A photo that is filed leaves the tray, and one that is taken back returns: said once.
    let is_said = |kinds: &Value| !(photos && kinds.as_object().is_some_and(|k| k.keys().all(|kind| kind == "tray")));
    let parts = subject.iter().filter(|(_, kinds)| is_said(kinds));
    let parts: Vec<String> = parts.filter_map(|(verb, value)| part(verb, value)).collect();
    parts.join("; ")
}

fn part(verb: &str, value: &Value) -> Option<String> {
    let number = |value: &Value| value.as_i64();
    match (verb, value) {
        // Said by the patients' codes.
        ("opened" | "vault" | "left", _) => None,
        ("changed", Value::Object(kinds)) => {
            let fields = kinds.iter().filter_map(|(kind, rows)| Some((kind, rows.as_object()?)));
            let said: Vec<String> = fields.map(|(kind, rows)| changed(kind, rows)).collect();
            (!said.is_empty()).then(|| format!("{} changed", said.join(", ")))
        }
        ("exported", Value::Object(what)) => Some(exported(what)),
        (verb, Value::Object(kinds)) => {
            let said: Vec<String> = kinds.iter().map(|(kind, rows)| how_many(kind, ids(rows).len())).collect();
            (!said.is_empty()).then(|| format!("{} {verb}", listed(&said)))
        }
        ("role", Value::String(role)) => Some(format!("as {role}")),
        ("undoes", value) => number(value).map(|seq| format!("takes back row {seq}")),
        ("generation", value) => number(value).map(|n| format!("backup {n}")),
        ("anchored", value) => number(value).map(|seq| format!("rows up to {seq} were there once")),
        ("erase_again", Value::Array(again)) if again.is_empty() => None,
        ("erase_again", Value::Array(again)) => Some(format!("{} to erase again", how_many("patient", again.len()))),
        ("originals", value) => number(value).map(|n| counted(n, "original")),
        (kind, Value::Array(rows)) => Some(how_many(kind, rows.len())),
        _ => None,
    }
}

fn changed(kind: &str, rows: &Map<String, Value>) -> String {
    let names = rows.values().filter_map(Value::as_array).flatten().filter_map(Value::as_str);
    let fields: BTreeSet<String> = names.map(|name| name.replace(['_', '-'], " ")).collect();
    let fields: Vec<String> = fields.into_iter().collect();
    let what = if rows.len() == 1 { plain(kind) } else { how_many(kind, rows.len()) };
    if fields.is_empty() { what } else { format!("{what}: {}", listed(&fields)) }
}

fn exported(what: &Map<String, Value>) -> String {
    let form = what.get("as").and_then(Value::as_str).unwrap_or_default();
    let of = |kind: &str| what.get(kind).map_or(0, |rows| ids(rows).len());
    let said = match (of("photo"), form) {
        (0, "list") => format!("{form} of {}", how_many("patient", of("patient"))),
        (0, _) => form.to_owned(),
        (photos, _) => format!("{form} of {}", how_many("photo", photos)),
    };
    match what.get("matched").and_then(matched) {
        Some(difference) => format!("{said}, matched: the difference of {} was taken out", difference.words()),
        None => said,
    }
}

fn matched(value: &Value) -> Option<Tone> {
    let number = |name| value.get(name).and_then(Value::as_f64);
    Some(Tone { ev: number("ev")?, mired: number("mired")? })
}

fn how_many(kind: &str, count: usize) -> String {
    match kind {
        "tray" => format!("{} in the tray", counted(count as i64, "photo")),
        kind => counted(count as i64, &plain(kind)),
    }
}

/// The name of a kind of row, as a person says it.
fn plain(kind: &str) -> String {
    match kind {
        "tray" => "photo in the tray".to_owned(),
        "case_entry" => "case".to_owned(),
        "blob" => "original".to_owned(),
        "vault_state" => "vault".to_owned(),
        "alignment_current" => "placement".to_owned(),
        other => other.replace('_', " "),
    }
}

fn listed(parts: &[String]) -> String {
    match parts {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        parts => parts.join(""),
    }
}

/// Rows as they are written: an array of ids, or an object whose keys they are.
fn ids(rows: &Value) -> BTreeSet<i64> {
    match rows {
        Value::Array(ids) => ids.iter().filter_map(Value::as_i64).collect(),
        Value::Object(rows) => rows.keys().filter_map(|id| id.parse().ok()).collect(),
        _ => BTreeSet::new(),
    }
}

fn object(subject: &str) -> Option<Map<String, Value>> {
    match serde_json::from_str(subject) {
        Ok(Value::Object(subject)) => Some(subject),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_said_in_numbers_and_field_names() {
        let said = [
            (r#"{"added":{"photo":[1,2,3],"session":[4]}}"#, "3 photos and 1 session added"),
            (r#"{"changed":{"patient":{"4":["family","search_key"]}}}"#, "patient: family and search key changed"),
            (r#"{"changed":{"photo":{"1":["slot"],"2":["slot"]}}}"#, "2 photos: slot changed"),
            (r#"{"changed":{"alignment_current":{"3":["alignment"]}}}"#, "placement: alignment changed"),
            (r#"{"removed":{"session":[4]},"undoes":7}"#, "1 session removed; takes back row 7"),
            (r#"{"opened":{"patient":[3]}}"#, ""),
            (r#"{"exported":{"as":"composite","patient":[1],"photo":[8,9]}}"#, "composite of 2 photos"),
            (
                r#"{"exported":{"as":"composite","matched":{"ev":-0.41,"mired":6.15},"patient":[1],"photo":[8,9]}}"#,
                "composite of 2 photos, matched: the difference of −0.4 EV, −250 K was taken out",
            ),
            (r#"{"added":{"user":[2]},"role":"viewer"}"#, "1 user added; as viewer"),
            (r#"{"generation":3,"originals":40}"#, "backup 3; 40 originals"),
            (r#"{"erase_again":[],"generation":3}"#, "backup 3"),
            (r#"{"anchored":12}"#, "rows up to 12 were there once"),
            (r#"{"added":{"photo":[1]},"removed":{"tray":[1]}}"#, "1 photo added"),
            (r#"{"removed":{"tray":[1,2]}}"#, "2 photos in the tray removed"),
            (r#"{"blob":[1,5]}"#, "2 originals"),
            (r#"{"exported":{"as":"list","patient":[1,2]}}"#, "list of 2 patients"),
            (r#"{"patient":[4],"erasure":2}"#, "1 patient"),
            (r#"{"volume":[2]}"#, "1 volume"),
            ("{}", ""),
            ("no JSON at all", ""),
            (r#"{"later":{"thing":"x"},"other":true}"#, "0 things later"),
        ];
        for (subject, expected) in said {
            assert_eq!(words(subject), expected, "{subject}");
        }
    }

    #[test]
    fn a_subject_that_is_about_users_names_them_and_their_role() {
        let added = users(r#"{"added":{"user":[2]},"role":"viewer"}"#);
        assert_eq!(added, Some((BTreeSet::from([2]), Some("viewer".to_owned()))));
        assert_eq!(users(r#"{"changed":{"user":{"3":["disabled"]}}}"#), Some((BTreeSet::from([3]), None)));
        assert_eq!(users(r#"{"added":{"photo":[3]}}"#), None);
        assert_eq!(users("{}"), None);
    }

    #[test]
    fn rows_are_looked_for_by_kind_and_id_and_not_by_their_number_alone() {
        let theirs = Theirs::new(vec![("patient".to_owned(), 4), ("photo".to_owned(), 12)]);
        for about in [r#"{"patient":[4]}"#, r#"{"added":{"photo":[1,12]}}"#, r#"{"changed":{"photo":{"12":["slot"]}}}"#]
        {
            assert!(theirs.are_named_in(about), "{about}");
        }
        for other in [r#"{"series":[4]}"#, r#"{"added":{"photo":[4]}}"#, r#"{"patient":[12],"undoes":4}"#, "4", ""] {
            assert!(!theirs.are_named_in(other), "{other}");
        }
    }

    #[test]
    fn named_rows_are_found_in_either_spelling() {
        let named = named(
            r#"{"added":{"photo":[3]},"changed":{"patient":{"4":["family"]}},"role":"x","blob":[7],"erasure":1}"#,
        );
        let found: Vec<_> =
            named.iter().map(|n| (n.kind.as_str(), n.ids.iter().copied().collect::<Vec<_>>())).collect();
        assert_eq!(found, [("photo", vec![3]), ("blob", vec![7]), ("patient", vec![4])]);
    }
}
