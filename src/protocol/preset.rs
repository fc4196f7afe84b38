//! How a series for an indication is usually planned. The numbers are defaults that a clinic may change for every series.

use std::sync::LazyLock;

use serde::Deserialize;

use super::views::views_for;
use crate::model::{Area, Indication, NewSeries, PatientId};

/// Defaults for a new series.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// What the series is for.
    pub indication: Indication,
    /// Planned treatments to begin with.
    pub planned: u32,
    /// Fewest treatments that are usual.
    pub planned_min: u32,
    /// Most treatments that are usual.
    pub planned_max: u32,
    /// Shortest interval between treatments, days.
    pub interval_min_days: u32,
    /// Longest interval between treatments, days.
    pub interval_max_days: u32,
    /// Areas that are usually treated.
    pub areas: Vec<Area>,
    /// One sentence on where the numbers come from.
    pub note: String,
}

impl Preset {
    /// A series of `patient` planned by this preset; empty `areas` take those of the preset.
    #[must_use]
    pub fn series(&self, patient: PatientId, areas: &[Area]) -> NewSeries {
        let areas = if areas.is_empty() { self.areas.clone() } else { areas.to_vec() };
        NewSeries {
            patient,
            indications: vec![self.indication],
            views: views_for(&areas),
            areas,
            planned: self.planned,
            interval_min_days: self.interval_min_days,
            interval_max_days: self.interval_max_days,
            predecessor: None,
        }
    }
}

const FILES: [&str; 13] = [
    include_str!("../../assets/protocols/acne-scars.toml"),
    include_str!("../../assets/protocols/scars.toml"),
    include_str!("../../assets/protocols/stretch-marks.toml"),
    include_str!("../../assets/protocols/wrinkles.toml"),
    include_str!("../../assets/protocols/texture.toml"),
    include_str!("../../assets/protocols/pores.toml"),
    include_str!("../../assets/protocols/hyperpigmentation.toml"),
    include_str!("../../assets/protocols/dark-spots.toml"),
    include_str!("../../assets/protocols/under-eye.toml"),
    include_str!("../../assets/protocols/sun-damage.toml"),
    include_str!("../../assets/protocols/active-acne.toml"),
    include_str!("../../assets/protocols/laxity.toml"),
    include_str!("../../assets/protocols/prevention.toml"),
];

static PRESETS: LazyLock<Vec<Preset>> =
    LazyLock::new(|| FILES.iter().filter_map(|text| toml::from_str(text).ok()).collect());

/// All presets, in the order of [`Indication::ALL`].
#[must_use]
pub fn presets() -> &'static [Preset] {
    &PRESETS
}

/// The preset for `indication`; an initial series in general where there is none of its own.
#[must_use]
pub fn preset(indication: Indication) -> Preset {
    presets().iter().find(|p| p.indication == indication).cloned().unwrap_or_else(|| Preset {
        indication,
        planned: 4,
        planned_min: 3,
        planned_max: 5,
        interval_min_days: 28,
        interval_max_days: 42,
        areas: vec![Area::Face],
        note: String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_indication_has_a_preset_of_its_own() {
        let listed: Vec<Indication> = presets().iter().map(|p| p.indication).collect();
        assert_eq!(listed, Indication::ALL);
    }

    #[test]
    fn a_preset_is_a_plan_that_can_be_kept() {
        for p in presets() {
            assert!(p.planned_min <= p.planned && p.planned <= p.planned_max, "{:?}", p.indication);
            assert!(0 < p.interval_min_days && p.interval_min_days <= p.interval_max_days, "{:?}", p.indication);
            assert!(!p.areas.is_empty() && !p.note.is_empty(), "{:?}", p.indication);
            assert!(!p.series(PatientId(1), &[]).views.is_empty(), "{:?}", p.indication);
        }
    }

    #[test]
    fn chosen_areas_replace_those_of_the_preset() {
        let series = preset(Indication::AcneScars).series(PatientId(1), &[Area::Forehead]);
        assert_eq!(series.areas, [Area::Forehead]);
        assert_eq!(series.views, views_for(&[Area::Forehead]));
    }
}
