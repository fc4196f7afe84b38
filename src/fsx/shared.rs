//! Whether a folder is shared with other computers: on a network drive, or copied to a cloud.
//!
//! A database in such a folder is in danger: locks of a network drive do not always reach the other computer, and a program
//! that copies to a cloud takes files while they change and puts older ones back. The answer is a caution, not a proof: what
//! is not known to be shared may be all the same. Drives of the network are known on Linux by the table of mounts and on
//! Windows by their names; elsewhere they are not.

use std::path::{Component, Path, PathBuf, Prefix};

/// How a folder is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shared {
    /// It is on a drive of the network.
    Network,
    /// A program of this name copies it to a cloud.
    Cloud(&'static str),
}

impl Shared {
    /// What that means for a vault.
    #[must_use]
    pub fn sentence(self) -> String {
        match self {
            Self::Network => "This folder is on a network drive. Two computers could write to the vault at once, and a connection that breaks can damage it. Keep the vault on a disk of this computer; its backups may be on the network.".to_owned(),
            Self::Cloud(who) => format!("This folder is copied to a cloud by {who}, which takes files while they change and may put older ones back: that can damage the vault. Keep the vault in another folder; its backups may be here."),
        }
    }
}

/// File systems of the network, as Linux calls them.
const NETWORK: [&str; 18] = [
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "ncpfs",
    "afs",
    "ceph",
    "glusterfs",
    "lustre",
    "beegfs",
    "davfs",
    "fuse.sshfs",
    "fuse.rclone",
    "fuse.glusterfs",
    "fuse.davfs2",
    "fuse.gvfsd-fuse",
    "fuse.s3fs",
];

/// How the folders are called that programs copy to a cloud, in small letters, and whether something may follow, as the name
/// of the clinic.
const CLOUDS: [(&str, bool, &str); 11] = [
    ("dropbox", false, "Dropbox"),
    ("dropbox (", true, "Dropbox"),
    ("onedrive", false, "OneDrive"),
    ("onedrive - ", true, "OneDrive"),
    ("onedrive-", true, "OneDrive"),
    ("google drive", false, "Google Drive"),
    ("googledrive", true, "Google Drive"),
    ("mobile documents", false, "iCloud Drive"),
    ("icloud drive", false, "iCloud Drive"),
    ("nextcloud", false, "Nextcloud"),
    ("owncloud", false, "ownCloud"),
];

/// What such programs leave in the folder they copy.
const MARKS: [(&str, &str); 5] = [
    (".dropbox.cache", "Dropbox"),
    (".stfolder", "Syncthing"),
    (".nextcloudsync.log", "Nextcloud"),
    (".owncloudsync.log", "ownCloud"),
    (".tmp.drivedownload", "Google Drive"),
];

/// How `folder`, which need not be there yet, is shared; none when nothing speaks for it.
#[must_use]
pub fn shared(folder: &Path) -> Option<Shared> {
    let folder = resolved(folder);
    let mounts = std::fs::read("/proc/self/mountinfo").unwrap_or_default();
    let mounts = String::from_utf8_lossy(&mounts);
    if is_unc(&folder) || file_system(&mounts, &folder).is_some_and(|kind| NETWORK.contains(&kind)) {
        return Some(Shared::Network);
    }
    cloud(&folder).map(Shared::Cloud)
}

/// The path without links, as far as it is there.
fn resolved(folder: &Path) -> PathBuf {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let there = absolute.ancestors().find_map(|part| Some((part, part.canonicalize().ok()?)));
    match there {
        Some((part, real)) => absolute.strip_prefix(part).map_or(real.clone(), |rest| real.join(rest)),
        None => absolute,
    }
}

/// `\\server\share`.
fn is_unc(folder: &Path) -> bool {
    match folder.components().next() {
        Some(Component::Prefix(prefix)) => matches!(prefix.kind(), Prefix::UNC(..) | Prefix::VerbatimUNC(..)),
        _ => false,
    }
}

/// The file system that holds a path, by the table of mounts of Linux (proc(5), mountinfo): where several are mounted
/// over each other, the last one.
fn file_system<'m>(mounts: &'m str, path: &Path) -> Option<&'m str> {
    let mount = |line: &'m str| {
        let (place, kind) = line.split_once(" - ")?;
        let point = unescaped(place.split(' ').nth(4)?);
        Some((point, kind.split(' ').next()?))
    };
    let holding = mounts.lines().filter_map(mount).filter(|(point, _)| path.starts_with(point));
    holding.max_by_key(|(point, _)| point.components().count()).map(|(_, kind)| kind)
}

/// A space, a tab, a line feed and a backslash stand there as three octal digits.
fn unescaped(point: &str) -> PathBuf {
    let plain = point.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\");
    PathBuf::from(plain)
}

fn cloud(folder: &Path) -> Option<&'static str> {
    let named = |part: &Path| {
        let name = part.file_name()?.to_string_lossy().to_lowercase();
        let is = |&&(cloud, more, _): &&(&str, bool, &str)| name == cloud || (more && name.starts_with(cloud));
        CLOUDS.iter().find(is).map(|(.., who)| *who)
    };
    let marked = |part: &Path| MARKS.iter().find(|(mark, _)| part.join(mark).exists()).map(|(_, who)| *who);
    folder.ancestors().find_map(|part| named(part).or_else(|| marked(part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 22 0:35 / /media/clinic rw,nosuid shared:20 - cifs //nas/clinic rw
41 22 0:36 / /home/a/X\\040ray rw shared:21 - nfs4 nas:/xray rw
42 40 8:2 / /media/clinic/usb rw - vfat /dev/sdb1 rw
43 22 0:40 / /srv rw - nfs nas:/old rw
44 43 8:3 / /srv rw - xfs /dev/sdc1 rw
";

    #[test]
    fn the_file_system_is_that_of_the_innermost_mount() {
        let of = |path: &str| file_system(MOUNTS, Path::new(path));
        assert_eq!(of("/home/a/vault"), Some("ext4"));
        assert_eq!(of("/media/clinic/vault"), Some("cifs"));
        assert_eq!(of("/media/clinics/vault"), Some("ext4"), "another folder whose name begins alike");
        assert_eq!(of("/home/a/X ray"), Some("nfs4"));
        assert_eq!(of("/media/clinic/usb/vault"), Some("vfat"));
        assert_eq!(of("/srv/vault"), Some("xfs"), "the one mounted over the other");
        assert_eq!(file_system("", Path::new("/srv")), None);
        assert_eq!(file_system("no table at all\n - \n", Path::new("/srv")), None);
    }

    #[test]
    fn folders_of_clouds_are_known_by_name_and_by_what_lies_in_them() {
        let temporary = tempfile::tempdir().expect("a folder");
        let of = |below: &str| {
            let folder = temporary.path().join(below);
            shared(&folder)
        };
        assert_eq!(of("vault"), None);
        assert_eq!(of("OneDrive - Clinic/Diptych/vault"), Some(Shared::Cloud("OneDrive")));
        assert_eq!(of("Library/CloudStorage/OneDrive-Clinic/vault"), Some(Shared::Cloud("OneDrive")));
        assert_eq!(of("Dropbox/vault"), Some(Shared::Cloud("Dropbox")));
        assert_eq!(of("Dropbox-like/vault"), None);
        let synced = temporary.path().join("synced");
        std::fs::create_dir_all(synced.join(".stfolder")).expect("made");
        assert_eq!(of("synced/clinic/vault"), Some(Shared::Cloud("Syncthing")));
        assert!(Shared::Cloud("Dropbox").sentence().contains("by Dropbox"));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_into_a_cloud_is_followed() {
        let temporary = tempfile::tempdir().expect("a folder");
        let cloud = temporary.path().join("Nextcloud/clinic");
        std::fs::create_dir_all(&cloud).expect("made");
        let link = temporary.path().join("vaults");
        std::os::unix::fs::symlink(&cloud, &link).expect("linked");
        assert_eq!(shared(&link.join("new/vault")), Some(Shared::Cloud("Nextcloud")));
    }
}
