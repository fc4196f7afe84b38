//! What a person should see of a photo before it is filed, each with its number and, where there is one, its limit.

use serde::{Deserialize, Serialize};

use super::check;
use crate::model::series::vocabulary;
use crate::model::text::counted;

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
    /// It aligns with a photo of another patient.
    OtherPatient,
    /// It lies behind the photographed card of another patient, the one with this id; 0 is nobody of this vault.
    OthersCard(i64),
    /// Taken after the day on which it is filed: this many days.
    InTheFuture(i64),
    /// Taken this many days before every other visit of its series.
    LongBefore(i64),
    /// Much less sharp than its neighbours: this many percent of them.
    Blurred(f64),
    /// Much less sharp than the reference of its view: this many percent of it.
    BlurredBesideReference(f64),
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
    /// The light falls off this many EV otherwise from one side to the other than in the reference.
    Light(f64),
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
    /// It shows the skin with this many percent of the reference's pixels along an edge.
    Resolution(f64),
    /// The file has bytes that belong to nothing; the picture in it is whole.
    StrayBytes,
    /// The camera wrote no time.
    NoCaptureDate,
    /// Nobody has said what it shows: there are more photos than views, or it is no use for comparing.
    NoView,
    /// Too few pixels along its shorter side to compare with anything: this many.
    TooSmall(u32),
    /// One flat colour, of this sharpness: nothing that an alignment could hold on to.
    NoDetail(f64),
    /// One of several shots that look alike, and not the sharpest of them.
    LikeAnother,
}

impl Note {
    /// "blurred: 20 % as sharp as the others, limit 35 %".
    #[must_use]
    pub fn words(self) -> String {
        let blurred = |percent: f64, of: &str| {
            format!("blurred: {percent:.0} % as sharp as {of}, limit {:.0} %", 100.0 * check::BLURRED_BELOW)
        };
        match self {
            Self::OtherPatient => "aligns with a photo of another patient: please check".to_owned(),
            Self::OthersCard(_) => "lies behind the card of another patient: please check".to_owned(),
            Self::InTheFuture(days) => format!("taken {} from now: was the camera's clock right?", span(days)),
            Self::LongBefore(days) => {
                format!("taken {} before every other visit of this series: was the camera's clock right?", span(days))
            }
            Self::Blurred(percent) => blurred(percent, "the others"),
            Self::BlurredBesideReference(percent) => blurred(percent, "baseline"),
            Self::Exposure(ev) => exposure(ev, "the others"),
            Self::ExposureOfReference(ev) => exposure(ev, "baseline"),
            Self::FocalLength { mm, reference } => {
                let limit = 100.0 * (check::FOCAL_FACTOR - 1.0);
                format!("{mm:.0} mm, baseline {reference:.0} mm, limit {limit:.0} %")
            }
            Self::Distance(factor) => distance(factor),
            Self::Light(ev) => {
                let limit = check::FALL_OFF_EV;
                format!("light falls off {ev:.1} EV otherwise than in baseline, limit {limit:.1} EV")
            }
            Self::Clipped { channel, bright, percent } => clipped(channel, bright, percent),
            Self::WhiteBalance(a, b) => white_balance(a, b),
            Self::Resolution(percent) => {
                let limit = 100.0 * check::RESOLUTION_BELOW;
                format!("{percent:.0} % of the pixels of baseline, limit {limit:.0} %")
            }
            Self::StrayBytes => "bytes in the file that belong to nothing; the picture is whole".to_owned(),
            Self::NoCaptureDate => "no capture date".to_owned(),
            Self::NoView => "no view yet".to_owned(),
            Self::TooSmall(side) => format!("too small to compare: {side} px, limit {} px", check::SMALLEST_SIDE),
            Self::NoDetail(sharpness) => {
                format!("no detail: sharpness {sharpness:.1}, limit {:.1}", check::NO_DETAIL_BELOW)
            }
            Self::LikeAnother => "one of several alike".to_owned(),
        }
    }

    /// Whether it says that the photo may be another patient's.
    #[must_use]
    pub const fn is_alarm(self) -> bool {
        matches!(self, Self::OtherPatient | Self::OthersCard(_))
    }

    /// Whether it speaks of the reference of one view, and of no other.
    #[must_use]
    pub const fn is_beside_reference(self) -> bool {
        match self {
            Self::BlurredBesideReference(_)
            | Self::ExposureOfReference(_)
            | Self::FocalLength { .. }
            | Self::Distance(_)
            | Self::Light(_)
            | Self::WhiteBalance(..)
            | Self::Resolution(_) => true,
            Self::OtherPatient
            | Self::OthersCard(_)
            | Self::InTheFuture(_)
            | Self::LongBefore(_)
            | Self::Blurred(_)
            | Self::Exposure(_)
            | Self::Clipped { .. }
            | Self::StrayBytes
            | Self::NoCaptureDate
            | Self::NoView
            | Self::TooSmall(_)
            | Self::NoDetail(_)
            | Self::LikeAnother => false,
        }
    }
}

/// "12 days", "172 years".
fn span(days: i64) -> String {
    if days < 2 * 365 { counted(days, "day") } else { counted(days / 365, "year") }
}

fn exposure(ev: f64, than: &str) -> String {
    let how = if ev < 0.0 { "darker" } else { "brighter" };
    format!("{:.1} EV {how} than {than}, limit {:.1} EV", ev.abs(), check::EXPOSURE_EV)
}

fn distance(factor: f64) -> String {
    let (percent, limit, how) = if factor > 1.0 {
        (factor - 1.0, check::SCALE_FACTOR - 1.0, "further away")
    } else {
        (1.0 - factor, 1.0 - 1.0 / check::SCALE_FACTOR, "closer")
    };
    format!("{:.0} % {how} than baseline, limit {:.0} %", 100.0 * percent, 100.0 * limit)
}

fn clipped(channel: Option<Channel>, bright: bool, percent: f64) -> String {
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
    format!("{what}: {percent:.0} %, limit {:.0} %", 100.0 * check::clipping_limit(bright))
}

fn white_balance(a: f64, b: f64) -> String {
    let red = if a > 0.0 { "redder" } else { "greener" };
    let yellow = if b > 0.0 { "yellower" } else { "bluer" };
    let tint = if a.abs() > b.abs() { red } else { yellow };
    format!("{tint} by {:.0} CIELAB, limit {:.0}", a.hypot(b), check::WHITE_BALANCE)
}
