//! Cuts a pile of photos into visits by the civil date of capture.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};

use super::scan::Found;

/// The photos of one day, in the order they were taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The civil date on the camera's clock, or the date given for photos without one.
    pub date: NaiveDate,
    /// The photos.
    pub photos: Vec<Found>,
}

/// Groups `found` by day, oldest first. A photo whose camera wrote no time goes to `undated`.
///
/// A camera's civil date is taken as it stands, whatever offset it wrote: the visit belongs to the day it was in the
/// clinic. Within a day the order is that of capture, then of the files' names.
#[must_use]
pub fn group(found: Vec<Found>, undated: NaiveDate) -> Vec<Group> {
    let mut days: BTreeMap<NaiveDate, Vec<Found>> = BTreeMap::new();
    for photo in found {
        let date = photo.facts.local_time().map_or(undated, |time| time.date());
        days.entry(date).or_default().push(photo);
    }
    days.into_iter()
        .map(|(date, mut photos)| {
            photos.sort_by(|a, b| order(a).cmp(&order(b)));
            Group { date, photos }
        })
        .collect()
}

fn order(photo: &Found) -> (bool, Option<NaiveDateTime>, &std::path::Path) {
    let time = photo.facts.local_time();
    (time.is_none(), time, &photo.path.0)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::geom::Size;
    use crate::imaging::{Clipping, Quality};
    use crate::model::{CaptureFacts, PhotoHash, Redacted};

    pub fn found(name: &str, time: Option<&str>) -> Found {
        Found {
            tray: None,
            path: Redacted(name.into()),
            hash: PhotoHash(std::array::from_fn(|i| name.as_bytes().get(i).copied().unwrap_or(0))),
            length: 10,
            size: Size::new(300, 200),
            facts: CaptureFacts { time_text: time.map(str::to_owned), ..CaptureFacts::default() },
            quality: Quality { sharpness: 100.0, brightness: 120.0, clipping: Clipping::default() },
            format: crate::imaging::Format::Jpeg,
            stray: false,
            raw: None,
            card: None,
        }
    }

    pub fn day(d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, d).expect("a date")
    }

    fn names(groups: &[Group]) -> Vec<(NaiveDate, Vec<String>)> {
        let name = |f: &Found| f.path.0.display().to_string();
        groups.iter().map(|g| (g.date, g.photos.iter().map(name).collect())).collect()
    }

    #[test]
    fn photos_are_cut_by_day_and_ordered_by_time() {
        let groups = group(
            vec![
                found("c", Some("2026:03:09 10:00:07")),
                found("a", Some("2026:03:09 10:00:09")),
                found("b", Some("2026:03:02 23:59:59")),
                found("d", Some("2026:03:09 10:00:07")),
            ],
            day(20),
        );
        assert_eq!(
            names(&groups),
            [(day(2), vec!["b".to_owned()]), (day(9), vec!["c".to_owned(), "d".to_owned(), "a".to_owned()])]
        );
    }

    #[test]
    fn photos_without_a_time_come_last_on_the_given_day() {
        let groups = group(
            vec![found("a", None), found("b", Some("0000:00:00 00:00:00")), found("c", Some("2026:03:20 08:00:00"))],
            day(20),
        );
        assert_eq!(names(&groups), [(day(20), vec!["c".to_owned(), "a".to_owned(), "b".to_owned()])]);
    }

    #[test]
    fn a_wrong_camera_clock_moves_a_photo_to_its_day() {
        let mut late = found("a", Some("2026:03:09 23:30:00"));
        late.facts.clock_correction_s = 3600;
        assert_eq!(group(vec![late], day(1))[0].date, day(10));
    }
}
