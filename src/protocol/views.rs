//! The standardized views of an area: what is photographed each time, and in which order.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::model::{Area, Light, NewView, Pose, Side};

/// Focal length recommended for skin, 35-mm equivalent: at least twice the sensor's diagonal.
pub const FOCAL_MM: u16 = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    set: Vec<Set>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Set {
    area: Area,
    views: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    side: Side,
    pose: Pose,
    area: Option<Area>,
}

static SETS: LazyLock<Vec<Set>> = LazyLock::new(|| {
    toml::from_str::<File>(include_str!("../../assets/protocols/views.toml")).map(|f| f.set).unwrap_or_default()
});

/// The views for a series that treats `areas`, in the order of `areas`; a view that two areas share is taken once.
#[must_use]
pub fn views_for(areas: &[Area]) -> Vec<NewView> {
    let mut out: Vec<NewView> = Vec::new();
    for set in areas.iter().filter_map(|area| SETS.iter().find(|set| set.area == *area)) {
        for entry in &set.views {
            if out.iter().all(|view| view.name != entry.name) {
                out.push(NewView {
                    name: entry.name.clone(),
                    area: entry.area.unwrap_or(set.area),
                    side: entry.side,
                    pose: entry.pose,
                    light: Light::Frontal,
                    focal_mm: Some(FOCAL_MM),
                });
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(areas: &[Area]) -> Vec<String> {
        views_for(areas).into_iter().map(|v| v.name).collect()
    }

    #[test]
    fn every_area_has_views() {
        assert!(Area::ALL.iter().all(|&area| !views_for(&[area]).is_empty()));
    }

    #[test]
    fn a_face_is_taken_from_five_directions() {
        assert_eq!(names(&[Area::Face]), ["Front", "Oblique right", "Oblique left", "Lateral right", "Lateral left"]);
    }

    #[test]
    fn a_view_that_two_areas_share_is_taken_once() {
        let both = names(&[Area::Cheeks, Area::Face]);
        assert_eq!(both[..4], ["Cheek right", "Cheek left", "Oblique right", "Oblique left"]);
        assert_eq!(both[4..], ["Front", "Lateral right", "Lateral left"]);
    }

    #[test]
    fn a_view_that_shows_the_whole_face_is_never_filed_as_a_region() {
        let face_poses = [Pose::Front, Pose::Oblique, Pose::Lateral];
        for area in [Area::Cheeks, Area::Forehead, Area::Perioral, Area::Periorbital] {
            for view in views_for(&[area]) {
                assert_eq!(view.area == Area::Face, face_poses.contains(&view.pose), "{}", view.name);
            }
        }
    }

    #[test]
    fn a_name_tells_the_side() {
        for view in Area::ALL.iter().flat_map(|&area| views_for(&[area])) {
            assert_eq!(view.side == Side::Right, view.name.ends_with("right"), "{}", view.name);
            assert_eq!(view.side == Side::Left, view.name.ends_with("left"), "{}", view.name);
        }
    }
}
