//! Colours, type and spacing of the window, in one place: neutral greys around pictures, one accent.

pub mod style;
pub mod token;

pub use token::{Tokens, tokens};

use iced::{Font, Theme, font};

pub use crate::config::Theme as Choice;

/// The typeface of every text in the window.
pub const REGULAR: Font = Font::with_name("Inter");
/// Names of buttons and tabs.
pub const MEDIUM: Font = Font { weight: font::Weight::Medium, ..REGULAR };
/// Headings.
pub const SEMIBOLD: Font = Font { weight: font::Weight::Semibold, ..REGULAR };
/// The icon font.
pub const ICONS: Font = Font::with_name("lucide");

/// The font files the window brings along, because a machine may have none.
pub const FONT_FILES: [&[u8]; 4] = [
    include_bytes!("../../../assets/fonts/Inter-Regular.otf"),
    include_bytes!("../../../assets/fonts/Inter-Medium.otf"),
    include_bytes!("../../../assets/fonts/Inter-SemiBold.otf"),
    lucide_icons::LUCIDE_FONT_BYTES,
];

/// Type sizes in logical pixels.
pub mod size {
    /// Titles of pages.
    pub const PAGE: f32 = 20.0;
    /// Headings.
    pub const HEADING: f32 = 15.0;
    /// Running text.
    pub const BODY: f32 = 13.0;
    /// Labels of fields and groups.
    pub const LABEL: f32 = 12.0;
    /// Captions, keys, chips.
    pub const CAPTION: f32 = 11.0;
}

/// The 4-px grid.
pub mod space {
    /// 4
    pub const XS: f32 = 4.0;
    /// 8
    pub const S: f32 = 8.0;
    /// 12
    pub const M: f32 = 12.0;
    /// 16
    pub const L: f32 = 16.0;
    /// 24
    pub const XL: f32 = 24.0;
    /// 32
    pub const XXL: f32 = 32.0;
}

/// Corner radii.
pub mod radius {
    /// Chips on pictures.
    pub const CHIP: f32 = 4.0;
    /// Controls and photos.
    pub const CONTROL: f32 = 6.0;
    /// Cards and dialogs.
    pub const CARD: f32 = 10.0;
}

/// The theme of a choice, given whether the desktop prefers light.
#[must_use]
pub fn of(choice: Choice, desktop_is_light: bool) -> Theme {
    match choice {
        Choice::Light => light(),
        Choice::Auto if desktop_is_light => light(),
        Choice::Dark | Choice::Auto => dark(),
    }
}

/// The dark theme.
#[must_use]
pub fn dark() -> Theme {
    Theme::custom("Diptych dark", token::DARK.palette())
}

/// The light theme.
#[must_use]
pub fn light() -> Theme {
    Theme::custom("Diptych light", token::LIGHT.palette())
}
