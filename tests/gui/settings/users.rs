//! Users: added, changed, disabled by an owner, seen by all.

use std::sync::Arc;

use diptych::gui::job::{Answer, UpkeepAnswer};
use diptych::gui::screen::secret::Typed;
use diptych::gui::screen::settings::users::{DialogMessage, Message as Users};
use diptych::gui::screen::settings::{Message, Section};
use diptych::gui::shortcut::Command;
use diptych::model::UserId;
use diptych::vault::{KdfCost, Member, Passphrase, Role, Vault};
use zeroize::Zeroizing;

use super::{Desk, now};

fn dialog(desk: &mut Desk, message: DialogMessage) {
    desk.send(Message::Users(Users::Dialog(message)));
}

fn type_new(desk: &mut Desk, passphrase: &str) {
    for typed in [Typed::First, Typed::Again] {
        dialog(desk, DialogMessage::New(typed(Zeroizing::new(passphrase.to_owned()))));
    }
}

fn role_of(desk: &Desk, login: &str) -> Option<(Role, bool)> {
    let users = desk.vault.users().expect("users");
    users.into_iter().find(|user| user.login == login).map(|user| (user.role, user.disabled))
}

/// An owner's desk with bert, an assistant, in the second row.
fn with_bert() -> Desk {
    let desk = Desk::new(Section::Users);
    let phrase = Passphrase::new("berts");
    let _id = desk.vault.add_user("bert", Role::Assistant, &phrase, KdfCost::TESTS, now()).expect("added");
    let mut desk = Desk::on(desk.vault.clone(), desk.folder, Section::Users);
    assert!(desk.press(Command::Down));
    desk
}

#[test]
fn an_owner_adds_a_user_by_the_keyboard_and_what_is_missing_is_said() {
    let mut desk = Desk::new(Section::Users);
    assert!(desk.press(Command::New));
    dialog(&mut desk, DialogMessage::Save);
    assert!(desk.shows("A user needs a login name. A first name or initials will do."));
    dialog(&mut desk, DialogMessage::Login(" بيرت الطويل ".to_owned()));
    dialog(&mut desk, DialogMessage::Save);
    assert!(desk.shows("At least 8 characters. Four unrelated words are easy to keep in mind and hard to guess."));
    dialog(&mut desk, DialogMessage::Role(Role::Viewer));
    type_new(&mut desk, "eight or more");
    assert!(desk.press(Command::Accept));
    assert!(desk.shows("بيرت الطويل") && desk.shows("viewer") && !desk.shows("Add the user"));
    assert_eq!(role_of(&desk, "بيرت الطويل"), Some((Role::Viewer, false)));
    let dir = desk.vault.dir().to_owned();
    drop(desk.vault);
    drop(desk.screen);
    assert!(Vault::open(&dir, "بيرت الطويل", &Passphrase::new("eight or more"), now()).is_ok());
}

#[test]
fn a_login_that_somebody_had_is_refused_in_the_dialog_that_stays() {
    let mut desk = with_bert();
    desk.click("Add a user…");
    dialog(&mut desk, DialogMessage::Login("bert".to_owned()));
    type_new(&mut desk, "eight or more");
    dialog(&mut desk, DialogMessage::Save);
    assert!(desk.shows("Add the user"), "what was typed is still there");
    assert_eq!(desk.vault.users().expect("users").len(), 2);
}

#[test]
fn a_role_is_changed_a_passphrase_given_and_a_user_disabled() {
    let mut desk = with_bert();
    assert!(desk.press(Command::Accept));
    dialog(&mut desk, DialogMessage::Save);
    assert!(desk.shows("This is their role already. Choose another one."));
    assert!(desk.press(Command::Up) && desk.press(Command::Accept));
    assert_eq!(role_of(&desk, "bert"), Some((Role::Clinician, false)));
    assert_eq!(desk.toasts.last().map(String::as_str), Some("bert is clinician from the next unlocking on."));

    assert!(desk.press(Command::Accept) && desk.press(Command::Right));
    type_new(&mut desk, "a newer passphrase");
    assert!(desk.press(Command::Accept));
    assert_eq!(
        desk.toasts.last().map(String::as_str),
        Some("bert has a new passphrase. The old one opens this vault no more.")
    );

    assert!(desk.press(Command::Accept) && desk.press(Command::Right) && desk.press(Command::Right));
    assert!(desk.shows("Disable the user"));
    assert!(desk.press(Command::Accept));
    assert_eq!(role_of(&desk, "bert"), Some((Role::Clinician, true)));
    assert!(desk.shows("disabled"));
    assert!(desk.press(Command::Accept));
    assert!(desk.toasts.last().is_some_and(|said| said.starts_with("This user was disabled")));
}

#[test]
fn the_last_owner_is_protected_with_a_sentence() {
    let mut desk = Desk::new(Section::Users);
    let sentence = "You are the last owner, and every vault needs one: this account can be neither disabled nor given another \
                    role. Add another owner first.";
    assert!(desk.shows(sentence) && desk.shows("you"));
    assert!(desk.press(Command::Accept));
    assert_eq!(desk.toasts, [sentence]);
    assert!(!desk.shows("Change…"));
}

#[test]
fn others_than_owners_see_the_list_and_change_nothing() {
    let mut desk = Desk::as_role(Role::Viewer, Section::Users);
    assert!(desk.shows("owner") && desk.shows("bert") && desk.shows("Owners add, disable and change users."));
    assert!(!desk.shows("Add a user…") && !desk.shows("Change…"));
    assert!(desk.press(Command::New) && desk.press(Command::Accept));
    assert_eq!(desk.toasts, ["Only an owner changes users.", "Only an owner changes users."]);
}

#[test]
fn many_users_with_long_names_are_listed_to_the_last() {
    let mut desk = Desk::new(Section::Users);
    let member = |n: i64| Member {
        id: UserId(n),
        login: format!("{n} {}", "اسم طويل جدا ".repeat(5)),
        role: Role::Assistant,
        disabled: n % 7 == 0,
    };
    let members: Vec<Member> = (2..300).map(member).collect();
    desk.receive(Answer::Upkeep(UpkeepAnswer::Users(Ok(Arc::new(members)))));
    assert!(desk.press(Command::Last) && desk.press(Command::Down));
    assert!(desk.press(Command::Accept));
    assert!(desk.shows("Change the role"), "the last row is the one that opens");
    desk.receive(Answer::Upkeep(UpkeepAnswer::Users(Ok(Arc::new(Vec::new())))));
    assert!(desk.press(Command::Back) && desk.press(Command::Accept), "nobody is selected, nothing happens");
}
