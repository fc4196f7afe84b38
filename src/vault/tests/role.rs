//! Roles are asked before any work.

use super::*;
use crate::vault::pool::lock;

#[test]
fn a_refused_change_is_refused_before_its_work_begins() {
    let (folder, vault) = created();
    let _rows = lock(&vault.inner.writer).execute("UPDATE user SET role = 'viewer'", []).expect("demoted");
    drop(vault);
    let vault = opened(&folder, blob::VOLUME_LIMIT);
    let mut began = false;
    let refused = vault.transact(Op::Publish, now(), |_| {
        began = true;
        Ok(())
    });
    assert_eq!((refused, began), (Err(VaultError::NotInRole), false));
    assert_eq!(vault.may(Op::Publish), Err(VaultError::NotInRole));
    assert_eq!(vault.may(Op::Align), Ok(()));
    assert_eq!(receive(&vault, b"x"), Err(VaultError::NotInRole));
    assert_eq!(vault.record_export(Export::Composite, &[], now()), Err(VaultError::NotInRole));
    assert_eq!(vault.replace_recovery_code(KdfCost::TESTS, now()).map(|_| ()), Err(VaultError::NotInRole));
    vault.change_passphrase(Some(&secret()), &Passphrase::new("own"), KdfCost::TESTS, now()).expect("their own");
}
