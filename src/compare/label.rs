//! The label chip at the lower left of a picture: which session it is, and how long after the baseline.

use ab_glyph::{Font, FontRef, GlyphId, PxScale, ScaleFont, point};

use crate::imaging::Picture;

/// Inter Semi-Bold, for titles.
const SEMIBOLD: &[u8] = include_bytes!("../../assets/fonts/Inter-SemiBold.otf");
/// Inter Regular, for details.
const REGULAR: &[u8] = include_bytes!("../../assets/fonts/Inter-Regular.otf");

/// Ground of the chip and how much of it covers the picture.
const GROUND: [u8; 3] = [0x16, 0x16, 0x18];
const GROUND_OPACITY: f32 = 0.78;
const TITLE: [u8; 3] = [0xff, 0xff, 0xff];
const DETAIL: [u8; 3] = [0xd4, 0xd5, 0xd8];

/// Title size in parts of the picture's height.
const TITLE_PER_HEIGHT: f32 = 0.026;
/// Least readable title, in pixels; below it the text is cut, not shrunk.
const LEAST: f32 = 9.0;
/// How far a long text may shrink before it is cut.
const MOST_SHRINK: f32 = 0.72;

/// A part of a picture that a label must not leave: left, top, width, height in whole pixels.
type Area = (u32, u32, u32, u32);

/// Draws the chip into the lower left of `area` of `picture`. Long texts shrink, then end in "…"; where not even that
/// fits, nothing is drawn.
pub fn draw_label(picture: &mut Picture, area: Area, title: &str, detail: &str) {
    let (Ok(bold), Ok(regular)) = (FontRef::try_from_slice(SEMIBOLD), FontRef::try_from_slice(REGULAR)) else { return };
    let Some(chip) = Chip::fit(&bold, &regular, (area.2 as f32, area.3 as f32), title, detail) else { return };
    let (left, bottom) = (area.0 as f32 + chip.margin, (area.1 + area.3) as f32 - chip.margin);
    let top = bottom - chip.height;
    fill_rounded(picture, [left, top, chip.width, chip.height], chip.radius);
    let mut baseline = top + chip.padding_y;
    for line in &chip.lines {
        baseline += line.ascent;
        draw_text(picture, line, left + chip.padding_x, baseline);
        baseline += line.below;
    }
}

/// The first letter of a text that labels cannot show: they know Latin, Greek and Cyrillic, from left to right.
#[must_use]
pub fn undrawable(text: &str) -> Option<char> {
    let font = FontRef::try_from_slice(REGULAR).ok()?;
    text.chars().find(|letter| font.glyph_id(*letter) == GlyphId(0))
}

/// A line of text with its measures in pixels.
struct Line<'f> {
    font: &'f FontRef<'static>,
    px: f32,
    text: String,
    colour: [u8; 3],
    /// From the line's top to its baseline.
    ascent: f32,
    /// From the baseline to the next line's top.
    below: f32,
}

struct Chip<'f> {
    lines: Vec<Line<'f>>,
    width: f32,
    height: f32,
    margin: f32,
    padding_x: f32,
    padding_y: f32,
    radius: f32,
}

impl<'f> Chip<'f> {
    /// Chooses sizes for a picture of `room` width and height.
    fn fit(
        bold: &'f FontRef<'static>,
        regular: &'f FontRef<'static>,
        room: (f32, f32),
        title: &str,
        detail: &str,
    ) -> Option<Self> {
        // A very wide or very tall half would get letters out of proportion to its other side.
        let wanted = (TITLE_PER_HEIGHT * room.1.min(1.3 * room.0)).max(LEAST);
        let texts = [(bold, title.trim(), 1.0, TITLE), (regular, detail.trim(), 0.82, DETAIL)];
        let texts: Vec<_> = texts.into_iter().filter(|t| !t.1.is_empty()).collect();
        if texts.is_empty() {
            return None;
        }
        let widest = |px: f32| texts.iter().map(|t| text_width(t.0, t.2 * px, t.1)).fold(0.0, f32::max);
        let available = |px: f32| room.0 - 2.0 * (Self::margin(px) + Self::padding_x(px));
        let least = (wanted * MOST_SHRINK).max(LEAST.min(wanted));
        let mut px = wanted;
        while px > least && widest(px) > available(px) {
            px = (px - 0.5).max(least);
        }
        let lines = texts
            .iter()
            .enumerate()
            .map(|(i, &(font, text, relative, colour))| {
                let size = relative * px;
                let text = cut_to(font, size, text, available(px))?;
                let gap = if i + 1 < texts.len() { 0.34 * px } else { 0.0 };
                Some(Line { font, px: size, text, colour, ascent: 0.76 * size, below: 0.18 * size + gap })
            })
            .collect::<Option<Vec<_>>>()?;
        let content = lines.iter().map(|l| text_width(l.font, l.px, &l.text)).fold(0.0, f32::max);
        let (margin, padding_x, padding_y) = (Self::margin(px), Self::padding_x(px), 0.62 * px);
        let width = (content + 2.0 * padding_x).ceil();
        let height = (lines.iter().map(|l| l.ascent + l.below).sum::<f32>() + 2.0 * padding_y).ceil();
        let fits = width + margin <= room.0 && height + margin <= room.1;
        fits.then_some(Self { lines, width, height, margin, padding_x, padding_y, radius: 0.36 * px })
    }

    fn margin(px: f32) -> f32 {
        (0.95 * px).round()
    }

    fn padding_x(px: f32) -> f32 {
        (0.75 * px).round()
    }
}

/// `text`, or as much of its beginning as fits with "…"; `None` when not even one letter does.
fn cut_to(font: &FontRef<'_>, px: f32, text: &str, width: f32) -> Option<String> {
    if text_width(font, px, text) <= width {
        return Some(text.to_owned());
    }
    let mut kept: Vec<char> = text.chars().collect();
    while kept.pop().is_some() && !kept.is_empty() {
        let candidate = format!("{}…", kept.iter().collect::<String>().trim_end());
        if text_width(font, px, &candidate) <= width {
            return Some(candidate);
        }
    }
    None
}

/// Pixels per em to `ab_glyph`'s scale, which is by the height of the line.
fn scale_of(font: &FontRef<'_>, px: f32) -> PxScale {
    let units = font.units_per_em().unwrap_or(1000.0);
    PxScale::from(px * font.height_unscaled() / units)
}

fn text_width(font: &FontRef<'_>, px: f32, text: &str) -> f32 {
    place(font, px, text).1
}

/// Glyphs with their offset from the start, and the width of all.
fn place(font: &FontRef<'_>, px: f32, text: &str) -> (Vec<(GlyphId, f32)>, f32) {
    let scaled = font.as_scaled(scale_of(font, px));
    let mut at = 0.0;
    let mut last: Option<GlyphId> = None;
    let mut glyphs = Vec::with_capacity(text.len());
    for letter in text.chars() {
        let id = font.glyph_id(letter);
        at += last.map_or(0.0, |last| scaled.kern(last, id));
        glyphs.push((id, at));
        at += scaled.h_advance(id);
        last = Some(id);
    }
    (glyphs, at)
}

fn draw_text(picture: &mut Picture, line: &Line<'_>, x: f32, baseline: f32) {
    let scale = scale_of(line.font, line.px);
    for (id, offset) in place(line.font, line.px, &line.text).0 {
        let glyph = id.with_scale_and_position(scale, point(x + offset, baseline));
        if let Some(outline) = line.font.outline_glyph(glyph) {
            let bounds = outline.px_bounds();
            outline.draw(|dx, dy, coverage| {
                blend(
                    picture,
                    bounds.min.x as i64 + i64::from(dx),
                    bounds.min.y as i64 + i64::from(dy),
                    line.colour,
                    coverage,
                );
            });
        }
    }
}

/// Fills a rectangle (left, top, width, height) with round corners; coverage by the distance to the rounded outline.
fn fill_rounded(picture: &mut Picture, [left, top, width, height]: [f32; 4], radius: f32) {
    let (centre_x, centre_y) = (left + width / 2.0, top + height / 2.0);
    for y in top.floor() as i64..(top + height).ceil() as i64 {
        for x in left.floor() as i64..(left + width).ceil() as i64 {
            let dx = ((x as f32 + 0.5 - centre_x).abs() - width / 2.0 + radius).max(0.0);
            let dy = ((y as f32 + 0.5 - centre_y).abs() - height / 2.0 + radius).max(0.0);
            let coverage = (radius - dx.hypot(dy) + 0.5).clamp(0.0, 1.0);
            blend(picture, x, y, GROUND, coverage * GROUND_OPACITY);
        }
    }
}

fn blend(picture: &mut Picture, x: i64, y: i64, colour: [u8; 3], opacity: f32) {
    let size = picture.size();
    if x < 0 || y < 0 || x >= i64::from(size.width) || y >= i64::from(size.height) {
        return;
    }
    let pixel = &mut picture.pixels_mut()[y as usize * size.width as usize + x as usize];
    let opacity = opacity.clamp(0.0, 1.0);
    for (under, over) in pixel.iter_mut().zip(colour) {
        *under = (f32::from(*under) + (f32::from(over) - f32::from(*under)) * opacity).round() as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geom::Size;

    const SKIN: [u8; 3] = [200, 150, 130];

    fn labelled(size: Size, area: Area, title: &str, detail: &str) -> Picture {
        let mut picture = Picture::filled(size, SKIN);
        draw_label(&mut picture, area, title, detail);
        picture
    }

    fn touched(picture: &Picture) -> Option<(u32, u32, u32, u32)> {
        let width = picture.size().width;
        let mut bounds: Option<(u32, u32, u32, u32)> = None;
        for (i, pixel) in picture.pixels().iter().enumerate() {
            if pixel[..3] != SKIN {
                let (x, y) = (i as u32 % width, i as u32 / width);
                let b = bounds.get_or_insert((x, y, x, y));
                *b = (b.0.min(x), b.1.min(y), b.2.max(x), b.3.max(y));
            }
        }
        bounds
    }

    #[test]
    fn a_label_stands_at_the_lower_left() {
        let (left, top, right, bottom) =
            touched(&labelled(Size::new(800, 600), (0, 0, 800, 600), "Session 1 of 6", "baseline")).expect("a label");
        assert!(left < 30 && right < 300 && top > 500 && (560..600).contains(&bottom), "{left} {top} {right} {bottom}");
    }

    #[test]
    fn a_label_never_leaves_its_area() {
        let long = "Session 7 (6 planned) with words that no half of any picture has room for at all";
        for (width, height) in [(30, 20), (64, 48), (120, 400), (300, 200), (1200, 90)] {
            let area = (50, 40, width, height);
            let picture = labelled(Size::new(width + 100, height + 80), area, long, "31 weeks since baseline");
            if let Some((left, top, right, bottom)) = touched(&picture) {
                assert!(left >= 50 && top >= 40 && right < 50 + width && bottom < 40 + height, "{width}×{height}");
            }
        }
    }

    #[test]
    fn a_label_scales_with_the_picture() {
        let height = |size: Size| {
            let b = touched(&labelled(size, (0, 0, size.width, size.height), "Session 4 of 6", "12 weeks"))
                .expect("a label");
            f64::from(b.3 - b.1) / f64::from(size.height)
        };
        assert!((height(Size::new(900, 700)) - height(Size::new(2700, 2100))).abs() < 0.006);
    }

    #[test]
    fn an_empty_label_draws_nothing() {
        assert_eq!(touched(&labelled(Size::new(200, 200), (0, 0, 200, 200), " ", "")), None);
    }
}
