//! How far somebody has come with sorting the tray: one text a vault, which only whoever wrote it understands. It is part of
//! the encrypted records, and in every backup; it is no record of a patient, and so neither audited nor undone.

use rusqlite::Connection;

use super::error::Result;
use super::op::Op;
use super::pool::lock;
use super::{Vault, table};

const KEY: &str = "draft";

impl Vault {
    /// What was kept last.
    pub fn draft(&self) -> Result<Option<String>> {
        self.inner.readers.read(|conn| table::setting::get(conn, KEY))
    }

    /// Keeps a text in the place of what was there.
    pub fn keep_draft(&self, text: &str) -> Result<()> {
        self.may(Op::ReceivePhoto)?;
        table::setting::put(&lock(&self.inner.writer), KEY, &text)
    }
}

/// Somebody is erased: nobody here knows whether it speaks of their photos.
pub(super) fn forget(conn: &Connection) -> Result<()> {
    table::setting::remove(conn, KEY)
}

#[cfg(test)]
mod tests {
    use crate::vault::tests::{created, opened};

    #[test]
    fn a_draft_is_there_after_a_restart_and_nowhere_readable_at_rest() {
        let (folder, vault) = created();
        assert_eq!(vault.draft(), Ok(None));
        assert_eq!(vault.keep_draft("first words"), Ok(()));
        assert_eq!(vault.keep_draft("planted words"), Ok(()));
        assert_eq!(vault.draft().as_ref().map(Option::as_deref), Ok(Some("planted words")));
        drop(vault);
        let mut files = 0;
        for file in std::fs::read_dir(folder.path()).expect("a folder") {
            let bytes = std::fs::read(file.expect("an entry").path()).expect("read");
            assert!(!bytes.windows(13).any(|part| part == b"planted words"));
            files += 1;
        }
        assert!(files > 1, "the vault's own files were looked at");
        let again = opened(&folder, crate::vault::blob::VOLUME_LIMIT);
        assert_eq!(again.draft().as_ref().map(Option::as_deref), Ok(Some("planted words")));
    }
}
