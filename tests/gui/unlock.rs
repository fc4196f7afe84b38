//! Unlock: existing, new and refused vaults.

use std::path::PathBuf;

use diptych::fsx::Shared;
use diptych::gui::action::Action;
use diptych::gui::job::{Answer, Failure, Job};
use diptych::gui::screen::secret::Typed;
use diptych::gui::screen::unlock::{Folder, Message, PASSPHRASE, Unlock};
use diptych::gui::theme;
use diptych::gui::works::Works;
use diptych::vault::{VaultError, VaultInfo};
use zeroize::Zeroizing;

use crate::fixture::simulate;

fn at(found: Result<VaultInfo, VaultError>) -> Unlock {
    let path = PathBuf::from("/clinic/vault");
    let (mut screen, _) = Unlock::new(Some(path.clone()), None);
    let _ = screen.receive(Answer::Peeked(path, found, None));
    screen
}

fn info() -> VaultInfo {
    VaultInfo { format: 1, logins: vec!["owner".into()] }
}

#[test]
fn the_right_folder_offers_its_logins_and_opens() {
    let mut screen = at(Ok(info()));
    let _ = screen.update(Message::Passphrase(Zeroizing::new("four unrelated words".into())));
    let opened = screen.update(Message::Submit);
    assert!(matches!(opened.jobs().as_slice(), [Job::Open { login, .. }] if login == "owner"));
}

#[test]
fn enter_behind_the_folder_goes_on_to_the_passphrase_where_there_is_one_to_type() {
    let focused = |screen: &mut Unlock| matches!(screen.update(Message::PathDone), Action::Focus(PASSPHRASE));
    assert!(focused(&mut at(Ok(info()))) && focused(&mut at(Err(VaultError::NotAVault))));
    assert!(!focused(&mut at(Err(VaultError::NewerFormat { found: 2, known: 1 }))));
}

#[test]
fn a_wrong_passphrase_is_said_and_can_be_typed_again() {
    let mut screen = at(Ok(info()));
    let _ = screen.update(Message::Submit);
    let sentence = VaultError::WrongPassphrase.user_message();
    let _ = screen.receive(Answer::Opened(Err(Failure(sentence.clone()))));
    let (theme, works) = (theme::dark(), Works::default());
    {
        let mut window = simulate(screen.view(&theme, &works));
        assert!(window.find(sentence.as_str()).is_ok());
    }
    assert!(!screen.update(Message::Submit).jobs().is_empty());
}

#[test]
fn a_vault_of_a_newer_program_is_left_alone() {
    let mut screen = at(Err(VaultError::NewerFormat { found: 2, known: 1 }));
    assert!(matches!(screen.folder(), Folder::Refused(_)));
    assert!(screen.update(Message::Submit).jobs().is_empty());
}

#[test]
fn a_new_vault_needs_a_long_passphrase_typed_twice() {
    let mut screen = at(Err(VaultError::NotAVault));
    let type_in = |screen: &mut Unlock, first: &str, second: &str| {
        let _ = screen.update(Message::New(Typed::First(Zeroizing::new(first.into()))));
        let _ = screen.update(Message::New(Typed::Again(Zeroizing::new(second.into()))));
        screen.update(Message::Submit)
    };
    assert!(type_in(&mut screen, "short", "short").jobs().is_empty());
    assert!(type_in(&mut screen, "long enough", "long enuogh").jobs().is_empty());
    assert!(screen.error().is_some());
    assert!(matches!(type_in(&mut screen, "long enough", "long enough").jobs().as_slice(), [Job::Create { .. }]));
}

#[test]
fn what_lies_in_another_folder_than_the_typed_one_is_dropped() {
    let mut screen = at(Ok(info()));
    let _ = screen.update(Message::Path("/elsewhere".into()));
    let _ = screen.receive(Answer::Peeked("/clinic/vault".into(), Err(VaultError::NotAVault), None));
    assert!(matches!(screen.folder(), Folder::Vault(_)));
    assert!(matches!(screen.update(Message::Choose), Action::Run(Job::PickFolder(_))));
}

#[test]
fn a_folder_that_other_computers_reach_is_said_before_a_vault_is_made_or_opened_there() {
    let (theme, works, path) = (theme::dark(), Works::default(), PathBuf::from("/clinic/vault"));
    for (found, said) in [
        (Err(VaultError::NotAVault), true),
        (Ok(info()), true),
        (Err(VaultError::NewerFormat { found: 2, known: 1 }), false),
    ] {
        let (mut screen, _) = Unlock::new(Some(path.clone()), None);
        let _ = screen.receive(Answer::Peeked(path.clone(), found, Some(Shared::Network)));
        let shown = |screen: &Unlock| simulate(screen.view(&theme, &works)).find(Shared::Network.sentence()).is_ok();
        assert_eq!(shown(&screen), said);
        let _ = screen.update(Message::Path("/elsewhere".into()));
        assert!(!shown(&screen), "of another folder nothing is known yet");
    }
}
