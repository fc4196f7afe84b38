//! The colour tokens of the two themes.

use iced::theme::Palette;
use iced::{Color, Theme};

/// One theme's colours by role.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tokens {
    /// The window.
    pub background: Color,
    /// Side panels and bars.
    pub panel: Color,
    /// Buttons and chips.
    pub raised: Color,
    /// A button under the pointer.
    pub hovered: Color,
    /// Hairlines.
    pub line: Color,
    /// Around a photo.
    pub letterbox: Color,
    /// The rail at the left.
    pub rail: Color,
    /// Content.
    pub text: Color,
    /// Explanation.
    pub muted: Color,
    /// Placeholder.
    pub dim: Color,
    /// Next thing to do, and what is selected.
    pub accent: Color,
    /// Text on the accent.
    pub on_accent: Color,
    /// State: good.
    pub good: Color,
    /// State: needs attention.
    pub attention: Color,
    /// State: wrong.
    pub wrong: Color,
    /// Chip on a picture.
    pub chip: Color,
    /// Text of a chip on a picture.
    pub on_chip: Color,
}

const fn rgb(hex: u32) -> Color {
    Color::from_rgb8((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

/// Dark.
pub const DARK: Tokens = Tokens {
    background: rgb(0x0023_2426),
    panel: rgb(0x002b_2c2f),
    raised: rgb(0x0034_363a),
    hovered: rgb(0x003d_4045),
    line: rgb(0x003f_4146),
    letterbox: rgb(0x001c_1c1d),
    rail: rgb(0x001c_1d1f),
    text: rgb(0x00e7_e8ea),
    muted: rgb(0x009a_9da3),
    dim: rgb(0x006d_7076),
    accent: rgb(0x004f_b3a5),
    on_accent: rgb(0x000d_2320),
    good: rgb(0x006f_bf73),
    attention: rgb(0x00d9_a441),
    wrong: rgb(0x00d9_655b),
    chip: Color { r: 0.09, g: 0.08, b: 0.08, a: 0.82 },
    on_chip: rgb(0x00ef_eeec),
};

/// Light.
pub const LIGHT: Tokens = Tokens {
    background: rgb(0x00f2_f2f1),
    panel: rgb(0x00ff_ffff),
    raised: rgb(0x00dc_dcd9),
    hovered: rgb(0x00d0_d0cd),
    line: rgb(0x00d9_d9d6),
    letterbox: rgb(0x00cf_cfcd),
    rail: rgb(0x00ec_ecea),
    text: rgb(0x001d_1e20),
    muted: rgb(0x005c_5f65),
    dim: rgb(0x0085_888d),
    accent: rgb(0x001f_8a7c),
    on_accent: rgb(0x00ff_ffff),
    good: rgb(0x002f_8a3a),
    attention: rgb(0x00a8_6f0a),
    wrong: rgb(0x00b8_3a30),
    chip: Color { r: 0.09, g: 0.08, b: 0.08, a: 0.82 },
    on_chip: rgb(0x00ef_eeec),
};

impl Tokens {
    pub(super) fn palette(&self) -> Palette {
        Palette {
            background: self.background,
            text: self.text,
            primary: self.accent,
            success: self.good,
            warning: self.attention,
            danger: self.wrong,
        }
    }
}

/// The tokens of a theme.
#[must_use]
pub fn tokens(theme: &Theme) -> &'static Tokens {
    if theme.palette().background == LIGHT.background { &LIGHT } else { &DARK }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance and contrast of WCAG 2.1.
    fn contrast(a: Color, b: Color) -> f32 {
        let luminance = |c: Color| c.relative_luminance();
        let (high, low) = (luminance(a).max(luminance(b)), luminance(a).min(luminance(b)));
        (high + 0.05) / (low + 0.05)
    }

    #[test]
    fn text_and_muted_text_are_readable_on_every_ground() {
        for tokens in [DARK, LIGHT] {
            for ground in [tokens.background, tokens.panel, tokens.rail] {
                assert!(contrast(tokens.text, ground) >= 7.0);
                assert!(contrast(tokens.muted, ground) >= 4.5, "{}", contrast(tokens.muted, ground));
            }
            assert!(contrast(tokens.text, tokens.raised) >= 7.0);
            assert!(contrast(tokens.on_accent, tokens.accent) >= 4.0, "{}", contrast(tokens.on_accent, tokens.accent));
        }
    }

    #[test]
    fn each_theme_finds_its_own_tokens() {
        assert_eq!(tokens(&super::super::dark()), &DARK);
        assert_eq!(tokens(&super::super::light()), &LIGHT);
    }
}
