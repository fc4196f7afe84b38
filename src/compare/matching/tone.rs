//! A change of exposure and colour temperature of a whole frame, and how it is said.

use std::array;
use std::fmt::Write as _;

use crate::imaging::Picture;

/// Parts of red, green and blue in luminance (ITU-R BT.709).
pub(super) const LUMINANCE: [f64; 3] = [0.2126, 0.7152, 0.0722];
/// What one mired does to log2 of linear red, green and blue, luminance kept: the slope of the sRGB colour of the Planckian
/// locus (cubic approximation of Kim et al. 2002) at 6504 K, less its luminance. Along the locus log2 is so nearly straight
/// in mired that up to 30 mired (5440–8080 K) no channel is off by more than 0.006.
pub(super) const PER_MIRED: [f64; 3] = [0.004_809_3, -0.000_506_7, -0.009_142_2];
/// Colour temperature of the white of sRGB (D65), in kelvin.
const WHITE: f64 = 6504.0;

/// A change of the whole frame by the same factor for every pixel: linear light of channel c is multiplied by
/// 2^(`ev` + `mired` · a), with the slope a of the Planckian locus in that channel.
///
/// Two numbers, no more: a difference between green and magenta is out of its reach, because there the skin's blood is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Tone {
    /// Stops: log2 of the factor for a grey.
    pub ev: f64,
    /// Warmer by this many mired (10⁶ ÷ kelvin) against the white of sRGB; negative is cooler.
    pub mired: f64,
}

impl Tone {
    /// Factors for linear red, green and blue.
    #[must_use]
    pub fn gains(self) -> [f64; 3] {
        PER_MIRED.map(|slope| (self.ev + self.mired * slope).exp2())
    }

    /// Kelvin by which the correlated colour temperature of what was white changes: negative is warmer.
    #[must_use]
    pub fn kelvin(self) -> f64 {
        1e6 / (1e6 / WHITE + self.mired) - WHITE
    }

    /// This change `times` over; −1 takes it back.
    #[must_use]
    pub fn scaled(self, times: f64) -> Self {
        Self { ev: times * self.ev, mired: times * self.mired }
    }

    /// "+0.4 EV, −250 K".
    #[must_use]
    pub fn words(self) -> String {
        let mut said = String::new();
        let tenths = (10.0 * self.ev).round() / 10.0;
        let tens = (self.kelvin() / 10.0).round() * 10.0;
        // A difference of a rounding is said without a sign.
        let sign = |value: f64| {
            if value > 0.0 {
                "+"
            } else if value < 0.0 {
                "−"
            } else {
                ""
            }
        };
        let _ = write!(said, "{}{:.1} EV, {}{:.0} K", sign(tenths), tenths.abs(), sign(tens), tens.abs());
        said
    }

    /// "matched: +0.4 EV, −250 K": what stands in a picture that this was done to.
    #[must_use]
    pub fn mark(self) -> String {
        format!("matched: {}", self.words())
    }

    /// The picture with every pixel changed alike; what becomes lighter than white is white.
    #[must_use]
    pub fn applied(self, picture: &Picture) -> Picture {
        let mut changed = picture.clone();
        let tables =
            self.gains().map(|gain| array::from_fn::<u8, 256, _>(|value| to_srgb(gain * to_linear(value as u8))));
        for pixel in changed.pixels_mut() {
            for (value, table) in pixel.iter_mut().zip(&tables) {
                *value = table[usize::from(*value)];
            }
        }
        changed
    }
}

/// One byte of sRGB as linear light, 0–1 (IEC 61966-2-1).
pub(super) fn to_linear(value: u8) -> f64 {
    let v = f64::from(value) / 255.0;
    if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
}

fn to_srgb(linear: f64) -> u8 {
    let v = if linear <= 0.003_130_8 { 12.92 * linear } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 };
    (255.0 * v).round().clamp(0.0, 255.0) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geom::Size;
    use proptest::prelude::*;

    // Correlated colour temperature of linear sRGB, by McCamy (1992): another way than the one the slopes come from.
    fn mccamy([r, g, b]: [f64; 3]) -> f64 {
        let x = 0.412_456_4 * r + 0.357_576_1 * g + 0.180_437_5 * b;
        let y = 0.212_672_9 * r + 0.715_152_2 * g + 0.072_175_0 * b;
        let z = 0.019_333_9 * r + 0.119_192_0 * g + 0.950_304_1 * b;
        let (cx, cy) = (x / (x + y + z), y / (x + y + z));
        let n = (cx - 0.3320) / (0.1858 - cy);
        449.0 * n.powi(3) + 3525.0 * n.powi(2) + 6823.3 * n + 5520.33
    }

    #[test]
    fn kelvin_are_those_that_another_formula_finds_in_the_changed_white() {
        for mired in [-40.0, -20.0, -5.0, 5.0, 20.0, 40.0] {
            let tone = Tone { ev: 0.3, mired };
            let found = mccamy(tone.gains()) - mccamy([1.0; 3]);
            assert!((found - tone.kelvin()).abs() < 0.1 * tone.kelvin().abs(), "{mired}: {found} {}", tone.kelvin());
        }
    }

    #[test]
    fn a_change_is_said_with_its_sign() {
        let warmer = Tone { ev: 0.41, mired: 6.15 };
        assert_eq!(warmer.mark(), "matched: +0.4 EV, −250 K");
        assert_eq!(warmer.scaled(-1.0).words(), "−0.4 EV, +270 K");
        assert_eq!(Tone { ev: -0.01, mired: 0.02 }.words(), "0.0 EV, 0 K");
    }

    #[test]
    fn nothing_is_changed_by_no_change_and_a_stop_doubles_the_light() {
        let mut picture = Picture::filled(Size::new(16, 16), [0; 3]);
        for (i, pixel) in picture.pixels_mut().iter_mut().enumerate() {
            *pixel = [i as u8, 255 - i as u8, (7 * i) as u8, 255];
        }
        assert_eq!(Tone::default().applied(&picture), picture);
        let brighter = Tone { ev: 1.0, mired: 0.0 }.applied(&Picture::filled(Size::new(2, 2), [100; 3]));
        let ratio = to_linear(brighter.pixels()[0][0]) / to_linear(100);
        assert!((ratio - 2.0).abs() < 0.02, "{ratio}");
    }

    proptest! {
        /// Whatever the change, two pixels that were equal stay equal, and a lighter one is never made the darker one.
        #[test]
        fn a_change_is_the_same_everywhere_and_keeps_the_order(ev in -1.0..1.0_f64, mired in -50.0..50.0_f64, a: u8, b: u8) {
            let mut picture = Picture::filled(Size::new(3, 1), [a.min(b); 3]);
            picture.pixels_mut()[1] = [a.max(b), a.max(b), a.max(b), 255];
            let changed = Tone { ev, mired }.applied(&picture);
            let pixels = changed.pixels();
            prop_assert_eq!(pixels[0], pixels[2]);
            prop_assert!((0..3).all(|c| pixels[0][c] <= pixels[1][c]));
        }

        /// A change and its opposite cancel: their gains are reciprocal.
        #[test]
        fn a_change_can_be_taken_back(ev in -2.0..2.0_f64, mired in -60.0..60.0_f64) {
            let tone = Tone { ev, mired };
            for (gain, back) in tone.gains().into_iter().zip(tone.scaled(-1.0).gains()) {
                prop_assert!((gain * back - 1.0).abs() < 1e-12);
            }
        }
    }
}
