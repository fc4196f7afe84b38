//! Which format a file is, told by its first bytes.

use super::{ImagingError, raw};

/// Formats that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// JPEG, baseline or progressive.
    Jpeg,
    /// PNG.
    Png,
    /// TIFF that holds a finished picture, not raw sensor data.
    Tiff,
    /// WebP, lossy or lossless.
    Webp,
    /// HEIC of phones and some cameras.
    Heic,
    /// Camera raw with a picture to show in it: CR2, CR3, NEF, ARW, RAF or DNG.
    Raw,
}

/// The format by content, not by extension; `None` for everything that cannot be read.
#[must_use]
pub fn sniff(bytes: &[u8]) -> Option<Format> {
    if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        return Some(Format::Jpeg);
    }
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some(Format::Png);
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Some(Format::Webp);
    }
    if is_heic(bytes) {
        return Some(Format::Heic);
    }
    if raw::is_raw(bytes) {
        return Some(Format::Raw);
    }
    let tiff = bytes.starts_with(b"II*\0") || bytes.starts_with(b"MM\0*");
    tiff.then_some(Format::Tiff)
}

/// Whether the file type box (ISO/IEC 14496-12, 4.3) names a HEVC picture, as its brand or among those it is compatible
/// with: "mif1" alone may as well hold AVIF.
fn is_heic(bytes: &[u8]) -> bool {
    const PICTURES: [&[u8; 4]; 6] = [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"];
    if bytes.get(4..8) != Some(b"ftyp") {
        return false;
    }
    let is = |brand: &[u8; 4], known: &[&[u8; 4]]| known.contains(&brand);
    let Some(brand) = bytes.get(8..12).and_then(<[u8]>::first_chunk) else { return false };
    let mut others = bytes.get(16..box_length(bytes)).unwrap_or_default().as_chunks().0.iter();
    // A film of a phone may name a picture among what it is compatible with, never as what it is.
    is(brand, &PICTURES) || (!is_film(*brand) && others.any(|other| is(other, &PICTURES)))
}

/// Whether a brand is one of films: those of ISO/IEC 14496-12 and -14, of Apple's films, and what phones and cameras write.
fn is_film(brand: [u8; 4]) -> bool {
    const FILMS: &str = "isom iso2 iso4 iso5 iso6 mp41 mp42 avc1 M4V mp4v XAVC dash";
    let name = brand.trim_ascii_end();
    name == b"qt" || name.starts_with(b"3g") || FILMS.split(' ').any(|film| film.as_bytes() == name)
}

/// Length of the file type box, which lists few brands.
fn box_length(bytes: &[u8]) -> usize {
    bytes.first_chunk().map_or(0, |n| u32::from_be_bytes(*n) as usize).min(256)
}

/// The words for a file that [`sniff`] does not know but a camera or phone may well have made.
pub(super) fn why_unknown(bytes: &[u8]) -> ImagingError {
    if bytes.get(4..8) == Some(b"ftyp") {
        let others = bytes.get(16..box_length(bytes)).unwrap_or_default().as_chunks::<4>().0;
        let is_avif = others.iter().any(|brand| matches!(brand, b"avif" | b"avis"));
        return match bytes.get(8..12) {
            Some(b"avif" | b"avis") => ImagingError::Avif,
            Some(b"mif1" | b"msf1") if is_avif => ImagingError::Avif,
            Some(b"heic" | b"heix" | b"hevc" | b"heim" | b"heis" | b"mif1" | b"msf1" | b"miaf" | b"MiHE" | b"MiHB") => {
                ImagingError::Unsupported("a HEIC picture")
            }
            Some(b"jxl ") => ImagingError::Unsupported("a JPEG XL picture"),
            Some(b"avci" | b"avcs") => ImagingError::Unsupported("a picture in the manner of HEIC, coded otherwise"),
            _ => ImagingError::Video,
        };
    }
    let raw_heads: [&[u8]; 5] = [b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FOVb"];
    if raw_heads.iter().any(|head| bytes.starts_with(head)) {
        return raw::UNKNOWN;
    }
    match bytes {
        [0xff, 0x0a, ..] => ImagingError::Unsupported("a JPEG XL picture"),
        _ if bytes.starts_with(b"\0\0\0\x0cJXL ") => ImagingError::Unsupported("a JPEG XL picture"),
        _ if bytes.starts_with(b"\0\0\0\x0cjP  ") => ImagingError::Unsupported("a JPEG 2000 picture"),
        [b'G', b'I', b'F', b'8', ..] => ImagingError::Unsupported("a GIF picture"),
        [b'B', b'M', ..] if bytes.len() > 26 => ImagingError::Unsupported("a BMP picture"),
        _ => ImagingError::NotAPicture,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_decides() {
        assert_eq!(sniff(b"\xff\xd8\xff\xe0"), Some(Format::Jpeg));
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n"), Some(Format::Png));
        assert_eq!(sniff(b"RIFF\0\0\0\0WEBPVP8 "), Some(Format::Webp));
        assert_eq!(sniff(b"MM\0*\0\0\0\x08"), Some(Format::Tiff));
        assert_eq!(sniff(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"), Some(Format::Heic));
        assert_eq!(sniff(b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic"), Some(Format::Heic));
        assert_eq!(sniff(b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif"), None);
        assert_eq!(sniff(b"\0\0\0\x18ftypmiaf\0\0\0\0mif1heic"), Some(Format::Heic));
        assert_eq!(sniff(b"\0\0\0\x18ftypisom\0\0\0\0mp41heic"), None, "a film");
        for raw in [&b"II*\0\x10\0\0\0CR\x02\0"[..], b"FUJIFILMCCD-RAW 0201", b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom"] {
            assert_eq!(sniff(raw), Some(Format::Raw));
        }
        assert_eq!(sniff(b"RIFF\0\0\0\0WAVEfmt "), None);
        assert_eq!(sniff(b""), None);
    }

    #[test]
    fn phone_and_raw_files_are_called_by_name() {
        assert_eq!(why_unknown(b"\0\0\0\x18ftypheic"), ImagingError::Unsupported("a HEIC picture"));
        let orf = b"IIRO\x08\0\0\0";
        assert_eq!((sniff(orf), why_unknown(orf)), (None, raw::UNKNOWN));
        for avif in [&b"\0\0\0\x14ftypavif\0\0\0\0mif1"[..], b"\0\0\0\x18ftypmif1\0\0\0\0miafavif"] {
            assert_eq!((sniff(avif), why_unknown(avif)), (None, ImagingError::Avif));
        }
        assert_eq!(why_unknown(b"\0\0\0\x14ftypmif1\0\0\0\0mif1"), ImagingError::Unsupported("a HEIC picture"));
        assert_eq!(why_unknown(b"PK\x03\x04"), ImagingError::NotAPicture);
        assert_eq!(why_unknown(b"\0\0\0\x18ftypqt  \0\0\0\0qt  "), ImagingError::Video);
        let jxl = ImagingError::Unsupported("a JPEG XL picture");
        assert_eq!((why_unknown(b"\xff\x0a\x11"), why_unknown(b"\0\0\0\x0cJXL \x0d\x0a")), (jxl.clone(), jxl));
    }
}
