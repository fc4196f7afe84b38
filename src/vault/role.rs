//! Roles, and which of them may do what.

use crate::model::series::vocabulary;

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
    match role {
        Role::Owner | Role::Clinician => true,
        Role::Assistant => op != Op::Publish,
        // Aligned pictures are computed while somebody looks at them.
        Role::Viewer => op.kind() == OpKind::Engine && op != Op::ReceivePhoto,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_viewer_changes_no_record() {
        let allowed: Vec<Op> = Op::ALL.iter().copied().filter(|&op| may(Role::Viewer, op)).collect();
        assert_eq!(allowed, [Op::Align]);
    }

    #[test]
    fn an_assistant_files_but_does_not_publish() {
        assert!(may(Role::Assistant, Op::FilePhotos) && may(Role::Assistant, Op::RecordConsent));
        assert!(!may(Role::Assistant, Op::Publish));
    }
}
