//! QR codes: read from a photo, made for paper.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Picture, resize};

/// Longest side at which codes are looked for: one that fills a tenth of the frame is found.
const WORKING: u32 = 1280;
/// Longest text of a code that is of interest.
const LONGEST: usize = 200;

/// The texts of all codes that can be read in a picture.
#[must_use]
pub fn read_codes(picture: &Picture) -> Vec<String> {
    let size = picture.size().fit_within(WORKING);
    let shrunk = (size != picture.size()).then(|| resize(picture, size));
    let pixels = shrunk.as_ref().unwrap_or(picture).pixels();
    let width = size.width as usize;
    // The reader walks whatever a photo holds: a slip of it costs the code, not the import.
    let read = catch_unwind(AssertUnwindSafe(|| {
        let luma = |x: usize, y: usize| {
            let p = pixels[y * width + x];
            ((299 * u32::from(p[0]) + 587 * u32::from(p[1]) + 114 * u32::from(p[2])) / 1000) as u8
        };
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, size.height as usize, luma);
        let codes = image.detect_grids().into_iter().filter_map(|grid| grid.decode().ok());
        codes.map(|(_, text)| text).filter(|text| text.len() <= LONGEST).collect()
    }));
    read.unwrap_or_default()
}

/// The dark modules of a code with this text, row by row without the quiet zone; none when it is too long.
#[must_use]
pub fn make_code(text: &str) -> Option<Vec<Vec<bool>>> {
    let code = qrcode::QrCode::with_error_correction_level(text, qrcode::EcLevel::Q).ok()?;
    let dark: Vec<bool> = code.to_colors().into_iter().map(|color| color == qrcode::Color::Dark).collect();
    Some(dark.chunks(code.width()).map(<[bool]>::to_vec).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geom::Size;

    /// A photo of paper: grey, unevenly lit, the code turned a little.
    fn photographed(modules: &[Vec<bool>], size: Size, across: f64, turn: f64) -> Picture {
        let mut picture = Picture::filled(size, [90, 80, 75]);
        let (width, n) = (size.width as usize, modules.len() as f64);
        let (sin, cos) = turn.sin_cos();
        for (i, pixel) in picture.pixels_mut().iter_mut().enumerate() {
            let (x, y) = ((i % width) as f64 - 300.0, (i / width) as f64 - 240.0);
            let (u, v) = ((x * cos + y * sin) / across * n + n / 2.0, (y * cos - x * sin) / across * n + n / 2.0);
            let inside = |c: f64| (0.0..n).contains(&c);
            let paper = (-4.0..n + 4.0).contains(&u) && (-4.0..n + 4.0).contains(&v);
            let light = 200 - (x.abs() / 12.0) as u8;
            if inside(u) && inside(v) && modules[v as usize][u as usize] {
                *pixel = [40, 38, 36, 255];
            } else if paper {
                *pixel = [light, light, light, 255];
            }
        }
        picture
    }

    #[test]
    fn a_code_that_was_made_is_read_from_a_photo_of_it() {
        let text = "diptych:patient:0123456789abcdef0123456789abcdef";
        let modules = make_code(text).expect("made");
        assert!(modules.len() > 20 && modules.iter().all(|row| row.len() == modules.len()));
        for turn in [0.0, 0.12, 1.6] {
            let photo = photographed(&modules, Size::new(640, 480), 210.0, turn);
            assert_eq!(read_codes(&photo), [text], "turned by {turn}");
        }
        assert_eq!(read_codes(&Picture::filled(Size::new(64, 48), [9; 3])), Vec::<String>::new());
        assert!(make_code(&"x".repeat(9000)).is_none());
    }
}
