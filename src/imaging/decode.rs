//! Bytes of any known format to an upright sRGB picture, no larger than asked for where the format allows.

use std::io::Cursor;

use image::{DynamicImage, ExtendedColorType, ImageDecoder, ImageReader, Limits};
use tiff::decoder::{Decoder, DecodingResult};

use super::apart::Question;
use super::codec::{self, Channels};
use super::color::{self, Source};
use super::inspect::{self, Examined};
use super::orient::{Pixel, Placement, upright_size};
use super::segments::{FrameHeader, Jpeg};
use super::{Format, ImagingError, Picture, entropy, resize};
use crate::geom::Size;

/// Bytes the decoders of PNG, TIFF and WebP may allocate: 200 MP of 16-bit RGB.
const MOST_BYTES: u64 = 1_200_000_000;

/// Start of a progressive frame.
const PROGRESSIVE: u8 = 0xc2;

/// SMPTE EG 432-1 among the colour primaries of ISO/IEC 23091-2.
const DISPLAY_P3: u32 = 12;

/// How much of the original is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Every pixel.
    Full,
    /// The longest side at least this, or full size where the original is smaller: JPEGs are scaled while decoding.
    AtLeast(u32),
}

/// A picture, and what is odd about its file.
#[derive(Debug)]
pub struct Decoded {
    /// The picture, whole.
    pub picture: Picture,
    /// Whether the file has bytes that belong to nothing, although every pixel is there.
    pub stray: bool,
}

/// Decodes, turns upright, converts to sRGB. Transparency is laid on white.
pub fn decode(bytes: &[u8], detail: Detail) -> Result<Picture, ImagingError> {
    decode_noting(bytes, detail).map(|decoded| decoded.picture)
}

/// The same, for whoever says what is odd about a file.
pub fn decode_noting(bytes: &[u8], detail: Detail) -> Result<Decoded, ImagingError> {
    let examined = inspect::examine(bytes)?;
    let plain = |picture| Decoded { picture, stray: false };
    match &examined.jpeg {
        Some((jpeg, frame)) => decode_jpeg(examined.data, detail, &examined, jpeg, *frame),
        None if examined.format == Format::Heic => decode_heic(bytes, detail).map(plain),
        None => decode_other(bytes, &examined).map(plain),
    }
}

/// The decoder knows no scales: all of it is decoded, and made as small as was asked for.
fn decode_heic(bytes: &[u8], detail: Detail) -> Result<Picture, ImagingError> {
    let answer = inspect::ask_heic(Question::HeicPixels, bytes)?;
    let whole = answer.picture()?;
    let mut picture = match detail {
        Detail::AtLeast(wanted) if whole.size().longest() > wanted => {
            resize::resize(&whole, whole.size().fit_within(wanted))
        }
        _ => whole,
    };
    let source = match (answer.profile, answer.primaries) {
        (profile, _) if !profile.is_empty() => Source::Profile(profile),
        (_, DISPLAY_P3) => Source::DisplayP3,
        _ => Source::Srgb,
    };
    color::to_srgb(picture.pixels_mut(), &source);
    Ok(picture)
}

fn decode_jpeg(
    bytes: &[u8],
    detail: Detail,
    examined: &Examined<'_>,
    jpeg: &Jpeg<'_>,
    frame: FrameHeader,
) -> Result<Decoded, ImagingError> {
    let channels = if frame.components == 4 { Channels::Cmyk } else { Channels::Rgba };
    let orientation = examined.capture.facts.orientation;
    let eighths = eighths_for(examined.stored.longest(), detail);
    // Without what is appended after the picture, which a decoder might take for a second one.
    let bytes = bytes.get(..jpeg.end).unwrap_or(bytes);
    let codec::Decoded { size, pixels: mut buffer, warned } =
        codec::decode_jpeg(bytes, eighths, orientation, channels)?;
    // The decoder fills in what is missing; whether anything is, it does not say, and of a progressive file it often does not
    // even warn. The file has its end: what is missing was lost before it.
    let is_doubtful = warned || frame.marker == PROGRESSIVE;
    let stray = jpeg.stray | (is_doubtful && entropy::walk(jpeg, frame).map_err(|_| ImagingError::Damaged)?);
    let source = match jpeg.icc() {
        Some(profile) => Source::Profile(profile),
        None if examined.capture.adobe_rgb => Source::AdobeRgb,
        None => Source::Srgb,
    };
    let pixels: &mut [Pixel] = buffer.as_chunks_mut().0;
    match channels {
        Channels::Rgba => color::to_srgb(pixels, &source),
        Channels::Cmyk => {
            if jpeg.has_adobe_marker() {
                pixels.iter_mut().flatten().for_each(|v| *v = 255 - *v);
            }
            color::cmyk_to_srgb(pixels, &source);
        }
    }
    let picture = Picture::from_rgba(size, buffer).ok_or(ImagingError::Damaged)?;
    Ok(Decoded { picture, stray })
}

/// The smallest n of n/8 whose longest side is at least what is wanted; libjpeg rounds scaled sides up.
fn eighths_for(longest: u32, detail: Detail) -> u8 {
    match detail {
        Detail::Full => 8,
        Detail::AtLeast(wanted) => (1..8).find(|n| (longest * u32::from(*n)).div_ceil(8) >= wanted).unwrap_or(8),
    }
}

fn decode_other(bytes: &[u8], examined: &Examined<'_>) -> Result<Picture, ImagingError> {
    let format = inspect::image_format(examined.format).ok_or(ImagingError::NotAPicture)?;
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|e| inspect::from_image(&e))?;
    let profile = decoder.icc_profile().ok().flatten();
    let source = profile.map_or(Source::Srgb, Source::Profile);
    let orientation = examined.capture.facts.orientation;
    if examined.format == Format::Tiff && decoder.original_color_type() == ExtendedColorType::Cmyk8 {
        drop(decoder);
        return decode_cmyk_tiff(bytes, orientation, &source);
    }
    let decoded = DynamicImage::from_decoder(decoder).map_err(|e| inspect::from_image(&e))?;
    let stored = Size::new(decoded.width(), decoded.height());
    let mut buffer = decoded.into_rgba8().into_raw();
    if orientation > 1 {
        buffer = turned(&buffer, stored, orientation);
    }
    let pixels: &mut [Pixel] = buffer.as_chunks_mut().0;
    pixels.iter_mut().for_each(lay_on_white);
    color::to_srgb(pixels, &source);
    Picture::from_rgba(upright_size(stored, orientation), buffer).ok_or(ImagingError::Damaged)
}

/// Four inks of eight bits, which stand in the file as they are: 255 is full ink.
fn decode_cmyk_tiff(bytes: &[u8], orientation: u8, source: &Source) -> Result<Picture, ImagingError> {
    let damaged = |_: tiff::TiffError| ImagingError::Damaged;
    let mut limits = tiff::decoder::Limits::default();
    limits.decoding_buffer_size = MOST_BYTES as usize;
    let mut decoder = Decoder::new(Cursor::new(bytes)).map_err(damaged)?.with_limits(limits);
    let (width, height) = decoder.dimensions().map_err(damaged)?;
    let DecodingResult::U8(mut buffer) = decoder.read_image().map_err(damaged)? else {
        return Err(ImagingError::Damaged);
    };
    let stored = Size::new(width, height);
    if buffer.len() != 4 * width as usize * height as usize {
        return Err(ImagingError::Damaged);
    }
    if orientation > 1 {
        buffer = turned(&buffer, stored, orientation);
    }
    color::cmyk_to_srgb(buffer.as_chunks_mut().0, source);
    Picture::from_rgba(upright_size(stored, orientation), buffer).ok_or(ImagingError::Damaged)
}

fn turned(buffer: &[u8], stored: Size, orientation: u8) -> Vec<u8> {
    const STRIP: usize = 16;
    let width = stored.width as usize;
    let placement = Placement::new(stored, orientation);
    let mut upright = vec![0_u8; buffer.len()];
    let rows: &[Pixel] = buffer.as_chunks().0;
    for (i, strip) in rows.chunks(width * STRIP).enumerate() {
        placement.put(strip, width, i * STRIP, upright.as_chunks_mut().0);
    }
    upright
}

fn lay_on_white(pixel: &mut Pixel) {
    let alpha = u32::from(pixel[3]);
    if alpha < 255 {
        for channel in &mut pixel[..3] {
            *channel = ((u32::from(*channel) * alpha + 255 * (255 - alpha) + 127) / 255) as u8;
        }
        pixel[3] = 255;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_sufficient_scale_is_chosen() {
        assert_eq!(eighths_for(6000, Detail::AtLeast(2048)), 3);
        assert_eq!(eighths_for(6000, Detail::AtLeast(1024)), 2);
        assert_eq!(eighths_for(6000, Detail::AtLeast(3000)), 4);
        assert_eq!(eighths_for(800, Detail::AtLeast(2048)), 8);
        assert_eq!(eighths_for(6000, Detail::Full), 8);
    }
}
