//! Raw+JPEG: a camera that writes both writes two files of one photo.
//!
//! Shown is the picture that the camera developed. The raw file is an original like any other, filed with it into the same
//! visit and view, and hidden there: what was kept of name and time says which photo it belongs to, so that both move
//! together.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::plan::hex;
use super::scan::Found;
use crate::geom::Size;
use crate::imaging::Format;
use crate::model::{CaptureFacts, Photo, PhotoHash, Redacted, Slot, TrayId};

/// The raw file of a photo that the camera wrote developed as well.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RawFile {
    /// Where it lies; for one in the tray, the name it came with.
    pub path: Redacted<PathBuf>,
    /// The tray item it is, where it is in the vault already.
    #[serde(skip)]
    pub tray: Option<TrayId>,
    /// Identity of its bytes.
    #[serde(with = "hex")]
    pub hash: PhotoHash,
    /// Length in bytes.
    pub length: u64,
    /// Size of the upright picture in it.
    pub size: Size,
    /// What the camera said.
    pub facts: CaptureFacts,
}

impl From<Found> for RawFile {
    fn from(found: Found) -> Self {
        let Found { path, tray, hash, length, size, facts, .. } = found;
        Self { path, tray, hash, length, size, facts }
    }
}

/// Puts the raw file of each pair of `items` beside the other one: both in one folder, named the same but for the ending,
/// taken in the same second. `alike` says whether nothing else keeps them apart.
pub(super) fn join<T>(items: Vec<T>, found: impl Fn(&mut T) -> &mut Found, alike: impl Fn(&T, &T) -> bool) -> Vec<T> {
    let (mut shown, mut raws): (Vec<T>, Vec<T>) = (Vec::new(), Vec::new());
    for mut item in items {
        let is_raw = found(&mut item).format == Format::Raw;
        if is_raw { raws.push(item) } else { shown.push(item) }
    }
    let mut alone = Vec::new();
    for mut raw in raws {
        let own = found(&mut raw).clone();
        let fits = |item: &mut T| {
            let other = found(item);
            other.raw.is_none() && is_of(&own, other)
        };
        let partner = shown.iter_mut().find_map(|item| (fits(item) && alike(item, &raw)).then_some(item));
        match partner {
            Some(partner) => found(partner).raw = Some(Box::new(own.into())),
            None => alone.push(raw),
        }
    }
    shown.extend(alone);
    shown
}

/// Whether a raw file that stands alone is of a photo that is filed: the same name but for the ending, in the same second.
pub(super) fn is_raw_of(found: &Found, photo: &Photo) -> bool {
    found.format == Format::Raw
        && photo.slot != Slot::Rejected
        && found.facts.time_text.is_some()
        && found.facts.time_text == photo.facts.time_text
        && found.path.0.file_stem() == Path::new(&photo.file_name.0).file_stem()
}

fn is_of(raw: &Found, other: &Found) -> bool {
    let (own, path) = (&raw.path.0, &other.path.0);
    own.parent() == path.parent()
        && own.file_stem() == path.file_stem()
        && raw.facts.time_text.is_some()
        && raw.facts.time_text == other.facts.time_text
}

#[cfg(test)]
mod tests {
    use super::super::group::tests::found;
    use super::*;

    const TIME: Option<&str> = Some("2026:03:09 10:00:00");

    fn raw(name: &str, time: Option<&str>) -> Found {
        Found { format: Format::Raw, ..found(name, time) }
    }

    fn joined(items: Vec<Found>) -> Vec<(String, Option<String>)> {
        let name = |path: &Redacted<PathBuf>| path.0.display().to_string();
        let all = join(items, |item| item, |_, _| true);
        all.iter().map(|f| (name(&f.path), f.raw.as_ref().map(|raw| name(&raw.path)))).collect()
    }

    #[test]
    fn files_of_one_name_and_second_in_one_folder_are_one_photo() {
        let items = vec![raw("a/1.CR2", TIME), found("a/1.JPG", TIME), found("b/1.JPG", TIME), found("a/2.JPG", TIME)];
        let expected = [("a/1.JPG", Some("a/1.CR2")), ("b/1.JPG", None), ("a/2.JPG", None)];
        assert_eq!(joined(items), expected.map(|(a, b)| (a.to_owned(), b.map(str::to_owned))));
    }

    #[test]
    fn another_second_another_name_or_no_time_at_all_are_two_photos() {
        for other in [found("1.JPG", Some("2026:03:09 10:00:01")), found("2.JPG", TIME), found("1.JPG", None)] {
            assert_eq!(joined(vec![raw("1.CR2", TIME), other]).len(), 2);
        }
        assert_eq!(joined(vec![raw("1.CR2", None), found("1.JPG", None)]).len(), 2);
        assert_eq!(joined(vec![raw("1.CR2", TIME), raw("1.DNG", TIME)]).len(), 2, "two raw files are no pair");
    }

    #[test]
    fn what_something_else_keeps_apart_stays_apart() {
        let items = vec![raw("1.CR2", TIME), found("1.JPG", TIME)];
        assert_eq!(join(items, |item| item, |_, _| false).len(), 2);
    }
}
