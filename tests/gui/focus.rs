//! What a person was doing stays as it was while other things come and go around it.

use diptych::gui::app::Message;
use iced::Element;
use iced::advanced::widget::tree::{self, Tree};
use iced::widget::text_input;

use crate::window::{clinic, open};

type Field = text_input::State<<iced::Renderer as iced::advanced::text::Renderer>::Paragraph>;

/// The first text field of a window.
fn field(tree: &mut Tree) -> Option<&mut Field> {
    if tree.tag == tree::Tag::of::<Field>() {
        return Some(tree.state.downcast_mut());
    }
    tree.children.iter_mut().find_map(field)
}

/// Whether a field that has the focus in one view still has it in the next.
fn stays_focused(before: &Element<'_, Message>, after: &Element<'_, Message>) -> bool {
    let mut tree = Tree::new(before);
    field(&mut tree).expect("a field").focus();
    tree.diff(after);
    field(&mut tree).expect("a field").is_focused()
}

#[test]
fn the_search_field_keeps_the_focus_when_the_list_arrives() {
    let (_folder, empty) = open();
    let (_other, filled, _) = clinic();
    assert!(stays_focused(&empty.view(), &filled.view()));
}

#[test]
fn a_sheet_leaves_the_page_under_it_as_it_was() {
    let (_folder, mut app) = open();
    let (_other, mut with_sheet) = open();
    let _ = with_sheet.update(Message::Help(true));
    assert!(stays_focused(&app.view(), &with_sheet.view()));
    let _ = app.update(Message::Help(false));
    assert!(stays_focused(&with_sheet.view(), &app.view()));
}
