//! The one pixel buffer of the program.

use crate::geom::Size;

/// An opaque 8-bit picture: RGBA, row-major, sRGB, upright. The fourth byte is always 255.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    size: Size,
    rgba: Vec<u8>,
}

impl Picture {
    /// Takes over a buffer of exactly `4 · width · height` bytes; `None` when the length does not fit or a side is 0.
    #[must_use]
    pub fn from_rgba(size: Size, rgba: Vec<u8>) -> Option<Self> {
        let expected = 4 * size.width as usize * size.height as usize;
        (expected > 0 && rgba.len() == expected).then_some(Self { size, rgba })
    }

    /// One colour all over; a side of 0 becomes 1.
    #[must_use]
    pub fn filled(size: Size, rgb: [u8; 3]) -> Self {
        let size = Size::new(size.width.max(1), size.height.max(1));
        let pixels = size.width as usize * size.height as usize;
        Self { size, rgba: [rgb[0], rgb[1], rgb[2], 255].repeat(pixels) }
    }

    /// Width and height.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// The bytes.
    #[must_use]
    pub fn rgba(&self) -> &[u8] {
        &self.rgba
    }

    /// The pixels, row by row.
    #[must_use]
    pub fn pixels(&self) -> &[[u8; 4]] {
        self.rgba.as_chunks().0
    }

    /// Gives the bytes away.
    #[must_use]
    pub fn into_rgba(self) -> Vec<u8> {
        self.rgba
    }

    /// Rows to draw into. Whoever draws keeps the fourth byte at 255.
    pub(crate) fn pixels_mut(&mut self) -> &mut [[u8; 4]] {
        self.rgba.as_chunks_mut().0
    }
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({}×{})", self.size.width, self.size.height)
    }
}
