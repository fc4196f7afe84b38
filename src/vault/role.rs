//! Roles, and which of them may do what.

use crate::model::series::vocabulary;

use super::Vault;
use super::error::{Result, VaultError};
use super::op::{Op, OpKind};

vocabulary! {
    /// What a user of the vault may do.
    Role {
        Owner = "owner", "owner";
        Clinician = "clinician", "clinician";
        Assistant = "assistant", "assistant";
        Viewer = "viewer", "viewer";
    }
}

/// Whether a user of this role may do this.
///
/// Enforced by the program, not by cryptography: whoever knows any passphrase holds the root key.
#[must_use]
pub fn may(role: Role, op: Op) -> bool {
    match op {
        // Everybody's passphrase is their own; the printed code opens the vault as its owner.
        Op::ChangePassphrase | Op::StrengthenKeys => true,
        Op::ResetPassphrase | Op::ReplaceRecoveryCode | Op::AddUser | Op::DisableUser | Op::ChangeRole | Op::Erase => {
            role == Role::Owner
        }
        _ => match role {
            Role::Owner | Role::Clinician => true,
            Role::Assistant => !matches!(op, Op::Publish | Op::MergePatients),
            // Aligned pictures are computed while somebody looks at them.
            Role::Viewer => op.kind() == OpKind::Engine && op != Op::ReceivePhoto,
        },
    }
}

/// What the printed code is for, and what is computed while somebody looks.
fn may_by_code(op: Op) -> bool {
    matches!(op, Op::BackUp | Op::ChangePassphrase | Op::ReplaceRecoveryCode | Op::Align)
}

impl Vault {
    /// Refuses with [`VaultError::NotInRole`] what the user's role does not include: asked before work that would be
    /// refused at its end.
    ///
    /// Whoever came in by the printed code looks, backs up and sets a passphrase before anything else: the code was typed
    /// somewhere, and a vault that goes on as before would be open to it for ever.
    pub fn may(&self, op: Op) -> Result<()> {
        const BY_CODE: VaultError = VaultError::Refused(
            "the recovery code lets you look, back up, and set a new passphrase (diptych user passphrase --recovery-code), which comes first",
        );
        if self.opened_by_recovery_code() && !may_by_code(op) {
            return Err(BY_CODE);
        }
        if may(self.user().role, op) { Ok(()) } else { Err(VaultError::NotInRole) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who may do what, whole: a new change has to be entered here.
    const TABLE: &[(Op, &str)] = &[
        (Op::AddPatient, "owner clinician assistant"),
        (Op::EditPatient, "owner clinician assistant"),
        (Op::AddSeries, "owner clinician assistant"),
        (Op::EditSeries, "owner clinician assistant"),
        (Op::AddSession, "owner clinician assistant"),
        (Op::EditSession, "owner clinician assistant"),
        (Op::FilePhotos, "owner clinician assistant"),
        (Op::MovePhoto, "owner clinician assistant"),
        (Op::MoveSession, "owner clinician assistant"),
        // It may widen what is allowed.
        (Op::MergePatients, "owner clinician"),
        (Op::ReceivePhoto, "owner clinician assistant"),
        (Op::RecordConsent, "owner clinician assistant"),
        (Op::SetReference, "owner clinician assistant"),
        (Op::PlacePhoto, "owner clinician assistant"),
        (Op::SetScale, "owner clinician assistant"),
        (Op::Align, "owner clinician assistant viewer"),
        (Op::Publish, "owner clinician"),
        (Op::Export, "owner clinician assistant"),
        (Op::ChangePassphrase, "owner clinician assistant viewer"),
        (Op::ResetPassphrase, "owner"),
        (Op::ReplaceRecoveryCode, "owner"),
        (Op::StrengthenKeys, "owner clinician assistant viewer"),
        (Op::AddUser, "owner"),
        (Op::DisableUser, "owner"),
        (Op::ChangeRole, "owner"),
        (Op::Undo, "owner clinician assistant"),
        (Op::Redo, "owner clinician assistant"),
        // The copy is as encrypted as the vault, and a repair puts back the very bytes that were filed.
        (Op::BackUp, "owner clinician assistant"),
        (Op::Repair, "owner clinician assistant"),
        (Op::AddAttachment, "owner clinician assistant"),
        (Op::MoveAttachment, "owner clinician assistant"),
        (Op::Erase, "owner"),
    ];

    #[test]
    fn everybody_may_do_what_the_table_says_and_nothing_else() {
        let names: Vec<Op> = TABLE.iter().map(|(op, _)| *op).collect();
        assert_eq!(names, Op::ALL, "every change is in the table");
        for &(op, roles) in TABLE {
            let may: Vec<&str> = Role::ALL.iter().filter(|&&role| may(role, op)).map(|role| role.key()).collect();
            assert_eq!(may.join(" "), roles, "{}", op.key());
        }
    }
}
