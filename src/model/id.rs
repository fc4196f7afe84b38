//! Identifiers. Row ids stay inside the vault; a [`Uid`] is what may leave it.

use serde::{Deserialize, Serialize};

macro_rules! row_ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);
    )+};
}

row_ids! {
    /// A person who works with the vault.
    UserId,
    /// A patient.
    PatientId,
    /// A course of treatment.
    SeriesId,
    /// One standardized pose of a series.
    ViewId,
    /// One visit.
    SessionId,
    /// One filing of an original.
    PhotoId,
    /// An original that is in the vault but not yet filed.
    TrayId,
    /// The coordinate system of one view over time.
    FrameId,
    /// One answer of the registration.
    AlignmentId,
    /// One event in the history of a patient's consents.
    ConsentId,
    /// A document of a patient.
    AttachmentId,
    /// The identity and the place of an original.
    BlobId,
    /// One database of originals.
    VolumeId,
}

/// 128 random bits that name an entity outside the vault, written as 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid(pub [u8; 16]);

impl Uid {
    /// Parses what [`Display`](std::fmt::Display) writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        super::text::bytes_from_hex(text).map(Self)
    }

    /// The first and the last uid that begin with these digits.
    #[must_use]
    pub fn span(digits: &str) -> Option<(Self, Self)> {
        if digits.len() > 32 || !digits.is_ascii() {
            return None;
        }
        Some((Self::parse(&format!("{digits:0<32}"))?, Self::parse(&format!("{digits:f<32}"))?))
    }
}

impl std::fmt::Display for Uid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        super::text::write_hex(f, &self.0)
    }
}

impl<'de> Deserialize<'de> for Uid {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("32 hexadecimal digits"))
    }
}

impl Serialize for Uid {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
