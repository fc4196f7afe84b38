//! The reasons for a change, and what each means for undo and audit.

use crate::model::series::vocabulary;

vocabulary! {
    /// Every change names its reason.
    Op {
        AddPatient = "add-patient", "Adding a patient";
        EditPatient = "edit-patient", "Editing a patient";
        AddSeries = "add-series", "Adding a series";
        EditSeries = "edit-series", "Editing a series";
        AddSession = "add-session", "Adding a session";
        EditSession = "edit-session", "Editing a session";
        FilePhotos = "file-photos", "Filing photos";
        MovePhoto = "move-photo", "Moving a photo";
        MoveSession = "move-session", "Moving a session";
        MergePatients = "merge-patients", "Merging two patients";
        ReceivePhoto = "receive-photo", "Receiving a photo";
        RecordConsent = "record-consent", "Recording a consent";
        SetReference = "set-reference", "Choosing a reference photo";
        PlacePhoto = "place-photo", "Placing a photo";
        SetScale = "set-scale", "Setting a scale";
        Align = "align", "Aligning";
        Publish = "publish", "Publishing";
        Export = "export", "Exporting";
        ChangePassphrase = "change-passphrase", "Changing a passphrase";
        ResetPassphrase = "reset-passphrase", "Giving a user a new passphrase";
        ReplaceRecoveryCode = "replace-recovery-code", "Replacing the recovery code";
        StrengthenKeys = "strengthen-keys", "Strengthening a passphrase's protection";
        AddUser = "add-user", "Adding a user";
        DisableUser = "disable-user", "Disabling a user";
        ChangeRole = "change-role", "Changing a role";
        Undo = "undo", "Undoing";
        Redo = "redo", "Redoing";
        BackUp = "back-up", "Backing up";
        Repair = "repair", "Repairing originals";
        AddAttachment = "add-attachment", "Attaching a document";
        MoveAttachment = "move-attachment", "Moving a document";
        Erase = "erase", "Erasing a patient";
    }
}

/// How a change is followed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpKind {
    /// A person's filing, moving or editing: audited, and undone by its author.
    Undoable,
    /// Keys, roles, consent, erasure, export: audited, never undone, only followed by another.
    Corrective,
    /// Work the program does by itself: neither audited one by one nor undone.
    Engine,
}

impl Op {
    /// Whether it has a function of its own, which alone may use its name: users, keys, the undo, an erasure.
    #[must_use]
    pub(super) const fn goes_its_own_way(self) -> bool {
        matches!(
            self,
            Self::ChangePassphrase
                | Self::ResetPassphrase
                | Self::ReplaceRecoveryCode
                | Self::StrengthenKeys
                | Self::AddUser
                | Self::DisableUser
                | Self::ChangeRole
                | Self::Undo
                | Self::Redo
                | Self::Erase
        )
    }

    /// How it is followed up.
    #[must_use]
    pub const fn kind(self) -> OpKind {
        match self {
            Self::AddPatient
            | Self::EditPatient
            | Self::AddSeries
            | Self::EditSeries
            | Self::AddSession
            | Self::EditSession
            | Self::FilePhotos
            | Self::MovePhoto
            | Self::MoveSession
            | Self::MergePatients
            | Self::SetReference
            | Self::PlacePhoto
            | Self::SetScale
            | Self::MoveAttachment => OpKind::Undoable,
            Self::RecordConsent
            | Self::Publish
            | Self::Export
            | Self::ChangePassphrase
            | Self::ResetPassphrase
            | Self::ReplaceRecoveryCode
            | Self::StrengthenKeys
            | Self::AddUser
            | Self::DisableUser
            | Self::ChangeRole
            | Self::Undo
            | Self::Redo
            | Self::BackUp
            | Self::Repair
            | Self::AddAttachment
            | Self::Erase => OpKind::Corrective,
            Self::ReceivePhoto | Self::Align => OpKind::Engine,
        }
    }
}
