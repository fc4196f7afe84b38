//! Tab and Shift Tab: from field to field, and inside a dialog only among its own.

use iced::Task;
use iced::advanced::widget::operation::focusable::{count, focus_next, focus_previous};
use iced::advanced::widget::operation::scope;
use iced::advanced::widget::{Id, Operation};
use iced_runtime::{Action, task};

use super::Message;
use crate::gui::widget::DIALOG;

/// Moves the focus to the next field, or to the one before.
pub(super) fn step(back: bool) -> Task<Message> {
    let dialog = Id::new(DIALOG);
    task::widget(scope(dialog.clone(), count())).then(move |fields| {
        let step: Box<dyn Operation> = if back { Box::new(focus_previous()) } else { Box::new(focus_next()) };
        if fields.total == 0 {
            task::effect(Action::Widget(step))
        } else {
            task::effect(Action::widget(scope(dialog.clone(), step)))
        }
    })
}
