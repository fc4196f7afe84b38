//! The pieces screens are made of: texts by role, buttons with their keys, chips, fields, banners.

pub mod photo;

use iced::widget::{button, column, container, pick_list, row, space, text, text_input};
use iced::{Alignment, Color, Element, Fill, Length, Padding};
use lucide_icons::Icon;

use super::theme::{self, Tokens, radius, size, space as gap, style};
use crate::compare::grade::Grade;

/// A text of a size, with shaping for every script.
///
/// Lines are an even number of pixels high: what stands under or beside them then lies on whole pixels, where lines are sharp
/// and the software renderer repaints all that it drew.
pub fn words<'a>(content: impl text::IntoFragment<'a>, pixels: f32) -> text::Text<'a> {
    text(content).size(pixels).line_height(line(pixels)).shaping(text::Shaping::Advanced)
}

/// The height of a line of letters of a size.
fn line(pixels: f32) -> text::LineHeight {
    text::LineHeight::Absolute(((pixels * 0.7).round() * 2.0).into())
}

/// Running text.
pub fn body<'a>(content: impl text::IntoFragment<'a>) -> text::Text<'a> {
    words(content, size::BODY)
}

/// An explanation.
pub fn muted<'a>(content: impl text::IntoFragment<'a>) -> text::Text<'a> {
    words(content, size::BODY).style(style::muted)
}

/// A caption.
pub fn caption<'a>(content: impl text::IntoFragment<'a>) -> text::Text<'a> {
    words(content, size::CAPTION).style(style::muted)
}

/// A heading inside a page.
pub fn heading<'a>(content: impl text::IntoFragment<'a>) -> text::Text<'a> {
    words(content, size::HEADING).font(theme::SEMIBOLD)
}

/// The title of a page.
pub fn title<'a>(content: impl text::IntoFragment<'a>) -> text::Text<'a> {
    words(content, size::PAGE).font(theme::SEMIBOLD)
}

/// An icon.
pub fn icon<'a>(which: Icon, pixels: f32) -> text::Text<'a> {
    text(char::from(which)).font(theme::ICONS).size(pixels).line_height(1.0)
}

/// A key as it is printed beside a command.
pub fn key<'a, M: 'a>(shown: &'a str) -> Element<'a, M> {
    container(words(shown, size::CAPTION)).padding(Padding::from([1.0, 6.0])).style(style::key).into()
}

/// The next thing to do.
pub fn primary<'a, M: Clone + 'a>(label: &'a str, message: Option<M>) -> button::Button<'a, M> {
    labelled(label).style(style::primary).on_press_maybe(message)
}

/// Any other command.
pub fn plain<'a, M: Clone + 'a>(label: &'a str, message: Option<M>) -> button::Button<'a, M> {
    labelled(label).style(style::raised).on_press_maybe(message)
}

/// A command that stays in the background.
pub fn quiet<'a, M: Clone + 'a>(label: &'a str, message: Option<M>) -> button::Button<'a, M> {
    labelled(label).style(style::quiet).on_press_maybe(message)
}

fn labelled<'a, M: 'a>(label: &'a str) -> button::Button<'a, M> {
    button(words(label, size::BODY).font(theme::MEDIUM)).padding([8, 14])
}

/// A command with its key beside it.
pub fn keyed<'a, M: Clone + 'a>(label: &'a str, shown: &'a str, message: Option<M>) -> button::Button<'a, M> {
    let label = words(label, size::BODY).font(theme::MEDIUM);
    button(row![label, key(shown)].spacing(gap::S).align_y(Alignment::Center)).padding([7, 12]).on_press_maybe(message)
}

/// A command with an icon.
pub fn with_icon<'a, M: Clone + 'a>(
    which: Icon,
    label: impl text::IntoFragment<'a>,
    message: Option<M>,
) -> button::Button<'a, M> {
    let label = words(label, size::BODY).font(theme::MEDIUM);
    button(row![icon(which, 15.0), label].spacing(gap::S).align_y(Alignment::Center))
        .padding([8, 14])
        .on_press_maybe(message)
}

/// A dot of a state's colour.
pub fn dot<'a, M: 'a>(color: Color) -> Element<'a, M> {
    container(space().width(8).height(8)).style(style::block(color, 4.0)).into()
}

/// The colour of a grade: a pair may be compared, with care, or not.
#[must_use]
pub fn grade_color(grade: Grade, t: &Tokens) -> Color {
    match grade {
        Grade::A | Grade::B => t.good,
        Grade::C | Grade::D => t.attention,
        Grade::E | Grade::F => t.wrong,
    }
}

/// A dot with its word on a round ground.
pub fn pill<'a, M: 'a>(color: Color, content: impl text::IntoFragment<'a>) -> Element<'a, M> {
    let inside = row![dot(color), words(content, size::LABEL)].spacing(gap::S).align_y(Alignment::Center);
    container(inside).padding([4, 10]).style(style::pill).into()
}

/// A chip that lies on a picture.
pub fn chip<'a, M: 'a>(content: impl text::IntoFragment<'a>, color: Option<Color>) -> Element<'a, M> {
    let label = words(content, size::CAPTION).color_maybe(color);
    container(label).padding([2, 6]).style(style::chip).into()
}

/// A text field under its label.
pub fn field<'a, M: Clone + 'a>(label: &'a str, input: impl Into<Element<'a, M>>) -> Element<'a, M> {
    column![words(label, size::LABEL).style(style::muted), input.into()].spacing(gap::XS).into()
}

/// A text field.
pub fn input<'a, M: Clone + 'a>(
    placeholder: &'a str,
    value: &str,
    on_input: impl Fn(String) -> M + 'a,
) -> text_input::TextInput<'a, M> {
    text_input(placeholder, value)
        .on_input(on_input)
        .size(size::BODY)
        .line_height(line(size::BODY))
        .padding([8, 10])
        .style(style::input)
}

/// A list to pick one value from.
pub fn pick<'a, T, M>(
    options: Vec<T>,
    chosen: Option<T>,
    on_pick: impl Fn(T) -> M + 'a,
) -> pick_list::PickList<'a, T, Vec<T>, T, M>
where
    T: ToString + PartialEq + Clone + 'a,
    M: Clone + 'a,
{
    pick_list(options, chosen, on_pick)
        .text_size(size::BODY)
        .text_shaping(text::Shaping::Advanced)
        .padding([7, 10])
        .style(style::pick)
        .menu_style(style::menu)
}

/// A statement that stays: a state, or what went wrong.
pub fn banner<'a, M: 'a>(color: Color, content: impl text::IntoFragment<'a>) -> Element<'a, M> {
    let inside = row![dot(color), body(content).width(Fill)].spacing(gap::M).align_y(Alignment::Center);
    container(inside).padding([10, 14]).width(Fill).style(style::banner(color)).into()
}

/// What an empty screen says: what is not there yet and what to do.
pub fn empty<'a, M: Clone + 'a>(
    head: impl text::IntoFragment<'a>,
    explanation: impl text::IntoFragment<'a>,
    action: Option<Element<'a, M>>,
) -> Element<'a, M> {
    let texts = column![heading(head), container(muted(explanation).center()).max_width(460)];
    let inside = texts.push(action).spacing(gap::M).align_x(Alignment::Center);
    container(inside).center(Fill).into()
}

/// A hairline across.
pub fn hairline<'a, M: 'a>() -> Element<'a, M> {
    iced::widget::rule::horizontal(1).style(style::hairline).into()
}

/// A hairline down.
pub fn upright_hairline<'a, M: 'a>() -> Element<'a, M> {
    iced::widget::rule::vertical(1).style(style::hairline).into()
}

/// A name at the left and its value at the right.
pub fn fact<'a, M: 'a>(name: &'a str, value: impl text::IntoFragment<'a>) -> Element<'a, M> {
    row![muted(name), space().width(Fill), body(value)].spacing(gap::S).into()
}

/// Id of the dialog that lies over a page.
pub const DIALOG: &str = "dialog";

/// A page, and over it what takes all clicks while it is there: a dialog, a sheet.
///
/// The page stands in the same layer with and without a dialog, so that it keeps where it was scrolled to and its focus.
pub fn over<'a, M: Clone + 'a>(
    under: impl Into<Element<'a, M>>,
    dialog: Option<Element<'a, M>>,
    on_outside: Option<M>,
) -> Element<'a, M> {
    let page = iced::widget::stack![under.into()];
    let Some(dialog) = dialog else { return page.into() };
    let card = container(dialog).id(DIALOG).padding(gap::XL).style(style::floating);
    let mut ground = iced::widget::mouse_area(
        container(iced::widget::opaque(card)).center(Fill).padding(gap::XL).style(style::scrim),
    );
    if let Some(message) = on_outside {
        ground = ground.on_press(message);
    }
    page.push(iced::widget::opaque(ground)).into()
}

/// Progress of long work: stage, bar, count.
pub fn progress<'a, M: 'a>(stage: &'a str, done: u64, total: u64, left: Option<String>) -> Element<'a, M> {
    let count = if total == 0 { String::new() } else { format!("{done} of {total}") };
    progress_of(stage, count, (done, total), left)
}

/// Progress of long work that says its count in words of its own.
pub fn progress_of<'a, M: 'a>(
    stage: &'a str,
    count: String,
    (done, total): (u64, u64),
    left: Option<String>,
) -> Element<'a, M> {
    let part = if total == 0 { 0.0 } else { done as f32 / total as f32 };
    let bar = iced::widget::progress_bar(0.0..=1.0, part).girth(Length::Fixed(6.0)).style(style::progress);
    let head = row![body(stage), space().width(Fill), muted(count), muted(left.unwrap_or_default())].spacing(gap::M);
    column![head, bar].spacing(gap::S).into()
}

/// The radius of photos, for pictures that round their own corners.
pub const PHOTO_RADIUS: f32 = radius::CONTROL;
