//! Where the parts of a comparison stand.

use crate::geom::{Rect, Size};

/// How two pictures stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layout {
    /// Before on the left, after on the right.
    #[default]
    SideBySide,
    /// Before above, after below: for wide strips of skin.
    Stacked,
}

/// Positions in whole pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Size of the whole.
    pub size: Size,
    /// Size of each half.
    pub half: Size,
    /// Left and top of the before picture (always 0, 0).
    pub before: (u32, u32),
    /// Left and top of the after picture.
    pub after: (u32, u32),
}

/// The gap is one pixel for each of these: two on a screen of 1440.
const GAP_PER: u32 = 720;

impl Layout {
    /// Plans a composite of `crop` whose longest side is at most `longest`. Never finer than one pixel a frame pixel, so
    /// that no detail is made up.
    #[must_use]
    pub fn plan(self, crop: Rect, longest: u32) -> Plan {
        let longest = longest.max(3);
        let gap = (longest / GAP_PER).max(2).min(longest / 3);
        let room = f64::from(longest - gap);
        let (w, h) = (crop.width.max(1e-6), crop.height.max(1e-6));
        let scale = match self {
            Self::SideBySide => (room / (2.0 * w)).min(f64::from(longest) / h),
            Self::Stacked => (f64::from(longest) / w).min(room / (2.0 * h)),
        }
        .min(1.0);
        let side = |v: f64| (v * scale).floor().max(1.0) as u32;
        let half = Size::new(side(w), side(h));
        let (size, after) = match self {
            Self::SideBySide => (Size::new(2 * half.width + gap, half.height), (half.width + gap, 0)),
            Self::Stacked => (Size::new(half.width, 2 * half.height + gap), (0, half.height + gap)),
        };
        Plan { size, half, before: (0, 0), after }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn halves_stand_beside_each_other_with_a_gap() {
        let crop = Rect { x: 5.0, y: 5.0, width: 3000.0, height: 2000.0 };
        let plan = Layout::SideBySide.plan(crop, 2402);
        assert_eq!((plan.half, plan.after), (Size::new(1199, 799), (1202, 0)));
        assert_eq!(plan.size, Size::new(2401, 799));
    }

    proptest! {
        // No side exceeds what was asked for and no half is finer than the frame.
        #[test]
        fn a_plan_keeps_its_bounds(w in 1f64..6000.0, h in 1f64..6000.0, longest in 16u32..4000, stacked: bool) {
            let layout = if stacked { Layout::Stacked } else { Layout::SideBySide };
            let plan = layout.plan(Rect { x: 0.0, y: 0.0, width: w, height: h }, longest);
            prop_assert!(plan.size.longest() <= longest.max(4));
            prop_assert!(f64::from(plan.half.width) <= w.max(1.0) && f64::from(plan.half.height) <= h.max(1.0));
        }
    }
}
