//! How the list of patients looks.

use chrono::NaiveDate;
use iced::widget::{button, column, container, row, scrollable, space};
use iced::{Alignment, Element, Fill, Length, Theme};
use lucide_icons::Icon;

use super::{LIST, Message, Patients, ROW, SEARCH, text};
use crate::gui::theme::{self, space as gap, style, tokens};
use crate::gui::widget;
use crate::model::text::short_date;
use crate::vault::PatientRow;

/// Widths of the columns after the name, which takes the rest.
const WIDTHS: [f32; 5] = [120.0, 70.0, 90.0, 110.0, 130.0];

pub(super) fn view<'a>(screen: &'a Patients, theme: &Theme, today: NaiveDate) -> Element<'a, Message> {
    let search = widget::input(text::SEARCH, &screen.search, Message::Search).id(SEARCH).on_submit(Message::Submit);
    // One thing to do next at a time: an empty list has its own button in the middle.
    let empty = screen.total == Some(0) && screen.search.is_empty();
    let new = widget::with_icon(Icon::Plus, text::NEW, Some(Message::New));
    let new = if empty { new.style(style::raised) } else { new.style(style::primary) };
    // Always there: a piece more in the row would make the search field a new one, without the focus it was given.
    let count = widget::muted(screen.total.map(|n| n.to_string()).unwrap_or_default());
    let head = row![widget::title(text::TITLE), count, space().width(Fill), container(search).width(320), new]
        .spacing(gap::M)
        .align_y(Alignment::Center);
    let mut page = column![head].spacing(gap::L);
    if let Some(failure) = &screen.error {
        page = page.push(widget::banner(tokens(theme).wrong, failure.0.as_str()));
    }
    page = match screen.total {
        Some(0) if empty => {
            let action = widget::primary(text::NEW, Some(Message::New));
            page.push(widget::empty(text::EMPTY, text::EMPTY_SUB, Some(action.into())))
        }
        Some(0) => page.push(widget::empty(text::NOTHING, text::NOTHING_SUB, None)),
        _ => page.push(column![columns(), rows(screen, today)].spacing(gap::XS)),
    };
    let page = container(page).padding(gap::XL).width(Fill).height(Fill);
    widget::over(page, screen.form.as_ref().map(|form| form.view(theme).map(Message::Form)), None)
}

fn columns<'a>() -> Element<'a, Message> {
    let mut names = text::COLUMNS.into_iter();
    let name = widget::caption(names.next().unwrap_or_default()).width(Fill);
    let rest = names.zip(WIDTHS).map(|(n, width)| widget::caption(n).width(width).into());
    container(row![name].extend(rest).spacing(gap::M)).padding([0.0, gap::M]).into()
}

fn rows(screen: &Patients, today: NaiveDate) -> Element<'_, Message> {
    let total = screen.total.unwrap_or(0);
    let (first, last) = screen.visible();
    let above = first as f32 * ROW;
    let below = total.saturating_sub(last + 1) as f32 * ROW;
    let mut list = column![space().height(above)];
    if total > 0 {
        for index in first..=last {
            list = list.push(line(screen.row(index), index, index == screen.selected, today));
        }
    }
    scrollable(list.push(space().height(below)))
        .id(LIST)
        .on_scroll(Message::Scrolled)
        .style(style::scroll)
        .width(Fill)
        .height(Fill)
        .into()
}

fn line(row_data: Option<&PatientRow>, index: u32, selected: bool, today: NaiveDate) -> Element<'_, Message> {
    let Some(data) = row_data else { return space().height(ROW).into() };
    let patient = &data.patient;
    let cell =
        |content: String, width: f32| widget::muted(content).width(width).wrapping(iced::widget::text::Wrapping::None);
    let name = widget::body(patient.display_name())
        .font(theme::MEDIUM)
        .wrapping(iced::widget::text::Wrapping::WordOrGlyph)
        .width(Fill);
    let name = container(name).clip(true).width(Fill);
    let values = [
        patient.code.0.clone(),
        patient.age_on(today).map(|a| a.to_string()).unwrap_or_default(),
        patient.fitzpatrick.map(|f| f.numeral().to_owned()).unwrap_or_default(),
        if data.open_series == 0 { "–".to_owned() } else { data.open_series.to_string() },
        data.last_visit.map_or("–".to_owned(), short_date),
    ];
    let values = values.into_iter().zip(WIDTHS).map(|(v, w)| container(cell(v, w)).clip(true).width(w).into());
    let inside = row![name].extend(values).spacing(gap::M).align_y(Alignment::Center);
    button(container(inside).center_y(Fill))
        .padding([0.0, gap::M])
        .width(Fill)
        .height(Length::Fixed(ROW))
        .style(style::list_row(selected))
        .on_press(Message::Clicked(index))
        .into()
}
