//! How consents look: the chips of the header and the dialog.

use chrono::NaiveDate;
use iced::widget::{Column, button, column, container, row, scrollable, space, text::Wrapping};
use iced::{Alignment, Color, Element, Fill};

use super::form::Form;
use super::{Consents, Message, Page, Signer, Validity, validity};
use crate::gui::screen::board;
use crate::gui::theme::{self, Tokens, space as gap, style};
use crate::gui::widget;
use crate::model::text::{counted, grouped, short_date};
use crate::model::{Attachment, Consent, ConsentEvent, Purpose, Scope, SeriesId, consent};

/// A grant that ends within this many days is said to end.
const SOON: i64 = 30;
/// Width of the dialog.
const WIDTH: f32 = 700.0;

mod words {
    pub const TITLE: &str = "Consents";
    pub const SUB: &str =
        "Each change is kept as it was signed. A withdrawal stops publishing and leaves the clinical record as it is.";
    pub const NONE: &str = "No consent is recorded. Without one nothing of this patient is published.";
    pub const NEW: &str = "Record a consent";
    pub const CLOSE: &str = "Close";
    pub const WITHDRAW: &str = "Withdraw…";
    pub const ALL: &str = "all series";
    pub const ONE: &str = "this series";
    pub const OTHER: &str = "another series";
    pub const PURPOSES: &str = "The pictures may be used for";
    pub const SCOPE: &str = "They may show";
    pub const SERIES: &str = "Of";
    pub const SIGNER: &str = "Signed by the";
    pub const NAME: &str = "Name of who signed";
    pub const NAME_HINT: &str = "as it stands on the form";
    pub const WITHDRAWER: &str = "Withdrawn by";
    pub const WORDING: &str = "Version of the wording";
    pub const WORDING_HINT: &str = "as printed on your form";
    pub const SIGNED: &str = "Signed on";
    pub const EXPIRES: &str = "Last day (optional)";
    pub const EXPIRES_HINT: &str = "until withdrawn";
    pub const DOCUMENT: &str = "Signed document (optional): PDF or picture, up to 16 MB";
    pub const ATTACH: &str = "Attach the signed document…";
    pub const DETACH: &str = "Leave it out";
    pub const ATTACHED: &str = "document attached";
    pub const LOOSE: &str = "Documents without a consent";
    pub const SHOW: &str = "Show";
    pub const COPY: &str = "Save a copy…";
    pub const MOVE: &str = "Move…";
    pub const SAVE: &str = "Record it";
    pub const CANCEL: &str = "Cancel";
    pub const ASK: &str = "Withdraw this consent?";
    pub const ASK_SUB: &str = "From now on the pictures are left out of the next gallery. What is on your website already must be \
                               replaced there. The clinical record stays. This cannot be undone, only followed by a new consent.";
    pub const CONFIRM: &str = "Withdraw it";
}

/// What a purpose looks like on a day: a colour and words; nothing when there never was a consent for it.
fn state(
    history: &[Consent],
    series: SeriesId,
    purpose: Purpose,
    today: NaiveDate,
    t: &Tokens,
) -> Option<(Color, String)> {
    // What was said of another series says nothing of this one.
    let covers = |c: &&Consent| c.purpose == purpose && c.series.is_none_or(|own| own == series);
    let of: Vec<_> = history.iter().filter(covers).collect();
    let last = of.last()?;
    let valid = |scope| consent::is_valid(history, series, purpose, scope, today);
    if !valid(Scope::Region) {
        let why = if last.event == ConsentEvent::Withdrawn { "withdrawn" } else { "expired" };
        return Some((t.wrong, format!("{} · {why}", purpose.words())));
    }
    // The first day on which nothing covers it any more; several grants may overlap.
    let last_days = of.iter().filter(|c| c.event == ConsentEvent::Granted).filter_map(|c| c.expires);
    let holds = |day: NaiveDate| consent::is_valid(history, series, purpose, Scope::Region, day);
    let ends = last_days.filter(|day| *day >= today && !day.succ_opt().is_some_and(holds)).min();
    if let Some(days) = ends.map(|day| (day - today).num_days()).filter(|days| *days <= SOON) {
        return Some((t.attention, format!("{} · expires in {}", purpose.words(), counted(days, "day"))));
    }
    let scope = if valid(Scope::FullFace) || purpose == Purpose::Record { "" } else { " · region only" };
    Some((t.good, format!("{}{scope}", purpose.words())))
}

/// The chips of the header.
pub fn chips<'a>(
    history: &[Consent],
    series: SeriesId,
    today: NaiveDate,
    t: &Tokens,
) -> Vec<Element<'a, board::Message>> {
    let known = Purpose::ALL.iter().filter_map(|p| state(history, series, *p, today, t));
    known.map(|(color, words)| widget::pill(color, words)).collect()
}

pub(super) fn view<'a>(
    dialog: &'a Consents,
    (history, documents): (&'a [Consent], &'a [Attachment]),
    today: NaiveDate,
    t: &Tokens,
) -> Element<'a, Message> {
    let ready = !dialog.busy;
    let (page, buttons) = match &dialog.page {
        Page::List => (
            list(dialog, history, documents, today, t),
            row![
                widget::quiet(words::CLOSE, Some(Message::Back)),
                space().width(Fill),
                widget::primary(words::NEW, Some(Message::New))
            ],
        ),
        Page::Grant(form) => (
            form.view(dialog.series.is_some()),
            row![
                space().width(Fill),
                widget::quiet(words::CANCEL, ready.then_some(Message::Back)),
                widget::primary(words::SAVE, ready.then_some(Message::Save))
            ],
        ),
        Page::Copy(copy) => {
            let (page, save) = copy.view(t);
            let cancel = widget::quiet(words::CANCEL, (!copy.is_busy()).then_some(Message::Back));
            (page, row![space().width(Fill), cancel, save])
        }
        Page::Withdraw(event, signer) => (
            question(dialog, history, *event, signer),
            row![
                space().width(Fill),
                widget::quiet(words::CANCEL, ready.then_some(Message::Back)),
                widget::primary(words::CONFIRM, ready.then_some(Message::Confirm)).style(style::danger)
            ],
        ),
    };
    let error = dialog.error.as_ref().map(|error| widget::banner(t.wrong, error.as_str()));
    page.push(error).push(buttons.spacing(gap::S)).spacing(gap::L).width(WIDTH).into()
}

fn list<'a>(
    dialog: &Consents,
    history: &'a [Consent],
    documents: &[Attachment],
    today: NaiveDate,
    t: &Tokens,
) -> Column<'a, Message> {
    let page = column![widget::title(words::TITLE), widget::muted(words::SUB)];
    let page = page.push(history.is_empty().then(|| widget::banner(t.attention, words::NONE)));
    let document = |c: &Consent| c.id.and_then(|id| documents.iter().find(|of| of.consents.contains(&id)));
    let lines = history
        .iter()
        .enumerate()
        .rev()
        .map(|(i, c)| line(dialog, (c, document(c)), i, validity(history, i, today), t));
    let mut loose = documents.iter().filter(|of| of.consents.is_empty()).peekable();
    let heading = loose.peek().map(|_| container(widget::muted(words::LOOSE)).padding([gap::S, 0.0]));
    let lines = column(lines).push(heading).extend(loose.map(kept));
    let lines = lines.spacing(gap::XS).padding(iced::Padding { right: gap::M, ..iced::Padding::ZERO });
    let is_empty = history.is_empty() && documents.is_empty();
    page.push((!is_empty).then(|| container(scrollable(lines).style(style::scroll)).max_height(380)))
}

/// To look at a document.
fn show<'a>(of: &Attachment) -> Element<'a, Message> {
    widget::quiet(words::SHOW, Some(Message::Show(of.id))).padding([5, 10]).into()
}

fn copy<'a>(of: &Attachment) -> Element<'a, Message> {
    widget::quiet(words::COPY, Some(Message::Copy(of.id))).padding([5, 10]).into()
}

/// A document that no consent was recorded with.
fn kept<'a>(of: &Attachment) -> Element<'a, Message> {
    let size = format!("{} kB", grouped(of.length.div_ceil(1000)));
    let facts = format!("{} · {size} · {}", of.kind.words(), of.at.to_local());
    let name = widget::body(of.file_name.0.clone()).wrapping(Wrapping::None);
    let what = column![name, widget::caption(facts).wrapping(Wrapping::None)].spacing(2);
    let shift = widget::quiet(words::MOVE, Some(Message::Move(of.id))).padding([5, 10]);
    let inside = row![container(what).width(Fill).clip(true)].push(show(of)).push(copy(of));
    let inside = inside.push(container(shift).width(104));
    container(inside.spacing(gap::M).align_y(Alignment::Center)).padding([6, 0]).into()
}

/// What an event covers: "full face · all series".
fn covers(dialog: &Consents, consent: &Consent) -> String {
    let series = match consent.series {
        None => words::ALL,
        Some(series) if Some(series) == dialog.series => words::ONE,
        Some(_) => words::OTHER,
    };
    match consent.event {
        ConsentEvent::Granted => format!("{} · {series}", consent.scope.words()),
        ConsentEvent::Withdrawn => series.to_owned(),
    }
}

fn line<'a>(
    dialog: &Consents,
    (consent, document): (&'a Consent, Option<&Attachment>),
    at: usize,
    state: Validity,
    t: &Tokens,
) -> Element<'a, Message> {
    let (color, word) = match (state, consent.expires) {
        (Validity::Valid, None) => (t.good, "valid".to_owned()),
        (Validity::Valid, Some(last)) => (t.good, format!("valid until {}", short_date(last))),
        (Validity::WithdrawnInPart, _) => (t.attention, "withdrawn in part".to_owned()),
        (Validity::Expired, last) => (t.wrong, format!("expired {}", last.map(short_date).unwrap_or_default())),
        (Validity::Withdrawn, _) => (t.wrong, "withdrawn since".to_owned()),
        (Validity::Ends, _) => (t.dim, "withdrawal".to_owned()),
    };
    let mut signed = consent.signer.clone();
    if let Some(day) = consent.signed {
        signed = format!("{signed}, signed {}", short_date(day));
    }
    if !consent.wording.is_empty() && consent.event == ConsentEvent::Granted {
        signed = format!("{signed} · wording {}", consent.wording);
    }
    if document.is_some() {
        signed = format!("{signed} · {}", words::ATTACHED);
    }
    let what = column![
        row![widget::body(consent.purpose.words()).font(theme::MEDIUM), widget::muted(covers(dialog, consent))]
            .spacing(gap::S),
        widget::caption(signed).wrapping(Wrapping::None)
    ]
    .spacing(2);
    let ends = matches!(state, Validity::Valid | Validity::WithdrawnInPart)
        .then(|| widget::quiet(words::WITHDRAW, Some(Message::Withdraw(at))).padding([5, 10]));
    let inside = row![container(what).width(Fill).clip(true)].push(document.map(show)).push(document.map(copy));
    let inside = inside.push(widget::pill(color, word)).push(container(ends).width(104));
    container(inside.spacing(gap::M).align_y(Alignment::Center)).padding([6, 0]).into()
}

fn question<'a>(dialog: &Consents, history: &[Consent], event: usize, signer: &str) -> Column<'a, Message> {
    let what = history.get(event).map(|c| format!("{} · {}", c.purpose.words(), covers(dialog, c)));
    column![
        widget::title(words::ASK),
        container(widget::body(what.unwrap_or_default())).padding(gap::M).width(Fill).style(style::card),
        widget::field(words::WITHDRAWER, widget::input(words::NAME_HINT, signer, Message::Name)),
        widget::muted(words::ASK_SUB)
    ]
}

impl Form {
    fn view(&self, has_series: bool) -> Column<'_, Message> {
        let purposes = Purpose::ALL.iter().map(|p| choice(p.words(), self.purposes.contains(p), Message::Purpose(*p)));
        let scopes = Scope::ALL.iter().map(|s| choice(s.words(), self.scope == *s, Message::Scope(*s)));
        let series = row![choice(words::ALL, !self.one_series, Message::OneSeries(false))]
            .push(has_series.then(|| choice(words::ONE, self.one_series, Message::OneSeries(true))));
        let signers = [Signer::Patient, Signer::Guardian]
            .map(|signer| choice(signer.words(), self.signer == signer, Message::Signer(signer)));
        let input = |hint, value, on: fn(String) -> Message| widget::input(hint, value, on).on_submit(Message::Save);
        let signed = row![
            widget::field(words::SIGNER, row(signers).spacing(gap::XS)),
            container(widget::field(words::NAME, input(words::NAME_HINT, &self.name, Message::Name))).width(Fill),
            container(widget::field(words::SIGNED, input("2026-12-31", &self.signed, Message::Signed))).width(140)
        ];
        let texts = row![
            widget::field(words::WORDING, input(words::WORDING_HINT, &self.wording, Message::Wording)),
            widget::field(words::EXPIRES, input(words::EXPIRES_HINT, &self.expires, Message::Expires))
        ];
        let few = row![
            widget::field(words::SCOPE, row(scopes).spacing(gap::XS)),
            widget::field(words::SERIES, series.spacing(gap::XS))
        ];
        column![
            widget::title(words::NEW),
            widget::field(words::PURPOSES, row(purposes).spacing(gap::XS)),
            few.spacing(gap::XL),
            signed.spacing(gap::L),
            texts.spacing(gap::M),
            widget::field(words::DOCUMENT, self.document())
        ]
    }
}

impl Form {
    fn document(&self) -> Element<'_, Message> {
        let Some(name) = self.document_name() else {
            return widget::plain(words::ATTACH, Some(Message::Attach)).into();
        };
        let name = container(widget::body(name).wrapping(Wrapping::None)).width(Fill).clip(true);
        row![name, widget::quiet(words::DETACH, Some(Message::Detach))]
            .spacing(gap::M)
            .align_y(Alignment::Center)
            .into()
    }
}

fn choice(label: &str, on: bool, message: Message) -> Element<'_, Message> {
    let words = widget::words(label, 12.0);
    button(words).padding([6, 10]).style(style::toggle(on)).on_press(message).into()
}
