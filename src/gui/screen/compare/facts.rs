//! The facts beside a comparison: how well it is aligned, and what is known of the visit and the photo.

use iced::widget::text::IntoFragment;
use iced::widget::{column, container, row, scrollable};
use iced::{Alignment, Color, Element, Fill};

use super::view::one_line;
use super::{Compare, Kind, Message, Mode};
use crate::align::{Placement, Unplaced};
use crate::compare::grade::{Comparability, Grade};
use crate::compare::matching::{Matching, Tone};
use crate::geom::Matrix3;
use crate::gui::theme::{self, Tokens, size, space as gap, style};
use crate::gui::widget;
use crate::model::text::short_date;
use crate::model::{Photo, PhotoId};

mod text {
    pub const ALIGNMENT: &str = "Alignment";
    pub const COMPARABILITY: &str = "Comparability";
    pub const RESIDUAL: &str = "Residual";
    pub const NOT_MEASURED: &str = "not measured";
    pub const TURNED: &str = "Turned / scaled";
    pub const CONFIDENCE: &str = "Confidence";
    pub const VIA: &str = "By way of";
    pub const ANOTHER: &str = "another photo";
    pub const POINTS: &str = "Points";
    pub const REGION: &str = "Region";
    pub const IN_PART: &str = "a part alone counts";
    pub const EVERYTHING: &str = "Everything counts";
    pub const BY_POINTS: &str = "By your points, not kept yet";
    pub const SCALE: &str = "Scale";
    pub const AGAIN: &str = "Align again";
    pub const BEST: &str = "Best pair of the view";
    pub const LOOKING: &str = "Looking at all pairs…";
    pub const MATCHING: &str = "Exposure and colour";
    pub const MATCHED: &str = "Matched, whole frames";
    pub const WAITING: &str = "Measuring both pictures…";
    pub const EARLIER: &str = "Earlier photo";
    pub const LATER: &str = "Later photo";
    pub const HALVES: &str =
        "Half of the difference is taken from each; fewer kelvin are warmer. The photos themselves stay as they are.";
    pub const KIND: &str = "Visit";
    pub const PHASE: &str = "Taken";
    pub const CAMERA: &str = "Camera";
    pub const FOCAL: &str = "Focal length";
    pub const EXPOSURE: &str = "Exposure";
    pub const ORIGINAL: &str = "Original";
    pub const HINT: &str = "The wheel zooms both, dragging moves both, a double click fills the panes or shows all.";
}

pub(super) fn view<'a>(screen: &'a Compare, t: &Tokens) -> Element<'a, Message> {
    let mut list = column![].spacing(gap::XL).width(Fill);
    if screen.mode != Mode::Single {
        list = list.push(placed(screen, t));
        // A grade is of how the pair lay, not of how a tool draws it.
        let graded = screen.grades.get(&screen.pair()).and_then(Option::as_ref).filter(|_| proposed(screen).is_none());
        list = list
            .push(column![].push(graded.map(|graded| comparability(graded, t))).push(propose(screen)).spacing(gap::S));
        list = list.push(screen.matching().map(|matching| matched(matching, t)));
        let waits = || column![head(text::MATCHING.to_owned()), widget::muted(text::WAITING)].spacing(7);
        list = list.push(screen.is_matching().then(waits));
    }
    if let Some(photo) = screen.photo(screen.after) {
        list = list.push(visit(screen, photo, t));
    }
    let zoom = widget::caption(format!("zoom {:.1}×", screen.zoom.factor));
    let keys = row![
        widget::key("←"),
        widget::key("→"),
        widget::caption("sessions"),
        widget::key("↑"),
        widget::key("↓"),
        widget::caption("views")
    ];
    let foot = column![zoom, widget::caption(text::HINT), keys.spacing(gap::XS).align_y(Alignment::Center).wrap()]
        .spacing(gap::S);
    // A small screen has no room for everything that may be said: the facts give way, the foot stays.
    // The values end beside the bar and not under it.
    let list = scrollable(container(list).padding(iced::Padding { right: gap::L, ..iced::Padding::ZERO }));
    column![list.style(style::scroll).height(Fill), foot].spacing(gap::M).height(Fill).into()
}

fn head<'a>(content: String) -> Element<'a, Message> {
    widget::words(content, size::LABEL).style(style::muted).into()
}

/// A part's answer in a few words, and its colour at the edge.
fn verdict<'a>(word: impl IntoFragment<'a>, color: Color) -> Element<'a, Message> {
    let word = widget::body(word).font(theme::MEDIUM).width(Fill);
    row![word, widget::dot(color)].spacing(gap::S).align_y(Alignment::Center).into()
}

/// What a tool makes of the pair and nobody kept yet.
fn proposed(screen: &Compare) -> Option<(Option<f64>, Matrix3)> {
    screen.tool.as_ref()?.proposed()
}

fn placed<'a>(screen: &'a Compare, t: &Tokens) -> Element<'a, Message> {
    let list = match proposed(screen) {
        Some((residual, matrix)) => {
            let px = residual.map_or_else(|| text::NOT_MEASURED.to_owned(), |px| format!("{px:.1} px"));
            let answer = verdict(text::BY_POINTS, t.attention);
            column![head(text::ALIGNMENT.to_owned()), answer]
                .push(fact(text::RESIDUAL, px))
                .push(fact(text::TURNED, turned(&matrix)))
                .spacing(7)
        }
        None => stored(screen, t),
    };
    let tool = |label, key, kind| {
        let chosen = screen.tool.as_ref().is_some_and(|tool| tool.kind == kind);
        let press = (!screen.deciding).then_some(Message::Tool(kind));
        widget::keyed(label, key, press).padding([5, 8]).style(style::choice(chosen)).into()
    };
    let again = (!screen.deciding).then_some(Message::AlignAgain);
    let tools: [Element<'a, Message>; 4] = [
        tool(text::POINTS, "P", Kind::Points),
        tool(text::REGION, "R", Kind::Region),
        tool(text::SCALE, "L", Kind::Scale),
        widget::keyed(text::AGAIN, "A", again).padding([5, 8]).style(style::quiet).into(),
    ];
    list.push(row(tools).spacing(gap::XS).wrap()).into()
}

/// How the pair lies by what is stored.
fn stored<'a>(screen: &'a Compare, t: &Tokens) -> iced::widget::Column<'a, Message> {
    let (photo, placement) = (screen.pair_placed().0, screen.pair_standing());
    let (color, word) = state(&placement, t);
    let answer = verdict(word, color);
    let mut list = column![head(text::ALIGNMENT.to_owned()), answer].spacing(7);
    if let Some(place) = placement.place(true).filter(|_| !matches!(placement, Placement::Reference(_))) {
        list = list.push(fact(text::RESIDUAL, place.residual().unwrap_or_else(|| text::NOT_MEASURED.to_owned())));
        list = list.push(fact(text::TURNED, turned(&place.matrix)));
        list = list.push(fact(text::CONFIDENCE, format!("{:.0} %", place.confidence * 100.0)));
    }
    let why = match &placement {
        Placement::Suggestion(_, why) => Some(why.words()),
        Placement::NotAligned(why) if *why != Unplaced::Waiting => Some(why.words()),
        _ => None,
    };
    let alignment = screen.alignment(photo);
    if let Some(via) = alignment.and_then(|a| a.basis.via) {
        let session = screen.label(via).map_or_else(|| text::ANOTHER.to_owned(), |label| label.title.clone());
        list = list.push(fact(text::VIA, session));
    }
    if alignment.is_some_and(|a| !a.basis.region.is_empty()) {
        let back = (!screen.deciding && screen.tool.is_none()).then_some(Message::Everything);
        list = list.push(fact(text::REGION, text::IN_PART.to_owned()));
        list = list.push(widget::quiet(text::EVERYTHING, back).padding([5, 8]));
    }
    if let Some(points) = alignment.map(|a| a.basis.landmarks.len()).filter(|n| *n > 0) {
        list = list.push(fact(text::POINTS, points.to_string()));
    }
    if let Some(mm) = millimetres(screen, photo) {
        list = list.push(fact(text::SCALE, format!("{mm:.4} mm/px")));
    }
    list.push(why.map(widget::muted))
}

/// The grade, and what keeps it from being better.
fn comparability<'a>(graded: &'a Comparability, t: &Tokens) -> Element<'a, Message> {
    let color = |grade: Grade| widget::grade_color(grade, t);
    let word = format!("{} · {}", graded.grade.key(), graded.grade.words());
    let answer = verdict(word, color(graded.grade));
    let reasons = graded.reasons.iter().filter(|reason| reason.grade > Grade::A).map(|reason| {
        let words = format!("{}: {}", reason.aspect.words(), reason.words);
        row![widget::dot(color(reason.grade)), widget::muted(words)].spacing(gap::S).align_y(Alignment::Center).into()
    });
    column![head(text::COMPARABILITY.to_owned()), answer].extend(reasons).spacing(7).into()
}

fn propose(screen: &Compare) -> Element<'_, Message> {
    let press = (!screen.proposed.is_waiting() && screen.tool.is_none()).then_some(Message::BestPair);
    let label = if screen.proposed.is_waiting() { text::LOOKING } else { text::BEST };
    widget::keyed(label, "G", press).padding([5, 8]).style(style::quiet).into()
}

/// What was done to both whole pictures.
fn matched<'a>(matching: Matching, t: &Tokens) -> Element<'a, Message> {
    let [before, after] = matching.tones().map(Tone::words);
    let answer = verdict(text::MATCHED, t.attention);
    column![
        head(text::MATCHING.to_owned()),
        answer,
        fact(text::EARLIER, before),
        fact(text::LATER, after),
        widget::muted(text::HALVES)
    ]
    .spacing(7)
    .into()
}

fn state(placement: &Placement, t: &Tokens) -> (Color, &'static str) {
    match placement {
        Placement::Reference(_) => (t.good, "Same photo"),
        Placement::Aligned(_) => (t.good, "Aligned, automatic"),
        Placement::ByPerson(_) => (t.good, "Aligned by a person"),
        Placement::Suggestion(..) => (t.attention, "Suggestion: please check"),
        Placement::NotAligned(Unplaced::Waiting | Unplaced::NoView) => (t.dim, "Not aligned yet"),
        Placement::NotAligned(Unplaced::Rejected) => (t.attention, "Suggestion rejected"),
        Placement::NotAligned(_) => (t.wrong, "Could not align"),
    }
}

/// "−0.2° · 1.03×".
fn turned(matrix: &Matrix3) -> String {
    format!("{:.1}° · {:.2}×", matrix.rotation().to_degrees(), matrix.scale()).replace('-', "−")
}

fn millimetres(screen: &Compare, photo: PhotoId) -> Option<f64> {
    let view = screen.photo(photo)?.view?;
    screen.board.frames.iter().find(|f| f.view == view)?.mm_per_px
}

fn visit<'a>(screen: &'a Compare, photo: &'a Photo, t: &Tokens) -> Element<'a, Message> {
    let session = screen.board.sessions.iter().find(|s| s.id == photo.session);
    let label = screen.label(photo.id).map(|l| l.title.clone()).unwrap_or_default();
    let date = session.map(|s| short_date(s.date)).unwrap_or_default();
    let mut list = column![head(format!("{label} · {date}"))].spacing(7);
    if let Some(session) = session {
        list = list.push(fact(text::KIND, session.kind.words().to_owned()));
    }
    list = list.push(fact(text::PHASE, photo.phase.words().to_owned()));
    let facts = &photo.facts;
    if let Some(camera) = &facts.camera {
        list = list.push(fact(text::CAMERA, camera.clone()));
    }
    let focal = |p: &Photo| p.facts.focal_35_mm.or(p.facts.focal_mm);
    if let Some(mm) = focal(photo) {
        list = list.push(fact(text::FOCAL, format!("{mm:.0} mm")));
        let base = screen.photo(screen.before).and_then(focal);
        if let Some(base) = base.filter(|base| (mm / base - 1.0).abs() > 0.05) {
            let differs = format!("The baseline was taken with {base:.0} mm.");
            list = list.push(
                row![widget::dot(t.attention), widget::muted(differs)].spacing(gap::S).align_y(Alignment::Center),
            );
        }
    }
    if let Some(words) = exposure(photo) {
        list = list.push(fact(text::EXPOSURE, words));
    }
    list.push(fact(text::ORIGINAL, format!("{} × {}", photo.size.width, photo.size.height))).into()
}

/// "1/125 s · f/8 · ISO 100", as far as it is known.
fn exposure(photo: &Photo) -> Option<String> {
    let facts = &photo.facts;
    let time =
        facts.exposure_s.map(|s| if s < 0.5 { format!("1/{:.0} s", 1.0 / s.max(1e-6)) } else { format!("{s:.1} s") });
    let parts: Vec<String> =
        [time, facts.f_number.map(|f| format!("f/{f:.1}").replace(".0", "")), facts.iso.map(|i| format!("ISO {i}"))]
            .into_iter()
            .flatten()
            .collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

fn fact(name: &str, value: String) -> Element<'_, Message> {
    row![widget::muted(name), container(one_line(value)).align_right(Fill).clip(true)].spacing(gap::S).into()
}
