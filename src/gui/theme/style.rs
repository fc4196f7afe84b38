//! Styles by role, for the widgets of iced.

use iced::widget::{button, container, pick_list, progress_bar, rule, scrollable, text, text_input};
use iced::{Background, Border, Color, Shadow, Theme, border, overlay};

use super::radius;
use super::token::{Tokens, tokens};

fn filled(background: Color, text_color: Color) -> button::Style {
    button::Style {
        background: Some(background.into()),
        text_color,
        border: border::rounded(radius::CONTROL),
        ..button::Style::default()
    }
}

/// The next thing to do.
pub fn primary(theme: &Theme, status: button::Status) -> button::Style {
    let t = tokens(theme);
    let ground = match status {
        button::Status::Active => t.accent,
        button::Status::Hovered => mix(t.accent, t.text, 0.12),
        button::Status::Pressed => mix(t.accent, t.background, 0.15),
        button::Status::Disabled => return filled(t.raised, t.dim),
    };
    filled(ground, t.on_accent)
}

/// Any other button.
pub fn raised(theme: &Theme, status: button::Status) -> button::Style {
    let t = tokens(theme);
    match status {
        button::Status::Active => filled(t.raised, t.text),
        button::Status::Hovered => filled(t.hovered, t.text),
        button::Status::Pressed => filled(t.line, t.text),
        button::Status::Disabled => filled(mix(t.raised, t.background, 0.5), t.dim),
    }
}

/// A button that decides something dangerous.
pub fn danger(theme: &Theme, status: button::Status) -> button::Style {
    let t = tokens(theme);
    let ground = if status == button::Status::Hovered { mix(t.wrong, t.text, 0.12) } else { t.wrong };
    filled(ground, if t.on_accent == Color::WHITE { Color::WHITE } else { t.letterbox })
}

/// A button that looks like text until the pointer is over it.
pub fn quiet(theme: &Theme, status: button::Status) -> button::Style {
    let t = tokens(theme);
    match status {
        button::Status::Active => button::Style { background: None, ..filled(t.background, t.muted) },
        button::Status::Hovered | button::Status::Pressed => filled(t.raised, t.text),
        button::Status::Disabled => button::Style { background: None, ..filled(t.background, t.dim) },
    }
}

/// A choice among several: raised when it is the chosen one.
pub fn choice(chosen: bool) -> impl Fn(&Theme, button::Status) -> button::Style {
    move |theme, status| {
        let t = tokens(theme);
        if chosen { filled(t.raised, t.text) } else { quiet(theme, status) }
    }
}

/// One of several choices that are all seen; filled when it is chosen.
pub fn toggle(on: bool) -> impl Fn(&Theme, button::Status) -> button::Style {
    move |theme, status| if on { primary(theme, status) } else { raised(theme, status) }
}

/// A tab: its words are content when it is the chosen one.
pub fn tab(chosen: bool) -> impl Fn(&Theme, button::Status) -> button::Style {
    move |theme, status| {
        let style = quiet(theme, status);
        if chosen { button::Style { background: None, text_color: tokens(theme).text, ..style } } else { style }
    }
}

/// A row of a list.
pub fn list_row(selected: bool) -> impl Fn(&Theme, button::Status) -> button::Style {
    move |theme, status| {
        let t = tokens(theme);
        let mut style = quiet(theme, status);
        style.text_color = t.text;
        if selected {
            style.background = Some(mix(t.background, t.accent, 0.16).into());
            style.border = Border { color: t.accent, width: 1.0, radius: radius::CONTROL.into() };
        } else if status == button::Status::Hovered {
            style.background = Some(t.panel.into());
        }
        style
    }
}

/// The frame around a picture of the board or the strip.
pub fn picture(ring: Option<Color>) -> impl Fn(&Theme, button::Status) -> button::Style {
    move |theme, status| {
        let t = tokens(theme);
        let hovered = status == button::Status::Hovered;
        let color = ring.unwrap_or(if hovered { t.dim } else { Color::TRANSPARENT });
        button::Style {
            background: None,
            text_color: t.text,
            border: Border { color, width: 2.0, radius: (radius::CONTROL + 3.0).into() },
            ..button::Style::default()
        }
    }
}

/// A slot that waits for a picture.
pub fn slot(invites: bool) -> impl Fn(&Theme, button::Status) -> button::Style {
    move |theme, status| {
        let t = tokens(theme);
        let hovered = invites && status == button::Status::Hovered;
        button::Style {
            background: hovered.then(|| t.panel.into()),
            text_color: if hovered { t.text } else { t.dim },
            border: Border {
                color: if invites { t.line } else { mix(t.background, t.line, 0.6) },
                width: 1.0,
                radius: radius::CONTROL.into(),
            },
            ..button::Style::default()
        }
    }
}

/// The ground of the whole window.
pub fn window(theme: &Theme) -> container::Style {
    let t = tokens(theme);
    ground(t.background, t)
}

/// Side panels and bars.
pub fn panel(theme: &Theme) -> container::Style {
    let t = tokens(theme);
    ground(t.panel, t)
}

/// The rail at the left.
pub fn rail(theme: &Theme) -> container::Style {
    let t = tokens(theme);
    ground(t.rail, t)
}

/// Behind pictures.
pub fn letterbox(theme: &Theme) -> container::Style {
    let t = tokens(theme);
    ground(t.letterbox, t)
}

/// A card or a dialog.
pub fn card(theme: &Theme) -> container::Style {
    let t = tokens(theme);
    container::Style { border: Border { color: t.line, width: 1.0, radius: radius::CARD.into() }, ..ground(t.panel, t) }
}

/// Something that floats: a dialog over the dimmed window.
///
/// Without a shadow: the software renderer draws shadows beyond the part of the window it repaints, so that they pile up
/// with every letter that is typed and cover the dialog.
pub fn floating(theme: &Theme) -> container::Style {
    let t = tokens(theme);
    container::Style { border: Border { color: t.dim, width: 1.0, radius: radius::CARD.into() }, ..card(theme) }
}

/// What dims the window under a dialog.
pub fn scrim(_: &Theme) -> container::Style {
    container::Style { background: Some(Color { a: 0.55, ..Color::BLACK }.into()), ..container::Style::default() }
}

/// A round chip on a bar.
pub fn pill(theme: &Theme) -> container::Style {
    let t = tokens(theme);
    container::Style { border: border::rounded(12), ..ground(t.raised, t) }
}

/// A chip on a picture.
pub fn chip(theme: &Theme) -> container::Style {
    let t = tokens(theme);
    container::Style {
        text_color: Some(t.on_chip),
        background: Some(t.chip.into()),
        border: border::rounded(radius::CHIP),
        ..container::Style::default()
    }
}

/// The key beside a command.
pub fn key(theme: &Theme) -> container::Style {
    let t = tokens(theme);
    container::Style {
        text_color: Some(t.muted),
        border: Border { color: t.line, width: 1.0, radius: radius::CHIP.into() },
        ..container::Style::default()
    }
}

/// A solid block of a state's colour: a dot or a bar.
pub fn block(color: Color, rounded: f32) -> impl Fn(&Theme) -> container::Style {
    move |_| container::Style {
        background: Some(color.into()),
        border: border::rounded(rounded),
        ..container::Style::default()
    }
}

/// A banner that states something with the colour of its state at the left.
pub fn banner(color: Color) -> impl Fn(&Theme) -> container::Style {
    move |theme| {
        let t = tokens(theme);
        container::Style {
            border: Border { color, width: 1.0, radius: radius::CONTROL.into() },
            ..ground(mix(t.panel, color, 0.10), t)
        }
    }
}

fn ground(background: Color, t: &Tokens) -> container::Style {
    container::Style { text_color: Some(t.text), background: Some(background.into()), ..container::Style::default() }
}

/// A text field; the ring of the focused one is the accent.
pub fn input(theme: &Theme, status: text_input::Status) -> text_input::Style {
    let t = tokens(theme);
    let (color, width) = match status {
        text_input::Status::Focused { .. } => (t.accent, 2.0),
        text_input::Status::Hovered => (t.dim, 1.0),
        text_input::Status::Active | text_input::Status::Disabled => (t.line, 1.0),
    };
    text_input::Style {
        background: Background::Color(t.letterbox_of_fields()),
        border: Border { color, width, radius: radius::CONTROL.into() },
        icon: t.muted,
        placeholder: t.dim,
        value: t.text,
        selection: Color { a: 0.35, ..t.accent },
    }
}

/// A list to pick from.
pub fn pick(theme: &Theme, status: pick_list::Status) -> pick_list::Style {
    let t = tokens(theme);
    let color = match status {
        pick_list::Status::Active => t.line,
        pick_list::Status::Hovered => t.dim,
        pick_list::Status::Opened { .. } => t.accent,
    };
    pick_list::Style {
        text_color: t.text,
        placeholder_color: t.dim,
        handle_color: t.muted,
        background: t.raised.into(),
        border: Border { color, width: 1.0, radius: radius::CONTROL.into() },
    }
}

/// The open list of a pick list.
pub fn menu(theme: &Theme) -> overlay::menu::Style {
    let t = tokens(theme);
    overlay::menu::Style {
        background: t.panel.into(),
        border: Border { color: t.line, width: 1.0, radius: radius::CONTROL.into() },
        text_color: t.text,
        selected_text_color: t.on_accent,
        selected_background: t.accent.into(),
        shadow: Shadow::default(),
    }
}

/// How far long work is.
pub fn progress(theme: &Theme) -> progress_bar::Style {
    let t = tokens(theme);
    progress_bar::Style { background: t.raised.into(), bar: t.accent.into(), border: border::rounded(3) }
}

/// A hairline.
pub fn hairline(theme: &Theme) -> rule::Style {
    rule::Style { color: tokens(theme).line, radius: 0.into(), fill_mode: rule::FillMode::Full, snap: true }
}

/// Scroll bars that stay in the background.
pub fn scroll(theme: &Theme, status: scrollable::Status) -> scrollable::Style {
    let t = tokens(theme);
    let mut style = scrollable::default(theme, status);
    for rail in [&mut style.vertical_rail, &mut style.horizontal_rail] {
        rail.background = None;
        rail.scroller.background = t.line.into();
        rail.scroller.border = border::rounded(4);
    }
    style.gap = None;
    style
}

/// Explanations.
pub fn muted(theme: &Theme) -> text::Style {
    text::Style { color: Some(tokens(theme).muted) }
}

/// Placeholders and what is not there yet.
pub fn dim(theme: &Theme) -> text::Style {
    text::Style { color: Some(tokens(theme).dim) }
}

/// What needs attention.
pub fn attention(theme: &Theme) -> text::Style {
    text::Style { color: Some(tokens(theme).attention) }
}

/// What went wrong.
pub fn wrong(theme: &Theme) -> text::Style {
    text::Style { color: Some(tokens(theme).wrong) }
}

/// Links and what is chosen.
pub fn accent(theme: &Theme) -> text::Style {
    text::Style { color: Some(tokens(theme).accent) }
}

/// The colour `part` of the way from `a` to `b`.
#[must_use]
pub fn mix(a: Color, b: Color, part: f32) -> Color {
    let blend = |x: f32, y: f32| x + (y - x) * part;
    Color { r: blend(a.r, b.r), g: blend(a.g, b.g), b: blend(a.b, b.b), a: a.a }
}

impl Tokens {
    /// Fields lie a little below their surroundings: darker on dark, white on light.
    fn letterbox_of_fields(&self) -> Color {
        if self.on_accent == Color::WHITE { Color::WHITE } else { self.letterbox }
    }
}
