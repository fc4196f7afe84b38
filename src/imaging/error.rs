//! What can go wrong with a picture file.

/// Why a file could not be read or a picture not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImagingError {
    /// The content is none of the formats known.
    #[error("not a picture")]
    NotAPicture,
    /// A film, perhaps of a camera that takes photos too.
    #[error("a video, not a picture")]
    Video,
    /// The file ends before its picture does.
    #[error("the file is cut short")]
    Truncated,
    /// The content contradicts itself.
    #[error("the picture data is damaged")]
    Damaged,
    /// More pixels than the byte budget allows, or a header that says so.
    #[error("the picture is larger than 200 megapixels")]
    TooLarge,
    /// More pixels than a file of this length can hold of a photo.
    #[error("the file is too short for the pixels it claims")]
    Implausible,
    /// A JPEG of 12 bits a sample.
    #[error("unsupported: a 12-bit JPEG")]
    TwelveBit,
    /// AVIF.
    #[error("unsupported: an AVIF picture")]
    Avif,
    /// A kind of picture that is known but not read; the words name it.
    #[error("unsupported: {0}")]
    Unsupported(&'static str),
    /// A PDF that opens with a password only.
    #[error("a password is asked for")]
    Locked,
    /// A page that a document does not have.
    #[error("no such page")]
    NoSuchPage,
    /// The encoder refused.
    #[error("the picture could not be encoded")]
    Encode,
}

impl ImagingError {
    /// What happened, what is safe, what to do.
    #[must_use]
    pub fn user_message(&self) -> String {
        match self {
            Self::NotAPicture => "This file is not a picture. It was left untouched. Choose a JPEG, PNG, TIFF, WebP or HEIC file.".into(),
            Self::Video => "This file is a video. It was left untouched. Choose a JPEG, PNG, TIFF, WebP or HEIC file.".into(),
            Self::Truncated => "This picture file is cut short: its end is missing. Nothing was changed. Copy it again from the card or the camera.".into(),
            Self::Damaged => "This picture file is damaged. Nothing was changed. Copy it again from the card or the camera.".into(),
            Self::TooLarge => "This picture has more than 200 megapixels, or claims to. Nothing was changed. Save a smaller copy with the camera's software.".into(),
            Self::Implausible => "This file claims more than 50 megapixels, in far fewer bytes than any camera needs for them. It was left untouched: such files are made to keep a computer busy. If it is a drawing or a plain area, save a smaller copy.".into(),
            Self::TwelveBit => "This is a JPEG with 12 bits for each colour, as some scanners and medical devices write it; it cannot be read. Nothing was changed. Set the device to JPEG with 8 bits, or save a copy as an ordinary JPEG, or as a PNG or TIFF with 16 bits.".into(),
            Self::Avif => "This is an AVIF picture, as some phones and web browsers save it; it cannot be read. Nothing was changed. Set the phone or camera to JPEG, or open the picture with another program and save a copy as JPEG.".into(),
            Self::Unsupported(what) => {
                format!("This is {what}, which cannot be read. Nothing was changed. Set the camera or phone to JPEG, or export a JPEG copy.")
            }
            Self::Locked => "This document opens with a password only. It is kept as it came in. Save a copy and open it with another program.".into(),
            Self::NoSuchPage => "This document has no such page. Nothing was changed. Go back to its first page.".into(),
            Self::Encode => "The picture could not be written as a JPEG. The original is untouched. Try a smaller size.".into(),
        }
    }
}
