//! Series: what is treated, how often it is planned, and which views are photographed each time.

use serde::{Deserialize, Serialize};

use super::id::{PatientId, SeriesId, Uid, ViewId};

/// A closed vocabulary: each value has a stable key for files and the command line, and words for a person.
macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $key:literal, $words:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize, ::serde::Deserialize)]
        pub enum $name {
            $(
                #[doc = $words]
                #[serde(rename = $key)]
                $variant,
            )+
        }

        impl $name {
            /// Every value, in the order of lists.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Stable key, as stored and as typed on the command line.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self { $(Self::$variant => $key),+ }
            }

            /// Words for a person.
            #[must_use]
            pub const fn words(self) -> &'static str {
                match self { $(Self::$variant => $words),+ }
            }

            /// Reads a key.
            #[must_use]
            pub fn from_key(key: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|v| v.key() == key)
            }
        }
    };
}
pub(crate) use vocabulary;

vocabulary! {
    /// What a series is for.
    Indication {
        AcneScars = "acne-scars", "Acne scars";
        Scars = "scars", "Scars";
        StretchMarks = "stretch-marks", "Stretch marks";
        Wrinkles = "wrinkles", "Wrinkles and fine lines";
        Texture = "texture", "Skin texture and firmness";
        Pores = "pores", "Enlarged pores";
        Hyperpigmentation = "hyperpigmentation", "Hyperpigmentation";
        DarkSpots = "dark-spots", "Dark spots";
        UnderEye = "under-eye", "Under-eye circles";
        SunDamage = "sun-damage", "Sun damage";
        ActiveAcne = "active-acne", "Active acne";
        Laxity = "laxity", "Skin laxity";
        Prevention = "prevention", "Light anti-ageing, prevention";
    }
}

vocabulary! {
    /// A region of the body.
    Area {
        Face = "face", "face";
        Cheeks = "cheeks", "cheeks";
        Forehead = "forehead", "forehead";
        Perioral = "perioral", "around the mouth";
        Periorbital = "periorbital", "around the eyes";
        Neck = "neck", "neck and décolleté";
        Abdomen = "abdomen", "abdomen";
        Thighs = "thighs", "thighs";
        Back = "back", "back";
        Hands = "hands", "hands";
    }
}

vocabulary! {
    /// The patient's side, not the picture's.
    Side {
        Both = "both", "both sides";
        Right = "right", "right";
        Left = "left", "left";
    }
}

vocabulary! {
    /// How the camera looks at the patient.
    Pose {
        Front = "front", "front";
        Oblique = "oblique", "45°";
        Lateral = "lateral", "90°";
        CloseUp = "close-up", "close-up";
        Rear = "rear", "from behind";
    }
}

vocabulary! {
    /// Light set-up of a view.
    Light {
        Frontal = "frontal", "frontal light";
        Tangential = "tangential", "tangential light";
        CrossPolarised = "cross-polarised", "cross-polarised light";
    }
}

vocabulary! {
    /// Where a series stands.
    SeriesState {
        Open = "open", "open";
        Finished = "finished", "finished";
        Stopped = "stopped", "stopped";
    }
}

/// One standardized pose, as part of a template or of a series' snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewView {
    /// "Cheek right".
    pub name: String,
    /// Region.
    pub area: Area,
    /// The patient's side.
    pub side: Side,
    /// Direction of the camera.
    pub pose: Pose,
    /// Light set-up.
    pub light: Light,
    /// Focal length to be used each time, 35-mm equivalent.
    pub focal_mm: Option<u16>,
}

/// A view of one series. Views are never edited, only retired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Row id.
    pub id: ViewId,
    /// The series whose snapshot it belongs to.
    pub series: SeriesId,
    /// Order on the board, from 0.
    pub ordinal: u32,
    /// What it shows and how.
    pub spec: NewView,
    /// No longer photographed.
    pub retired: bool,
}

/// A series before the vault has given it an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSeries {
    /// Whose.
    pub patient: PatientId,
    /// At least one.
    pub indications: Vec<Indication>,
    /// At least one.
    pub areas: Vec<Area>,
    /// Planned treatments; 0 when open-ended.
    pub planned: u32,
    /// Shortest interval between treatments, days.
    pub interval_min_days: u32,
    /// Longest interval between treatments, days.
    pub interval_max_days: u32,
    /// The snapshot of views.
    pub views: Vec<NewView>,
    /// The series this one continues.
    pub predecessor: Option<SeriesId>,
}

/// A course of treatment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Row id.
    pub id: SeriesId,
    /// Name outside the vault.
    pub uid: Uid,
    /// Whose.
    pub patient: PatientId,
    /// What for.
    pub indications: Vec<Indication>,
    /// Where.
    pub areas: Vec<Area>,
    /// Planned treatments; 0 when open-ended.
    pub planned: u32,
    /// Shortest interval between treatments, days.
    pub interval_min_days: u32,
    /// Longest interval between treatments, days.
    pub interval_max_days: u32,
    /// Open, finished or stopped.
    pub state: SeriesState,
    /// The series this one continues.
    pub predecessor: Option<SeriesId>,
}

impl Series {
    /// "Acne scars, cheeks".
    #[must_use]
    pub fn title(&self) -> String {
        let what: Vec<String> = self
            .indications
            .iter()
            .enumerate()
            .map(|(i, what)| if i == 0 { what.words().to_owned() } else { what.words().to_lowercase() })
            .collect();
        let place: Vec<&str> = self.areas.iter().map(|a| a.words()).collect();
        format!("{}, {}", what.join(" and "), place.join(" and "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_reads_as_one_line() {
        let series = Series {
            id: SeriesId(1),
            uid: Uid([0; 16]),
            patient: PatientId(1),
            indications: vec![Indication::Pores, Indication::Texture],
            areas: vec![Area::Cheeks],
            planned: 3,
            interval_min_days: 28,
            interval_max_days: 42,
            state: SeriesState::Open,
            predecessor: None,
        };
        assert_eq!(series.title(), "Enlarged pores and skin texture and firmness, cheeks");
    }
}
