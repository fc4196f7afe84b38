//! One program at a time: an operating-system lock that ends with the process, however it ends.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use super::error::{Result, VaultError};

/// The file that is locked; it stays where it is while somebody may hold it.
pub const LOCK_FILE: &str = "vault.lock";
/// Apart from the lock file, because Windows forbids others to read a locked one.
pub(super) const HOLDER_FILE: &str = "vault.holder";

/// Held while the vault is open.
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of the vault in `dir` for `login`, or says who holds it.
    pub(super) fn take(dir: &Path, login: &str) -> Result<Self> {
        let file = File::options().create(true).truncate(false).write(true).open(dir.join(LOCK_FILE))?;
        match crate::fsx::lock(&file) {
            Ok(()) => {
                let holder = format!("process {} on {}, user {login}", std::process::id(), computer());
                match crate::fsx::write_atomic(&dir.join(HOLDER_FILE), holder.as_bytes()) {
                    // Better nobody is named than somebody else.
                    Err(error) if crate::fsx::is_disk_full(&error) => {
                        let _ = fs::remove_file(dir.join(HOLDER_FILE));
                    }
                    other => other?,
                }
                Ok(Self { _file: file })
            }
            Err(TryLockError::WouldBlock) => {
                let holder = fs::read_to_string(dir.join(HOLDER_FILE)).unwrap_or_else(|_| "another program".into());
                Err(VaultError::InUse { holder })
            }
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }
}

/// Keeps other programs out of a folder that holds a vault, or the rest of one, while it is replaced.
pub struct Hold {
    _lock: Option<Lock>,
}

impl Hold {
    /// Takes the vault in `dir` for `login`, or says who has it open. A folder that is not there is free.
    pub fn take(dir: &Path, login: &str) -> Result<Self> {
        let lock = if dir.is_dir() { Some(Lock::take(dir, login)?) } else { None };
        Ok(Self { _lock: lock })
    }
}

/// Name of this computer where the system tells it in a file.
fn computer() -> String {
    ["/proc/sys/kernel/hostname", "/etc/hostname"]
        .iter()
        .find_map(|path| fs::read_to_string(path).ok())
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "this computer".into())
}
