//! How a tool looks: its line above the panes, its marks and loupe over them.

use iced::widget::{column, container, image, row, space};
use iced::{Alignment, Element, Fill};

use super::super::{Compare, Message};
use super::{Kind, LENGTH, Shape, Tool, loupe};
use crate::align::Decision;
use crate::gui::theme::{self, Tokens, size, space as gap, style};
use crate::gui::widget;
use crate::model::{Answer, PhotoId};

pub(super) mod text {
    pub const NOT_CONFIRMED: &str =
        "The pixels do not confirm a place near these points. The points stay as they are: check them, or keep them.";
    pub const POINTS: &str = "Points";
    pub const REGION: &str = "Region";
    pub const SCALE: &str = "Scale";
    pub const CLICK_SAME: &str = "Click the same spot in both pictures: a mole, a pore, the corner of an eye. Two spots place the photo, a third checks them.";
    pub const CLICK_OTHER: &str = "Now the same spot in the other picture.";
    pub const DRAW: &str =
        "Draw around what alone shall count, in either picture. The photo is then aligned again by it.";
    pub const DRAWN: &str = "Only what lies inside will count.";
    pub const ENDS: &str = "Click both ends of a known length: a ruler, a sticker, a scar that was measured.";
    pub const MM: &str = "millimetres";
    pub const KEEP: &str = "Keep";
    pub const ALIGN: &str = "Align by it";
    pub const LEAVE: &str = "Leave";
    pub const BACK: &str = "Last point away";
    pub const REFINE: &str = "Refine on the pixels";
    pub const REFINING: &str = "Refining…";
    pub const BUSY: &str = "Working…";
    pub const AS_CLICKED: &str = "As clicked";
    pub const REFINED: &str = "Refined";
    pub const RECTANGLE: &str = "Rectangle";
    pub const LASSO: &str = "Lasso";
    pub const EVERYTHING: &str = "Everything counts";
    pub const FORGET: &str = "Forget the scale";
}

/// What is said once a decision is stored.
#[must_use]
pub fn said(decision: &Decision, answer: Option<Answer>) -> String {
    let what = match (decision, answer) {
        (Decision::Accept(_), _) => "The suggestion is accepted: the program will not change it.",
        (Decision::Reject(_), _) => "The suggestion is rejected: the two pictures are shown as they were taken.",
        (Decision::ByPoints { .. }, _) => "The photo lies where your points put it: the program will not change it.",
        (Decision::Again { .. }, Some(Answer::Aligned)) => "Aligned again.",
        (Decision::Again { .. }, Some(Answer::Suggestion)) => "Aligned again: please check the suggestion.",
        (Decision::Again { .. }, _) => "It could not be aligned. Try points, or another region.",
        (Decision::Scale { mm_per_px: Some(_), .. }, _) => "The scale is kept: residuals are shown in millimetres.",
        (Decision::Scale { .. }, _) => "The scale is forgotten.",
        (Decision::Reference { .. }, _) => "This photo is the reference of its view from now on.",
    };
    format!("{what} Ctrl Z takes it back.")
}

impl Compare {
    /// The line of the tool in hand.
    pub(in super::super) fn tool_line<'a>(&'a self, t: &Tokens) -> Option<Element<'a, Message>> {
        let tool = self.tool.as_ref()?;
        let (name, sentence) = match tool.kind {
            Kind::Points => (text::POINTS, points_sentence(tool)),
            Kind::Region if tool.region_counts() => (text::REGION, text::DRAWN.to_owned()),
            Kind::Region => (text::REGION, text::DRAW.to_owned()),
            Kind::Scale => (text::SCALE, scale_sentence(tool)),
        };
        let words = row![widget::body(name).font(theme::SEMIBOLD), container(widget::muted(sentence)).width(Fill)];
        let mut lines = column![words.spacing(gap::M), self.tool_buttons(tool)].spacing(gap::S);
        if let Some(problem) = &tool.problem {
            lines = lines.push(widget::banner(t.attention, problem.as_str()));
        }
        Some(container(lines).padding([gap::S, gap::M]).width(Fill).style(style::panel).into())
    }

    fn tool_buttons<'a>(&'a self, tool: &'a Tool) -> Element<'a, Message> {
        let free = !tool.busy;
        let mut left = row![].spacing(gap::S).align_y(Alignment::Center);
        match tool.kind {
            Kind::Points => {
                let back = (free && !tool.clicks.is_empty()).then_some(Message::TakeBack);
                left = left.push(widget::keyed(text::BACK, "⌫", back).style(style::quiet));
                left = left.push(refinement(tool, free));
            }
            Kind::Region => {
                let choice = |label, shape| {
                    widget::quiet(label, free.then_some(Message::Shape(shape)))
                        .style(style::choice(tool.shape == shape))
                };
                let choices =
                    row![choice(text::RECTANGLE, Shape::Rectangle), choice(text::LASSO, Shape::Lasso)].spacing(2);
                left = left.push(container(choices).padding(2).style(style::card));
                let has = self.alignment(tool.photo).is_some_and(|a| !a.basis.region.is_empty());
                left = left.push(has.then(|| widget::quiet(text::EVERYTHING, free.then_some(Message::Everything))));
            }
            Kind::Scale => {
                let input = widget::input("10", &tool.length, Message::Length).id(LENGTH).on_submit(Message::Keep);
                left = left.push(container(input).width(90)).push(widget::muted(text::MM));
                let has = self.board.frames.iter().any(|f| f.id == tool.frame && f.mm_per_px.is_some());
                left = left.push(has.then(|| widget::quiet(text::FORGET, free.then_some(Message::ForgetScale))));
            }
        }
        let ready = free && tool.decision().is_some();
        let label = match tool.kind {
            _ if tool.busy => text::BUSY,
            Kind::Region => text::ALIGN,
            Kind::Points | Kind::Scale => text::KEEP,
        };
        let keep = row![widget::key("Enter"), widget::primary(label, ready.then_some(Message::Keep))];
        let keep = keep.spacing(gap::S).align_y(Alignment::Center);
        let leave = widget::keyed(text::LEAVE, "Esc", Some(Message::Leave)).style(style::quiet);
        left.push(space().width(Fill)).push(leave).push(keep).width(Fill).into()
    }

    /// Marks and loupe over the pane of a photo.
    pub(in super::super) fn tool_layers(&self, over: PhotoId) -> Vec<Element<'_, Message>> {
        let marks = self.overlay(over).view(self.frame(), self.zoom);
        let loupe = self.tool.as_ref().and_then(|tool| tool.loupe.seen(over)).map(|seen| {
            let picture = image(seen.handle.clone()).width(loupe::SIDE as f32).height(loupe::SIDE as f32);
            let framed = container(picture).padding(2).style(style::floating);
            let beside = container(framed).width(Fill).padding(gap::M);
            if seen.at_right { beside.into() } else { beside.align_right(Fill).into() }
        });
        marks.into_iter().chain(loupe).collect()
    }
}

/// As clicked or refined, with the residual of each beside it.
fn refinement(tool: &Tool, free: bool) -> Element<'_, Message> {
    let Some(Ok(placed)) = tool.placed() else { return space().into() };
    let Some(refined) = &tool.refined else {
        let label = if tool.refining { text::REFINING } else { text::REFINE };
        let press = (free && !tool.refining).then_some(Message::Refine);
        return widget::keyed(label, "T", press).style(style::raised).into();
    };
    let choice = |label: &str, residual: Option<f64>, chosen: bool| {
        let residual = residual.map_or_else(String::new, |px| format!(" · {px:.1} px"));
        let press = (free && !chosen).then_some(Message::Refine);
        let words = widget::words(format!("{label}{residual}"), size::BODY).font(theme::MEDIUM);
        iced::widget::button(words).padding([7, 12]).style(style::choice(chosen)).on_press_maybe(press)
    };
    let choices = row![
        choice(text::AS_CLICKED, placed.residual_px, !tool.use_refined),
        choice(text::REFINED, refined.residual_px, tool.use_refined)
    ];
    row![container(choices.spacing(2)).padding(2).style(style::card), widget::key("T")]
        .spacing(gap::S)
        .align_y(Alignment::Center)
        .into()
}

fn points_sentence(tool: &Tool) -> String {
    let pairs = tool.landmarks().len();
    if tool.clicks.len() != 2 * pairs {
        return text::CLICK_OTHER.to_owned();
    }
    match tool.placed() {
        Some(Ok(placed)) => {
            let residual = placed.residual_px.map_or_else(String::new, |px| format!(", which differ by {px:.1} px"));
            format!("Placed by {pairs} spots{residual}. Keep it, or click another spot.")
        }
        _ => text::CLICK_SAME.to_owned(),
    }
}

fn scale_sentence(tool: &Tool) -> String {
    match (tool.ends.as_slice(), tool.mm_per_px()) {
        (_, Some(mm)) => format!("{mm:.4} mm per pixel."),
        ([from, to], None) => format!("{:.0} pixels. How many millimetres are they?", from.distance(*to)),
        _ => text::ENDS.to_owned(),
    }
}
