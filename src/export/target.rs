//! Where an export may be written: never over a file unasked, never over its own sources, never inside a vault.

use std::io::ErrorKind;
use std::path::Path;

use super::ExportError;
use crate::fsx;
use crate::vault::{Vault, VaultError};

/// What happens to a file that stands where the export should go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and the export is refused.
    Keep,
    /// A person said that it may go.
    Replace,
}

/// Whether an export may be written to the file `path`; `sources` are what it is made from.
pub fn check_file(path: &Path, sources: &[&Path], existing: Existing) -> Result<(), ExportError> {
    refuse_inside_vault(path)?;
    require_parent(path)?;
    match path.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.into()),
        Ok(_) if sources.iter().any(|source| is_same(path, source)) => Err(ExportError::IsSource),
        Ok(_) if path.is_dir() => Err(ExportError::IsFolder),
        Ok(_) if existing == Existing::Keep => Err(ExportError::Exists),
        Ok(_) => Ok(()),
    }
}

/// Writes an export whole or not at all, by the rules of [`check_file`].
pub fn write_file(path: &Path, bytes: &[u8], sources: &[&Path], existing: Existing) -> Result<(), ExportError> {
    check_file(path, sources, existing)?;
    match existing {
        Existing::Replace => fsx::write_atomic(path, bytes)?,
        // Somebody else may have written it since it was looked at.
        Existing::Keep => fsx::write_new(path, bytes).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => ExportError::Exists,
            _ => error.into(),
        })?,
    }
    make_readable(path)?;
    Ok(())
}

/// An export is for others than whoever made it, as any file a program saves: a temporary file is for its owner alone.
fn make_readable(path: &Path) -> Result<(), ExportError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Refuses a name that promises another kind of file than the JPEG that is written.
pub fn refuse_other_kind(path: &Path) -> Result<(), ExportError> {
    let ending = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
    if matches!(ending.as_deref(), Some("jpg" | "jpeg")) { Ok(()) } else { Err(ExportError::OtherKind) }
}

/// Refuses a destination in the folder of any vault, or that folder itself.
///
/// Looks as far as the path exists, so that links and ".." do not hide where it lies.
pub fn refuse_inside_vault(destination: &Path) -> Result<(), ExportError> {
    let absolute = std::path::absolute(destination)?;
    let Some(place) = absolute.ancestors().find_map(|folder| folder.canonicalize().ok()) else { return Ok(()) };
    let is_vault = |folder: &Path| {
        matches!(Vault::peek(folder), Ok(_) | Err(VaultError::NewerFormat { .. } | VaultError::DamagedKeyFile))
    };
    if place.ancestors().any(is_vault) { Err(ExportError::InsideVault) } else { Ok(()) }
}

/// Refuses a destination whose folder is not there: a mistyped name, or a disk that is not plugged in.
pub fn require_parent(destination: &Path) -> Result<(), ExportError> {
    if fsx::folder_of(destination).is_dir() { Ok(()) } else { Err(ExportError::NoFolder) }
}

fn is_same(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_is_replaced_only_when_a_person_says_so() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.jpg");
        write_file(&path, b"one", &[], Existing::Keep).expect("written");
        assert!(matches!(write_file(&path, b"two", &[], Existing::Keep), Err(ExportError::Exists)));
        assert_eq!(fs::read(&path).expect("read"), b"one");
        write_file(&path, b"two", &[], Existing::Replace).expect("replaced");
        assert_eq!(fs::read(&path).expect("read"), b"two");
    }

    #[test]
    fn a_source_is_never_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.jpg");
        fsx::write_atomic(&path, b"original").expect("written");
        let roundabout = folder.path().join(".").join("a.jpg");
        assert!(matches!(write_file(&roundabout, b"x", &[&path], Existing::Replace), Err(ExportError::IsSource)));
        assert_eq!(fs::read(&path).expect("read"), b"original");
    }

    #[test]
    fn a_folder_or_a_missing_folder_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let check = |path: &Path| check_file(path, &[], Existing::Replace);
        assert!(matches!(check(folder.path()), Err(ExportError::IsFolder)));
        assert!(matches!(check(&folder.path().join("no").join("a.jpg")), Err(ExportError::NoFolder)));
        assert!(check(&folder.path().join("a.jpg")).is_ok());
    }

    #[test]
    fn nothing_is_written_inside_a_folder_with_a_vault_s_key_file() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("below")).expect("made");
        assert!(refuse_inside_vault(&folder.path().join("below").join("a.jpg")).is_ok());
        // A damaged vault is one all the same.
        fsx::write_atomic(&folder.path().join("vault.toml"), b"format = ?").expect("written");
        for place in ["a.jpg", "below/a.jpg", "below/../a.jpg", "missing/a.jpg"] {
            assert!(
                matches!(refuse_inside_vault(&folder.path().join(place)), Err(ExportError::InsideVault)),
                "{place}"
            );
        }
        assert!(matches!(refuse_inside_vault(folder.path()), Err(ExportError::InsideVault)));
    }
}
