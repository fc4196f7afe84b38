//! Raw+JPEG: which files are two originals of one photo. A person counts photos, not files.

use std::collections::HashSet;

use super::photo::{Photo, Slot};

/// Endings of the raw files that cameras write beside a picture.
const RAW: [&str; 6] = ["cr2", "cr3", "nef", "arw", "raf", "dng"];

/// What says of a file whether it belongs to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhotoFile<'a> {
    /// The visit it is filed in; anything that is the same for all of them where they lie in one place.
    pub place: i64,
    /// Its name.
    pub name: &'a str,
    /// When it was taken, as the camera wrote it.
    pub time: Option<&'a str>,
    /// Whether it stands by itself, as a photo that is shown does.
    pub stands_alone: bool,
}

impl<'a> From<&'a Photo> for PhotoFile<'a> {
    fn from(photo: &'a Photo) -> Self {
        Self {
            place: photo.session.0,
            name: &photo.file_name.0,
            time: photo.facts.time_text.as_deref(),
            stands_alone: photo.slot != Slot::Rejected,
        }
    }
}

/// Place, name without its ending, and second.
type Shot<'a> = (i64, &'a str, &'a str);

impl<'a> PhotoFile<'a> {
    /// The shot it is of, and whether it is the raw file of it; none where name or time say nothing.
    fn shot(self) -> Option<(Shot<'a>, bool)> {
        let (stem, ending) = self.name.rsplit_once('.')?;
        let is_raw = RAW.into_iter().any(|raw| ending.eq_ignore_ascii_case(raw));
        Some(((self.place, stem, self.time?), is_raw))
    }

    /// Whether it is the raw original of this picture: hidden in one visit, named the same but for the ending, taken in the
    /// same second.
    #[must_use]
    pub fn is_raw_of(self, picture: Self) -> bool {
        match (self.shot(), picture.shot()) {
            (Some((own, true)), Some((of, false))) => !self.stands_alone && own == of,
            _ => false,
        }
    }
}

/// How many photos these files are: a raw file and the picture it is the original of are one.
pub fn count_photos<'a>(files: impl IntoIterator<Item = PhotoFile<'a>>) -> usize {
    let files: Vec<PhotoFile<'a>> = files.into_iter().collect();
    let pictures: HashSet<Shot<'a>> =
        files.iter().filter_map(|file| file.shot()).filter(|(_, is_raw)| !is_raw).map(|(shot, _)| shot).collect();
    let is_second = |file: &&PhotoFile<'a>| {
        !file.stands_alone && file.shot().is_some_and(|(shot, is_raw)| is_raw && pictures.contains(&shot))
    };
    files.len() - files.iter().filter(is_second).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(place: i64, name: &str, stands_alone: bool) -> PhotoFile<'_> {
        PhotoFile { place, name, time: Some("2026:03:09 10:00:00"), stands_alone }
    }

    #[test]
    fn a_raw_file_and_its_picture_are_one_photo() {
        let (picture, raw) = (file(1, "IMG_1.JPG", true), file(1, "IMG_1.cr2", false));
        assert!(raw.is_raw_of(picture) && !picture.is_raw_of(raw));
        assert_eq!(count_photos([picture, raw]), 1);
        assert_eq!(count_photos([PhotoFile { stands_alone: false, ..picture }, raw]), 1, "a shot that was left out");
        for other in [
            file(2, "IMG_1.cr2", false),
            file(1, "IMG_2.cr2", false),
            file(1, "IMG_1.png", false),
            file(1, "IMG_1.cr2", true),
            file(1, "IMG_1.a.cr2", false),
            PhotoFile { time: Some("2026:03:09 10:00:01"), ..raw },
            PhotoFile { time: None, ..raw },
        ] {
            assert!(!other.is_raw_of(picture), "{other:?}");
            assert_eq!(count_photos([picture, other]), 2, "{other:?}");
        }
        assert_eq!(count_photos([raw, file(1, "IMG_1.dng", false)]), 2, "two raw files are no pair");
        assert_eq!(count_photos([]), 0);
    }
}
