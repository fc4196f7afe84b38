//! How the audit looks.

use iced::widget::{column, container, responsive, row, scrollable, space};
use iced::{Alignment, Element, Fill, Length, Theme};

use super::{Audit, LIST, Message, PATH, ROW, What, Who, text};
use crate::gui::job::{AuditEntry, Failure};
use crate::gui::screen::save::SavePlace;
use crate::gui::theme::{self, Tokens, space as gap, style, tokens};
use crate::gui::widget;
use crate::model::text::{counted, grouped};
use crate::vault::AuditKind;

/// Widths of the columns; the details take the rest.
const WHEN: f32 = 126.0;
const WHO: f32 = 110.0;
/// And where there is less of it.
const WHO_NARROW: f32 = 72.0;
const WHAT: f32 = 200.0;
const PATIENT: f32 = 64.0;
/// Where there is less, the details stand behind what was done.
const NARROW: f32 = 760.0;

pub(super) fn view<'a>(audit: &'a Audit, theme: &Theme) -> Element<'a, Message> {
    let t = tokens(theme);
    let total = audit.total.map(|n| if n == 1 { counted(1, "row") } else { format!("{} rows", grouped(n.into())) });
    let check = if audit.checking { text::CHECKING } else { text::CHECK };
    let head = row![
        widget::heading(text::TITLE),
        widget::muted(total.unwrap_or_default()),
        space().width(Fill),
        widget::keyed(check, text::CHECK_KEY, (!audit.checking).then_some(Message::Check)).style(style::raised),
        widget::keyed(text::EXPORT, text::EXPORT_KEY, Some(Message::Export)).style(style::raised)
    ];
    let page = column![head.spacing(gap::S).align_y(Alignment::Center), filters(audit)].spacing(gap::M);
    let page = page.push(answer(audit, t));
    let page = page.push(audit.error.as_ref().map(|failure| widget::banner(t.wrong, failure.0.as_str())));
    let content: Element<'_, Message> = match audit.total {
        Some(0) => widget::empty(text::NOTHING, text::NOTHING_SUB, None),
        _ => responsive(|size| list(audit, size.width)).into(),
    };
    page.push(content).height(Fill).into()
}

fn filters(audit: &Audit) -> Element<'_, Message> {
    let known = audit.members.iter().flat_map(|members| members.iter());
    let by: Vec<Who> =
        std::iter::once(Who(None)).chain(known.map(|member| Who(Some((member.id, member.login.clone()))))).collect();
    let chosen = by.iter().find(|who| who.0.as_ref().map(|(id, _)| *id) == audit.filter.user).cloned();
    let kinds = std::iter::once(What(None)).chain(AuditKind::all().map(|kind| What(Some(kind)))).collect();
    row![
        widget::pick(by, chosen, Message::By).width(220),
        widget::pick(kinds, Some(What(audit.filter.kind)), Message::Kind).width(300)
    ]
    .spacing(gap::S)
    .into()
}

/// What walking the chain found.
fn answer<'a>(audit: &'a Audit, t: &Tokens) -> Option<Element<'a, Message>> {
    Some(match audit.report.as_ref()? {
        Ok(report) => {
            let color = if report.is_whole() { t.good } else { t.wrong };
            widget::banner(color, report.sentences().join(" "))
        }
        Err(Failure(sentence)) => widget::banner(t.wrong, sentence.as_str()),
    })
}

/// Head and rows, for the width there is.
fn list(audit: &Audit, width: f32) -> Element<'_, Message> {
    let narrow = width < NARROW;
    column![columns(narrow), rows(audit, narrow)].spacing(gap::XS).into()
}

fn columns<'a>(narrow: bool) -> Element<'a, Message> {
    let [when, who, what, details, patient] = text::COLUMNS;
    let cell = |name, width: Length| widget::caption(name).width(width);
    let names = row![cell(when, WHEN.into()), cell(who, who_width(narrow).into())];
    let names = if narrow {
        names.push(cell(what, Fill))
    } else {
        names.push(cell(what, WHAT.into())).push(cell(details, Fill))
    };
    container(names.push(cell(patient, PATIENT.into())).spacing(gap::M)).padding([0.0, gap::S]).into()
}

fn rows(audit: &Audit, narrow: bool) -> Element<'_, Message> {
    let total = audit.total.unwrap_or(0);
    let (first, last) = audit.visible();
    let mut list = column![space().height(first as f32 * ROW)];
    if total > 0 {
        for index in first..=last {
            list = list.push(line(audit.row(index), narrow));
        }
    }
    scrollable(list.push(space().height(total.saturating_sub(last + 1) as f32 * ROW)))
        .id(LIST)
        .on_scroll(Message::Scrolled)
        .style(style::scroll)
        .width(Fill)
        .height(Fill)
        .into()
}

fn line(entry: Option<&AuditEntry>, narrow: bool) -> Element<'_, Message> {
    let Some(entry) = entry else { return space().height(ROW).into() };
    let AuditEntry { when, who, what, details, patients, .. } = entry;
    let inside = row![
        one_line(widget::muted(when.as_str()), WHEN.into()),
        one_line(widget::body(who.as_str()).font(theme::MEDIUM), who_width(narrow).into())
    ];
    let (what, details) = (widget::body(what.as_str()), widget::muted(details.as_str()));
    let inside = if narrow {
        let both = row![one_line(what, Length::Shrink), one_line(details, Fill)].spacing(gap::S);
        inside.push(container(both).clip(true).width(Fill))
    } else {
        inside.push(one_line(what, WHAT.into())).push(one_line(details, Fill))
    };
    let inside = inside.push(one_line(widget::muted(patients.as_str()), PATIENT.into()));
    container(inside.spacing(gap::M).align_y(Alignment::Center))
        .padding([0.0, gap::S])
        .center_y(Length::Fixed(ROW))
        .width(Fill)
        .into()
}

fn who_width(narrow: bool) -> f32 {
    if narrow { WHO_NARROW } else { WHO }
}

fn one_line(text: iced::widget::Text<'_>, width: Length) -> Element<'_, Message> {
    container(text.wrapping(iced::widget::text::Wrapping::None)).clip(true).width(width).into()
}

pub(super) fn export<'a>(place: &'a SavePlace, theme: &Theme) -> Element<'a, Message> {
    let [field, save] = place.view((PATH, text::HINT, text::SAVE), tokens(theme), Message::Placing);
    let cancel = widget::quiet(text::CANCEL, (!place.is_busy()).then_some(Message::Close));
    column![
        widget::title(text::EXPORT_TITLE),
        widget::muted(text::EXPORT_SUB),
        field,
        row![space().width(Fill), cancel, save].spacing(gap::S)
    ]
    .spacing(gap::L)
    .width(540)
    .into()
}
