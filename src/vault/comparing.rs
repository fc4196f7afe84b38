//! Whether photos of a card may be compared with those of patients to suggest whose they are: a decision of the clinic,
//! because finding out who somebody is by pictures of them is biometric processing in some countries.

use super::error::Result;
use super::op::Op;
use super::pool::lock;
use super::{Vault, table};

const KEY: &str = "compare-patients";

impl Vault {
    /// Whether they may; they may until an owner says otherwise.
    pub fn compares_patients(&self) -> Result<bool> {
        Ok(self.inner.readers.read(|conn| table::setting::get(conn, KEY))?.unwrap_or(true))
    }

    /// An owner's decision for the whole clinic.
    pub fn set_compares_patients(&self, may: bool) -> Result<()> {
        self.may(Op::ChangeRole)?;
        table::setting::put(&lock(&self.inner.writer), KEY, &may)
    }
}

#[cfg(test)]
mod tests {
    use crate::vault::tests::{created, opened};

    #[test]
    fn the_decision_of_an_owner_holds_for_the_vault() {
        let (folder, vault) = created();
        assert_eq!(vault.compares_patients(), Ok(true));
        assert_eq!(vault.set_compares_patients(false), Ok(()));
        drop(vault);
        assert_eq!(opened(&folder, crate::vault::blob::VOLUME_LIMIT).compares_patients(), Ok(false));
    }
}
