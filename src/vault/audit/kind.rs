//! What an audit row is about: a change of the records, or an event that changes none.

use crate::model::series::vocabulary;
use crate::vault::op::{Op, OpKind};

vocabulary! {
    /// What is audited although no record changes.
    AuditEvent {
        Created = "create-vault", "Creating the vault";
        Unlocked = "unlock", "Unlocking";
        UnlockedByCode = "unlock-by-recovery-code", "Unlocking with the recovery code";
        PatientOpened = "open-patient", "Opening a patient";
        KeysUnchanged = "keys-unchanged", "Taking back an interrupted change of keys";
        RecordsCut = "records-cut", "Finding that the end of the records was missing";
        LogBroken = "log-broken", "Finding that a log of changes breaks off";
        ErasureBegun = "erasure-begun", "Beginning an erasure";
        ErasureTakenBack = "erasure-taken-back", "Taking an erasure back";
        ErasureFinished = "erasure-finished", "Finishing an erasure";
        Restored = "restore", "Restoring from a backup";
    }
}

/// The kind of an audit row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AuditKind {
    /// A change.
    Change(Op),
    /// An event.
    Event(AuditEvent),
}

impl From<Op> for AuditKind {
    fn from(op: Op) -> Self {
        Self::Change(op)
    }
}

impl From<AuditEvent> for AuditKind {
    fn from(event: AuditEvent) -> Self {
        Self::Event(event)
    }
}

impl AuditKind {
    /// Every kind that a row can have: events first, then the changes. The program's own work leaves no rows.
    pub fn all() -> impl Iterator<Item = Self> {
        let changes = Op::ALL.iter().filter(|op| op.kind() != OpKind::Engine).map(|&op| Self::Change(op));
        AuditEvent::ALL.iter().map(|&event| Self::Event(event)).chain(changes)
    }

    /// Stable key, as it is stored.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Change(op) => op.key(),
            Self::Event(event) => event.key(),
        }
    }

    /// Words for a person.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Change(op) => op.words(),
            Self::Event(event) => event.words(),
        }
    }

    /// Reads a key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::all().find(|kind| kind.key() == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_that_can_be_written_is_read_again_by_its_key() {
        let events = AuditEvent::ALL.iter().map(|&event| AuditKind::from(event));
        let written = Op::ALL.iter().filter(|op| op.kind() != OpKind::Engine).map(|&op| AuditKind::from(op));
        for kind in events.chain(written) {
            assert_eq!(AuditKind::from_key(kind.key()), Some(kind));
            assert!(!kind.words().is_empty(), "{}", kind.key());
        }
    }

    #[test]
    fn no_two_kinds_share_a_key() {
        let mut keys: Vec<_> = AuditKind::all().map(AuditKind::key).collect();
        let all = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), all);
        assert_eq!(AuditKind::from_key("align"), None, "the program's own work is not audited");
    }
}
