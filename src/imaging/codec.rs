//! JPEG in and out by mozjpeg. The only place that calls it, because it reports errors by unwinding.

use std::cell::Cell;
use std::ffi::c_int;
use std::panic::{AssertUnwindSafe, catch_unwind};

use mozjpeg::decompress::DecompressBuilder;
use mozjpeg::{ColorSpace, Compress};
use mozjpeg_sys::{jpeg_common_struct, jpeg_error_mgr, msg_parm_union};

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

/// What came of decoding a JPEG.
pub(super) struct Decoded {
    /// Upright.
    pub(super) size: Size,
    /// Its pixels, upright.
    pub(super) pixels: Vec<u8>,
    /// Whether the decoder warned about the picture data: some of them may be filled in.
    pub(super) warned: bool,
}

/// Decodes at `eighths`/8 of the stored size and turns upright.
pub(super) fn decode_jpeg(
    bytes: &[u8],
    eighths: u8,
    orientation: u8,
    channels: Channels,
) -> Result<Decoded, ImagingError> {
    guarded(ImagingError::Damaged, || {
        let mut decompress = DecompressBuilder::new().with_err(error_manager()).from_mem(bytes)?;
        // What is odd about the header touches no pixel.
        WARNINGS.set(0);
        decompress.scale(eighths);
        let target = match channels {
            Channels::Rgba => ColorSpace::JCS_EXT_RGBA,
            Channels::Cmyk => ColorSpace::JCS_CMYK,
        };
        let mut started = decompress.to_colorspace(target)?;
        let stored = Size::new(started.width() as u32, started.height() as u32);
        let (width, height) = (started.width(), started.height());
        // Where rows stay rows nothing has to be cleared before them, which is a tenth of the time.
        let upright = if orientation <= 1 {
            started.read_scanlines::<Pixel>()?.into_flattened()
        } else {
            let mut upright = vec![0_u8; 4 * width * height];
            let placement = Placement::new(stored, orientation);
            let mut strip: Vec<Pixel> = vec![[0; 4]; width * STRIP.min(height)];
            let out: &mut [Pixel] = upright.as_chunks_mut().0;
            for first in (0..height).step_by(STRIP) {
                let rows = &mut strip[..width * STRIP.min(height - first)];
                let rows: &mut [Pixel] = started.read_scanlines_into(rows)?;
                placement.put(rows, width, first, out);
            }
            upright
        };
        started.finish()?;
        Ok(Decoded { size: upright_size(stored, orientation), pixels: upright, warned: WARNINGS.get() > 0 })
    })
}

thread_local! {
    /// Warnings of the decoder that runs on this thread. The library keeps its own count where only unsafe code reads it.
    static WARNINGS: Cell<u32> = const { Cell::new(0) };
}

/// How the library reports: errors by unwinding, warnings by counting, anything else not at all.
fn error_manager() -> jpeg_error_mgr {
    jpeg_error_mgr {
        error_exit: Some(give_up),
        emit_message: Some(count),
        output_message: Some(ignore),
        format_message: None,
        reset_error_mgr: Some(ignore),
        msg_code: 0,
        msg_parm: msg_parm_union::default(),
        trace_level: 0,
        num_warnings: 0,
        jpeg_message_table: std::ptr::null(),
        last_jpeg_message: 0,
        addon_message_table: std::ptr::null(),
        first_addon_message: 0,
        last_addon_message: 0,
    }
}

/// Unwinds without calling the panic hook, so that nothing is printed.
extern "C-unwind" fn give_up(_: &mut jpeg_common_struct) {
    std::panic::resume_unwind(Box::new(()));
}

extern "C-unwind" fn count(_: &mut jpeg_common_struct, level: c_int) {
    // jerror.h: -1 is a warning, 0 and more are traces.
    if level < 0 {
        WARNINGS.set(WARNINGS.get().saturating_add(1));
    }
}

extern "C-unwind" fn ignore(_: &mut jpeg_common_struct) {}

/// Runs `work`, turning errors and unwinding alike into `error`. The library unwinds without calling the panic hook, so
/// nothing is printed.
fn guarded<T>(error: ImagingError, work: impl FnOnce() -> std::io::Result<T>) -> Result<T, ImagingError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(_)) | Err(_) => Err(error),
    }
}
