//! What a vault shows to whoever opens it, as lines that can be compared.

use std::path::Path;

use super::now;
use super::scenario::{PEOPLE, VAULT};
use crate::backup;
use crate::progress::Progress;
use crate::vault::{AuditCheck, CheckRequest, Passphrase, Secret, Vault, VaultError, key_file_opens};

/// Events of the audit that belong to the opening itself, and to what it settles.
const OF_OPENINGS: [&str; 3] = ["unlock", "keys-unchanged", "create-vault"];

/// What is written in the line of each backup.
pub const BACKUP: &str = "backup ";

/// Everything that was filed and entered, each original read.
pub fn of(vault: &Vault, dest: Option<&Path>) -> Vec<String> {
    let mut lines = Vec::new();
    for row in vault.patients("", 0, 1000).expect("patients") {
        let id = row.patient.id;
        lines.push(format!("patient {} {} {}", id.0, row.patient.code.0, row.patient.given.0));
        for consent in vault.consents(id).expect("consents") {
            lines.push(format!("consent {} {:?} {:?}", id.0, consent.purpose, consent.event));
        }
        for document in vault.attachments(id).expect("documents") {
            let bytes = vault.attachment_bytes(document.id).expect("a document");
            lines.push(format!("document {} of {} {}", document.id.0, id.0, String::from_utf8_lossy(&bytes)));
        }
        for series in vault.series_of(id).expect("series") {
            let board = vault.board(series.id).expect("a board");
            lines.push(format!("series {} of {} {:?}", series.id.0, id.0, series.state));
            lines.extend(board.sessions.iter().map(|s| format!("session {} {} {:?}", s.id.0, s.date, s.kind)));
            for photo in &board.photos {
                let bytes = vault.original(photo.id).expect("an original");
                assert_eq!(crate::import::scan::hash(&bytes), photo.hash, "never another picture");
                let place = (photo.session, photo.view, photo.slot, photo.phase);
                lines.push(format!("photo {} {place:?} {} {}", photo.id.0, photo.hash, photo.file_name.0));
            }
        }
    }
    for item in vault.tray().expect("the tray") {
        let bytes = vault.tray_original(item.id).expect("an original");
        assert_eq!(crate::import::scan::hash(&bytes), item.hash, "never another picture");
        lines.push(format!("tray {} {} {}", item.hash, item.file_name.0, item.picture.is_some()));
    }
    for erased in vault.erased().expect("erased") {
        lines.push(format!("erased {} {:?}", erased.patient.0, erased.uid));
    }
    lines.push(format!("waiting erasures {}", vault.unfinished_erasures().expect("asked").len()));
    for member in vault.users().expect("users") {
        lines.push(format!("user {} {:?} {}", member.login, member.role, member.disabled));
    }
    let audit = vault.audit(100_000).expect("the audit");
    let told = audit.iter().rev().filter(|row| !OF_OPENINGS.contains(&row.op.as_str()));
    lines.extend(told.map(|row| format!("audit {} {}", row.op, without_places(&row.subject))));
    lines.push(format!("undo {:?}", vault.last_undoable().expect("asked").map(|entry| entry.words())));
    lines.push(format!("last backup {:?}", vault.last_backup().expect("asked").map(|last| last.generation)));
    if let Some(dest) = dest.filter(|dest| dest.exists()) {
        let key = vault.backup_key().expect("a key");
        let listing = backup::list(dest, &key).expect("listed");
        assert_eq!(listing.unreadable, [0; 0], "half a backup is never offered");
        lines.extend(listing.generations.iter().map(|generation| format!("{BACKUP}{}", generation.number)));
    }
    lines
}

/// The subject of an audit row without the place of another one: each opening has a row too.
fn without_places(subject: &str) -> String {
    let mut subject: serde_json::Value = serde_json::from_str(subject).expect("JSON");
    let _place = subject.as_object_mut().and_then(|fields| fields.remove("undoes"));
    subject.to_string()
}

/// Which of the scenarios' people come in by which passphrase.
pub fn doors(folder: &Path) -> Vec<String> {
    let opens = |login: &str, phrase: &str| {
        let passphrase = Passphrase::new(phrase);
        match key_file_opens(&folder.join(VAULT), &Secret::Passphrase(login, &passphrase)) {
            Ok(()) => true,
            Err(VaultError::WrongPassphrase | VaultError::UnknownLogin) => false,
            Err(other) => panic!("{other}"),
        }
    };
    PEOPLE.iter().map(|(login, phrase)| format!("door {login} {phrase} {}", opens(login, phrase))).collect()
}

/// A verification finds nothing, and the audit is whole.
pub fn is_sound(vault: &Vault) {
    let report = vault.check(&CheckRequest::default(), now(), &Progress::silent()).expect("checked");
    assert_eq!(report.findings, [], "the verification");
    assert!(matches!(vault.check_audit(), Ok(AuditCheck::Whole { .. })), "the audit");
}
