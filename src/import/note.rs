//! What a person should see of a photo before it is filed, each with its number and, where there is one, its limit.

use serde::{Deserialize, Serialize};

use super::suggest;
use crate::model::series::vocabulary;

vocabulary! {
    /// A colour of the sensor.
    Channel {
        Red = "red", "red";
        Green = "green", "green";
        Blue = "blue", "blue";
    }
}

/// Something a person should see before filing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Note {
    /// Much less sharp than its neighbours.
    Blurred,
    /// This many EV darker (negative) or brighter than its neighbours.
    Exposure(f64),
    /// This many EV darker (negative) or brighter than the reference of its view.
    ExposureOfReference(f64),
    /// Another focal length than the reference of its view has.
    FocalLength {
        /// Of the photo.
        mm: f64,
        /// Of the reference.
        reference: f64,
    },
    /// Taken from this many times the distance of the reference.
    Distance(f64),
    /// A larger part of it than allowed lies at an end of the scale, in percent.
    Clipped {
        /// In which colour; none when in all.
        channel: Option<Channel>,
        /// At which end.
        bright: bool,
        /// How much of the picture, beyond what the reference of its view has.
        percent: f64,
    },
    /// Its colours differ from those of the reference of its view by this much: redder (a*) and yellower (b*), medians of the
    /// whole frame in CIELAB at equal exposure.
    WhiteBalance(f64, f64),
    /// The camera wrote no time.
    NoCaptureDate,
    /// Nobody has said what it shows: there are more photos than views, or it is no use for comparing.
    NoView,
    /// Too few pixels to compare with anything.
    TooSmall,
    /// One flat colour: nothing that an alignment could hold on to.
    NoDetail,
    /// One of several shots that look alike, and not the sharpest of them.
    LikeAnother,
}

impl Note {
    /// "blurred", "0.7 EV darker than the others".
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Blurred => "blurred".to_owned(),
            Self::Exposure(ev) if ev < 0.0 => format!("{:.1} EV darker than the others", -ev),
            Self::Exposure(ev) => format!("{ev:.1} EV brighter than the others"),
            Self::ExposureOfReference(ev) if ev < 0.0 => format!("{:.1} EV darker than baseline", -ev),
            Self::ExposureOfReference(ev) => format!("{ev:.1} EV brighter than baseline"),
            Self::FocalLength { mm, reference } => format!("{mm:.0} mm, baseline {reference:.0} mm"),
            Self::Distance(factor) if factor > 1.0 => {
                format!("{:.0} % further away than baseline", (factor - 1.0) * 100.0)
            }
            Self::Distance(factor) => format!("{:.0} % closer than baseline", (1.0 - factor) * 100.0),
            Self::Clipped { channel, bright, percent } => {
                let what = match (channel, bright) {
                    (None, true) => "white without detail",
                    (None, false) => "black without detail",
                    (Some(Channel::Red), true) => "red blown out",
                    (Some(Channel::Green), true) => "green blown out",
                    (Some(Channel::Blue), true) => "blue blown out",
                    (Some(Channel::Red), false) => "red lost in black",
                    (Some(Channel::Green), false) => "green lost in black",
                    (Some(Channel::Blue), false) => "blue lost in black",
                };
                format!("{what}: {percent:.0} %, limit {:.0} %", 100.0 * suggest::clipping_limit(bright))
            }
            Self::WhiteBalance(a, b) => {
                let red = if a > 0.0 { "redder" } else { "greener" };
                let yellow = if b > 0.0 { "yellower" } else { "bluer" };
                let tint = if a.abs() > b.abs() { red } else { yellow };
                format!("{tint} by {:.0} CIELAB, limit {:.0}", a.hypot(b), suggest::WHITE_BALANCE)
            }
            Self::NoCaptureDate => "no capture date".to_owned(),
            Self::NoView => "no view yet".to_owned(),
            Self::TooSmall => "too small to compare".to_owned(),
            Self::NoDetail => "no detail".to_owned(),
            Self::LikeAnother => "one of several alike".to_owned(),
        }
    }
}
