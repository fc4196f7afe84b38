//! Frames and alignments: the coordinate system of a view over time, and how a photo lies in it.

use serde::{Deserialize, Serialize};

use super::id::{AlignmentId, FrameId, PatientId, PhotoId, ViewId};
use super::series::vocabulary;
use crate::geom::{Matrix3, Point, Size};

vocabulary! {
    /// The freedom a transform has.
    Model {
        Similarity = "similarity", "rotate, scale, shift";
        Affine = "affine", "affine";
        Homography = "homography", "perspective";
    }
}

vocabulary! {
    /// The three honest answers.
    Answer {
        Aligned = "aligned", "aligned";
        Suggestion = "suggestion", "suggestion: please check";
        None = "none", "could not align";
    }
}

vocabulary! {
    /// Who decided.
    AlignmentSource {
        Automatic = "automatic", "automatic";
        Landmarks = "landmarks", "by points";
        Accepted = "accepted", "accepted suggestion";
        Rejected = "rejected", "rejected suggestion";
    }
}

vocabulary! {
    /// Why an answer is not a plain "aligned", in a clinician's words.
    WhyNot {
        TooLittleDetail = "too-little-detail", "too little detail to hold on to: blurred, flat or too small";
        TooBlurred = "too-blurred", "too blurred: one of the pictures is out of focus or shaken";
        TooLittleInCommon = "too-little-in-common", "too little in common: another pose, another area, or another person";
        OnlyStamp = "only-stamp", "only a date stamp or watermark agrees";
        OnlyBackground = "only-background", "only the background agrees, not the skin";
        TurnedHead = "turned-head", "turned head or tilted camera: the poses differ too much";
        Mirrored = "mirrored", "one of the pictures is mirrored";
        Lookalike = "lookalike", "what agrees may be the shape of a face, eyes, brows or a pattern, and too little of the skin does: it may be another person";
        RegionTooSmall = "region-too-small", "the part that alone counts shows too little: draw it larger";
        Unsure = "unsure", "the pictures agree only in part: please check";
    }
}

/// The coordinate system of one view over time: upright pixels of its reference photo.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// Row id.
    pub id: FrameId,
    /// Whose skin.
    pub patient: PatientId,
    /// Which view.
    pub view: ViewId,
    /// The photo whose pixels are the coordinates.
    pub reference: PhotoId,
    /// Size of the upright reference.
    pub size: Size,
    /// Scale, where a ruler, a click or a fixed distance gave one.
    pub mm_per_px: Option<f64>,
}

/// The same spot, clicked in a photo and in the reference.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Landmark {
    /// In upright pixels of the photo.
    pub photo: Point,
    /// In pixels of the frame.
    pub frame: Point,
}

/// What an answer rests on beside all pixels of the photo and of the reference.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Basis {
    /// Corners of the part of the frame that alone counted; empty when everything did.
    pub region: Vec<Point>,
    /// What a person clicked; empty unless they placed the photo by points.
    pub landmarks: Vec<Landmark>,
    /// The photo the way went by, where the direct one failed. It may be gone meanwhile.
    pub via: Option<PhotoId>,
    /// Whether it was said in a former frame of the view and carried over to this one.
    pub rebased: bool,
}

/// One answer about one photo in one frame. Append-only.
#[derive(Debug, Clone, PartialEq)]
pub struct Alignment {
    /// Row id; not yet given before it is stored.
    pub id: Option<AlignmentId>,
    /// The photo that was placed.
    pub photo: PhotoId,
    /// Where it was placed.
    pub frame: FrameId,
    /// Freedom of the transform.
    pub model: Model,
    /// From upright photo pixels to frame pixels; none when there is no answer.
    pub matrix: Option<Matrix3>,
    /// Version of the engine that found it.
    pub engine: u32,
    /// Who decided.
    pub source: AlignmentSource,
    /// Aligned, suggestion, or none.
    pub answer: Answer,
    /// Residual in frame pixels.
    pub residual_px: Option<f64>,
    /// 0–1.
    pub confidence: f64,
    /// The reason for anything but a plain "aligned".
    pub why: Option<WhyNot>,
    /// What else it rests on.
    pub basis: Basis,
}
