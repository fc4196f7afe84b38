//! The settings on a real vault: what a screen asks for is run, and the answers come back to it.

mod audit;
mod keys;
mod upkeep;
mod users;

use std::path::PathBuf;

use diptych::clock::Now;
use diptych::gui::action::Action;
use diptych::gui::job::Answer;
use diptych::gui::screen::settings::{Message, Preferences, Section, Settings};
use diptych::gui::shortcut::Command;
use diptych::gui::works::Works;
use diptych::gui::{theme, worker};
use diptych::vault::{KdfCost, Passphrase, Role, Vault};
use iced::futures::StreamExt;
use iced::futures::executor::block_on;
use iced_runtime::task;

use crate::fixture::{simulate, today};
use crate::window;

/// The settings of an open vault, without a window around them.
struct Desk {
    screen: Settings,
    vault: Vault,
    works: Works,
    toasts: Vec<String>,
    preferences: Vec<Preferences>,
    cancelled: usize,
    folder: tempfile::TempDir,
}

impl Desk {
    /// On a new vault, as its owner.
    fn new(section: Section) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let vault = window::vault(folder.path());
        Self::on(vault, folder, section)
    }

    fn on(vault: Vault, folder: tempfile::TempDir, section: Section) -> Self {
        let dir = vault.dir().display().to_string();
        let screen = Settings::new(Preferences::default(), dir, vault.user().clone());
        let (works, toasts, preferences) = (Works::default(), Vec::new(), Vec::new());
        let mut desk = Self { screen, vault, works, toasts, preferences, cancelled: 0, folder };
        let ask = desk.screen.enter(section);
        desk.perform(ask);
        desk
    }

    /// As somebody else, who is added in this role.
    fn as_role(role: Role, section: Section) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let vault = window::vault(folder.path());
        let dir = vault.dir().to_owned();
        let phrase = Passphrase::new("theirs");
        let _id = vault.add_user("bert", role, &phrase, KdfCost::TESTS, now()).expect("added");
        drop(vault);
        let vault = Vault::open(&dir, "bert", &phrase, now()).expect("opened");
        Self::on(vault, folder, section)
    }

    /// Runs what the screen wants, and everything that follows.
    fn perform(&mut self, action: Action) {
        match action {
            Action::Run(job) => {
                let context = worker::Context {
                    vault: Some(self.vault.clone()),
                    held: Vec::new(),
                    references: diptych::align::references(),
                    now: now(),
                };
                let Some(mut stream) = task::into_stream(worker::run(job, context)) else { return };
                while let Some(step) = block_on(stream.next()) {
                    if let iced_runtime::Action::Output(answer) = step {
                        self.receive(answer);
                    }
                }
            }
            Action::Many(actions) => actions.into_iter().for_each(|action| self.perform(action)),
            Action::Toast(sentence) => self.toasts.push(sentence),
            Action::Settings(preferences) => self.preferences.push(preferences),
            Action::Cancel(_) => self.cancelled += 1,
            _ => {}
        }
    }

    fn receive(&mut self, answer: Answer) {
        let action = self.screen.receive(answer);
        self.perform(action);
    }

    fn send(&mut self, message: Message) {
        let action = self.screen.update(message);
        self.perform(action);
    }

    /// Presses a key; whether it meant something here.
    fn press(&mut self, command: Command) -> bool {
        let action = self.screen.command(command);
        let meant = action.is_some();
        self.perform(action.unwrap_or_default());
        meant
    }

    /// Clicks words on the screen.
    fn click(&mut self, on: &str) {
        let theme = theme::dark();
        let messages: Vec<Message> = {
            let mut window = simulate(self.screen.view(&theme, today(), &self.works));
            let _ = window.click(on).unwrap_or_else(|e| panic!("{on}: {e}"));
            window.into_messages().collect()
        };
        for message in messages {
            self.send(message);
        }
    }

    fn shows(&self, words: &str) -> bool {
        let theme = theme::dark();
        simulate(self.screen.view(&theme, today(), &self.works)).find(words).is_ok()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn now() -> Now {
    Now::fixed(today())
}

#[test]
fn the_number_keys_lead_to_each_section() {
    let mut desk = Desk::new(Section::Look);
    for (number, section) in Section::ALL.into_iter().enumerate() {
        assert!(desk.press(Command::Section(number)));
        assert_eq!(desk.screen.section(), section);
    }
    assert!(!desk.press(Command::Section(9)));
    assert!(!desk.press(Command::Back), "back leaves the settings");
}
