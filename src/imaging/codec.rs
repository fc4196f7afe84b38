//! JPEG in and out by mozjpeg. The only place that calls it, because it reports errors by unwinding.

use std::panic::{AssertUnwindSafe, catch_unwind};

use mozjpeg::{ColorSpace, Compress, Decompress};

use super::orient::{Pixel, Placement, upright_size};
use super::{ImagingError, Picture};
use crate::geom::Size;

/// Rows decoded at a time: one row of MCUs at 4:2:0.
const STRIP: usize = 16;
/// Quality from which chroma keeps its full resolution in exports.
const FULL_CHROMA_FROM: u8 = 90;

/// What a JPEG is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Baseline, 4:2:0, no trellis: written and read fast.
    Preview,
    /// Progressive with trellis quantisation, 4:4:4 from quality 90 on so that redness keeps its edges: smallest for its looks.
    Export,
}

/// A JPEG without any metadata but the JFIF header, quality 1–100, in the fast setting.
pub fn encode_jpeg(picture: &Picture, quality: u8) -> Result<Vec<u8>, ImagingError> {
    encode_jpeg_as(picture, quality, Encoding::Preview)
}

/// A JPEG without any metadata but the JFIF header, quality 1–100.
pub fn encode_jpeg_as(picture: &Picture, quality: u8, encoding: Encoding) -> Result<Vec<u8>, ImagingError> {
    let size = picture.size();
    if size.longest() > 65_500 {
        return Err(ImagingError::Encode);
    }
    let quality = quality.clamp(1, 100);
    guarded(ImagingError::Encode, || {
        let mut compress = Compress::new(ColorSpace::JCS_EXT_RGBA);
        let full_chroma = match encoding {
            Encoding::Preview => {
                compress.set_fastest_defaults();
                false
            }
            Encoding::Export => {
                compress.set_progressive_mode();
                quality >= FULL_CHROMA_FROM
            }
        };
        compress.set_size(size.width as usize, size.height as usize);
        compress.set_quality(f32::from(quality));
        let chroma = if full_chroma { (1, 1) } else { (2, 2) };
        compress.set_chroma_sampling_pixel_sizes(chroma, chroma);
        let mut started = compress.start_compress(Vec::with_capacity(picture.rgba().len() / 16))?;
        started.write_scanlines(picture.rgba())?;
        started.finish()
    })
}

/// How the four-component pixels of a decoded JPEG are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channels {
    /// RGBA.
    Rgba,
    /// CMYK as stored.
    Cmyk,
}

/// Decodes at `eighths`/8 of the stored size and turns upright. Returns the upright size and its pixels.
pub(super) fn decode_jpeg(
    bytes: &[u8],
    eighths: u8,
    orientation: u8,
    channels: Channels,
) -> Result<(Size, Vec<u8>), ImagingError> {
    guarded(ImagingError::Damaged, || {
        let mut decompress = Decompress::new_mem(bytes)?;
        decompress.scale(eighths);
        let target = match channels {
            Channels::Rgba => ColorSpace::JCS_EXT_RGBA,
            Channels::Cmyk => ColorSpace::JCS_CMYK,
        };
        let mut started = decompress.to_colorspace(target)?;
        let stored = Size::new(started.width() as u32, started.height() as u32);
        let (width, height) = (started.width(), started.height());
        let mut upright = vec![0_u8; 4 * width * height];
        if orientation <= 1 {
            let _: &mut [u8] = started.read_scanlines_into(&mut upright)?;
        } else {
            let placement = Placement::new(stored, orientation);
            let mut strip: Vec<Pixel> = vec![[0; 4]; width * STRIP.min(height)];
            let out: &mut [Pixel] = upright.as_chunks_mut().0;
            for first in (0..height).step_by(STRIP) {
                let rows = &mut strip[..width * STRIP.min(height - first)];
                let rows: &mut [Pixel] = started.read_scanlines_into(rows)?;
                placement.put(rows, width, first, out);
            }
        }
        started.finish()?;
        Ok((upright_size(stored, orientation), upright))
    })
}

/// Runs `work`, turning errors and unwinding alike into `error`. The library unwinds without calling the panic hook, so
/// nothing is printed.
fn guarded<T>(error: ImagingError, work: impl FnOnce() -> std::io::Result<T>) -> Result<T, ImagingError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(_)) | Err(_) => Err(error),
    }
}
