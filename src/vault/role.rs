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
        Op::ChangePassphrase => true,
        Op::ReplaceRecoveryCode => role == Role::Owner,
        _ => match role {
            Role::Owner | Role::Clinician => true,
            Role::Assistant => op != Op::Publish,
            // Aligned pictures are computed while somebody looks at them.
            Role::Viewer => op.kind() == OpKind::Engine && op != Op::ReceivePhoto,
        },
    }
}

impl Vault {
    /// Refuses with [`VaultError::NotInRole`] what the user's role does not include: asked before work that would be
    /// refused at its end.
    pub fn may(&self, op: Op) -> Result<()> {
        if may(self.user().role, op) { Ok(()) } else { Err(VaultError::NotInRole) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_viewer_changes_no_record() {
        let allowed: Vec<Op> = Op::ALL.iter().copied().filter(|&op| may(Role::Viewer, op)).collect();
        assert_eq!(allowed, [Op::Align, Op::ChangePassphrase]);
    }

    #[test]
    fn an_assistant_files_but_does_not_publish() {
        assert!(may(Role::Assistant, Op::FilePhotos) && may(Role::Assistant, Op::RecordConsent));
        assert!(!may(Role::Assistant, Op::Publish));
    }

    #[test]
    fn only_the_owner_replaces_the_printed_code_and_everybody_their_own_passphrase() {
        for &role in Role::ALL {
            assert_eq!(may(role, Op::ReplaceRecoveryCode), role == Role::Owner);
            assert!(may(role, Op::ChangePassphrase));
        }
    }
}
