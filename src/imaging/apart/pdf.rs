//! Pages of a PDF. Fonts that a file does not bring are replaced by such as are built in.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};

use super::Found;
use crate::geom::Size;
use crate::imaging::ImagingError;

/// The page on white paper, sRGB, its longest side `longest` pixels.
pub(super) fn answer(bytes: &[u8], index: u32, longest: u16) -> Result<Found, ImagingError> {
    let pdf = Pdf::new(bytes.to_vec()).map_err(from_reader)?;
    let pages = pdf.pages();
    let page = pages.get(index as usize).ok_or(ImagingError::NoSuchPage)?;
    let (width, height) = page.render_dimensions();
    // The renderer cuts off fractions of a pixel, which rounding must not make of the last one.
    let scale = (f32::from(longest) + 0.25) / width.max(height);
    // A page without any width, or one that is a line, has nothing to show; and neither has one of infinite size.
    if !(scale.is_finite() && width * scale >= 1.0 && height * scale >= 1.0) {
        return Err(ImagingError::Damaged);
    }
    let paper = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
    // The renderer leaves out what it cannot decode and goes on: a scan would be an empty page.
    let left_out = Arc::new(AtomicBool::new(page.raw().contains_key(b"Contents") && page.page_stream().is_none()));
    let noted = Arc::clone(&left_out);
    let interpreting = InterpreterSettings {
        warning_sink: Arc::new(move |_| noted.store(true, Ordering::Relaxed)),
        ..InterpreterSettings::default()
    };
    let rendered = render(page, &RenderCache::new(), &interpreting, &RenderSettings::default(), &paper);
    Ok(Found {
        size: Size::new(u32::from(rendered.width()), u32::from(rendered.height())),
        pages: pages.len() as u32,
        is_partial: left_out.load(Ordering::Relaxed),
        primaries: 0,
        exif: Vec::new(),
        profile: Vec::new(),
        rgb: rendered.data().iter().flat_map(|p| [p.r, p.g, p.b]).collect(),
    })
}

fn from_reader(error: LoadPdfError) -> ImagingError {
    match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => ImagingError::Locked,
        LoadPdfError::Decryption(_) | LoadPdfError::Invalid => ImagingError::Damaged,
    }
}
