//! The keys: one table that handles them and that the shortcut sheet is made from.

use iced::keyboard::key::Named;
use iced::keyboard::{Key, Modifiers};

/// What a key asks for. Each screen understands some of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Show or hide the shortcut sheet.
    Help,
    /// One step back, or close what is open.
    Back,
    /// Drop keys and pictures.
    Lock,
    /// Take back the last filing or edit.
    Undo,
    /// Make again what was taken back last.
    Redo,
    /// Put the cursor into the search field.
    Search,
    /// Begin a new patient or series.
    New,
    /// Selection up.
    Up,
    /// Selection down.
    Down,
    /// Selection or session to the left.
    Left,
    /// Selection or session to the right.
    Right,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// The first one.
    First,
    /// The last one.
    Last,
    /// Open what is selected, compare it, or accept.
    Accept,
    /// Show one picture large.
    Open,
    /// Move the photo, its session, or everything of the patient.
    Move,
    /// File photos into this series.
    Import,
    /// Skip or take back a photo of the plan.
    Skip,
    /// Accept everything that is certain.
    AcceptAll,
    /// File what was accepted.
    File,
    /// Give the photo the view before its own.
    ViewBefore,
    /// Give the photo the view after its own.
    ViewAfter,
    /// Cut the group before this photo.
    Split,
    /// Put the group together with the next one.
    Merge,
    /// Two pictures beside each other.
    SideBySide,
    /// One picture over the other with a divider.
    Wipe,
    /// Change between the two while held.
    Blink,
    /// The blink key was let go.
    BlinkEnd,
    /// Propose the pair of the view that may be compared best.
    BestPair,
    /// Match exposure and colour of both whole pictures, or show them as they were taken.
    Match,
    /// The whole picture.
    Fit,
    /// Closer.
    ZoomIn,
    /// Farther.
    ZoomOut,
    /// Save the pair as one picture, or the audit as a table.
    Export,
    /// The suggested alignment is right.
    Agree,
    /// The suggested alignment is wrong.
    Disagree,
    /// Ask the engine again.
    AlignAgain,
    /// Place the photo by points.
    Points,
    /// Draw what alone counts.
    Region,
    /// Measure a known length.
    Scale,
    /// Let the pixels refine the points, or take the points as they are.
    Refine,
    /// Take the last point away.
    TakeBack,
    /// Make this photo the reference of its view.
    Reference,
    /// To the section of this place, from 0.
    Section(usize),
    /// Make a backup.
    BackUp,
    /// Read the originals again.
    Verify,
    /// Walk the chain of the audit.
    Check,
}

/// Where a binding holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// On every screen of an open vault.
    Anywhere,
    /// In the list of patients.
    Patients,
    /// On a patient's board.
    Board,
    /// While comparing.
    Compare,
    /// While filing photos.
    Import,
    /// While a card is sorted.
    Triage,
    /// In the list of cases.
    Gallery,
    /// In the settings.
    Settings,
    /// Where only the general keys hold.
    Other,
}

/// The physical side of a binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trigger {
    Char(char),
    Ctrl(char),
    CtrlShift(char),
    Named(Named),
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    /// Where it holds.
    pub scope: Scope,
    trigger: Trigger,
    /// The key as it is printed.
    pub shown: &'static str,
    /// What it does, for the sheet.
    pub words: &'static str,
    /// What it asks for.
    pub command: Command,
}

const fn bind(scope: Scope, trigger: Trigger, shown: &'static str, words: &'static str, command: Command) -> Binding {
    Binding { scope, trigger, shown, words, command }
}

use Command as C;
use Scope::{Anywhere, Board, Compare, Gallery, Import, Patients, Settings, Triage};
use Trigger::{Char, Ctrl, CtrlShift};

const fn named(key: Named) -> Trigger {
    Trigger::Named(key)
}

/// A second key for the same: it works, and the sheet shows the first one.
const SECOND: &str = "";

/// Every key of the window, in the order of the sheet.
pub const TABLE: &[Binding] = &[
    bind(Anywhere, Char('?'), "?", "this sheet", C::Help),
    bind(Anywhere, named(Named::Escape), "Esc", "back", C::Back),
    bind(Anywhere, Ctrl('l'), "Ctrl L", "lock", C::Lock),
    bind(Anywhere, Ctrl('z'), "Ctrl Z", "undo the last filing or edit", C::Undo),
    bind(Anywhere, Ctrl('y'), "Ctrl Y", "redo what was undone last", C::Redo),
    bind(Anywhere, CtrlShift('z'), SECOND, "redo what was undone last", C::Redo),
    bind(Patients, Char('/'), "/", "search", C::Search),
    bind(Patients, Ctrl('n'), "Ctrl N", "new patient", C::New),
    bind(Patients, named(Named::ArrowUp), "↑", "previous patient", C::Up),
    bind(Patients, named(Named::ArrowDown), "↓", "next patient", C::Down),
    bind(Patients, named(Named::PageUp), "Page Up", "a page up", C::PageUp),
    bind(Patients, named(Named::PageDown), "Page Down", "a page down", C::PageDown),
    bind(Patients, named(Named::Home), "Home", "first patient", C::First),
    bind(Patients, named(Named::End), "End", "last patient", C::Last),
    bind(Patients, named(Named::Enter), "Enter", "open the patient", C::Accept),
    bind(Board, named(Named::ArrowUp), "↑", "view above", C::Up),
    bind(Board, named(Named::ArrowDown), "↓", "view below", C::Down),
    bind(Board, named(Named::ArrowLeft), "←", "session before", C::Left),
    bind(Board, named(Named::ArrowRight), "→", "session after", C::Right),
    bind(Board, named(Named::Space), "Space", "open the photo", C::Open),
    bind(Board, named(Named::Enter), "Enter", "compare with the baseline", C::Accept),
    bind(Board, named(Named::PageUp), "Page Up", "page of a document before", C::PageUp),
    bind(Board, named(Named::PageDown), "Page Down", "page of a document after", C::PageDown),
    bind(Board, Char('g'), "G", "compare the best pair of the view", C::BestPair),
    bind(Board, Char('m'), "M", "move the photo, its session or the patient", C::Move),
    bind(Board, Char('r'), "R", "make the photo the reference of its view", C::Reference),
    bind(Board, Char('i'), "I", "import photos", C::Import),
    bind(Board, Ctrl('n'), "Ctrl N", "new series", C::New),
    bind(Compare, named(Named::ArrowLeft), "←", "session before, zoom kept", C::Left),
    bind(Compare, named(Named::ArrowRight), "→", "session after, zoom kept", C::Right),
    bind(Compare, named(Named::ArrowUp), "↑", "view above", C::Up),
    bind(Compare, named(Named::ArrowDown), "↓", "view below", C::Down),
    bind(Compare, Char('1'), "1", "side by side", C::SideBySide),
    bind(Compare, Char('s'), "S", "wipe", C::Wipe),
    bind(Compare, Char('b'), "B", "hold: the baseline instead", C::Blink),
    bind(Compare, Char('m'), "M", "match exposure and colour, or show both as taken", C::Match),
    bind(Compare, Char('g'), "G", "go to the best pair of the view", C::BestPair),
    bind(Compare, Char('0'), "0", "whole picture", C::Fit),
    bind(Compare, Char('+'), "+", "closer", C::ZoomIn),
    bind(Compare, Char('='), SECOND, "closer", C::ZoomIn),
    bind(Compare, Char('-'), "−", "farther", C::ZoomOut),
    bind(Compare, Char('e'), "E", "export the pair", C::Export),
    bind(Compare, Char('y'), "Y", "accept the suggested alignment", C::Agree),
    bind(Compare, Char('x'), "X", "reject the suggested alignment", C::Disagree),
    bind(Compare, Char('a'), "A", "align again", C::AlignAgain),
    bind(Compare, Char('p'), "P", "align by points", C::Points),
    bind(Compare, Char('r'), "R", "region that alone counts", C::Region),
    bind(Compare, Char('l'), "L", "scale from a known length", C::Scale),
    bind(Compare, Char('t'), "T", "points: refine on the pixels", C::Refine),
    bind(Compare, named(Named::Backspace), "⌫", "points: take the last one away", C::TakeBack),
    bind(Compare, named(Named::Enter), "Enter", "keep points, region or scale", C::Accept),
    bind(Import, named(Named::ArrowUp), "↑", "photo before", C::Up),
    bind(Import, named(Named::ArrowDown), "↓", "photo after", C::Down),
    bind(Import, named(Named::ArrowLeft), "←", "previous view", C::Left),
    bind(Import, named(Named::ArrowRight), "→", "next view", C::Right),
    bind(Import, Char('x'), "X", "skip the photo, or take it back", C::Skip),
    bind(Import, named(Named::Enter), "Enter", "file the photos", C::Accept),
    bind(Triage, named(Named::ArrowUp), "↑", "group before", C::Up),
    bind(Triage, named(Named::ArrowDown), "↓", "group after", C::Down),
    bind(Triage, named(Named::ArrowLeft), "←", "photo before", C::Left),
    bind(Triage, named(Named::ArrowRight), "→", "photo after", C::Right),
    bind(Triage, named(Named::Enter), "Enter", "accept the group, or take that back", C::Accept),
    bind(Triage, Char('a'), "A", "accept everything that is certain", C::AcceptAll),
    bind(Triage, Char('j'), "J", "previous view", C::ViewBefore),
    bind(Triage, Char('k'), "K", "next view", C::ViewAfter),
    bind(Triage, Char('x'), "X", "leave the photo out, or take it back", C::Skip),
    bind(Triage, Char('/'), "/", "look for another patient", C::Search),
    bind(Triage, Char('s'), "S", "cut the group before this photo", C::Split),
    bind(Triage, Char('m'), "M", "put the group together with the next", C::Merge),
    bind(Triage, Char('f'), "F", "file what was accepted", C::File),
    bind(Gallery, named(Named::PageUp), "Page Up", "the page of cases before", C::PageUp),
    bind(Gallery, named(Named::PageDown), "Page Down", "the next page of cases", C::PageDown),
    bind(Settings, Char('1'), "1", "look", C::Section(0)),
    bind(Settings, Char('2'), "2", "vault and lock", C::Section(1)),
    bind(Settings, Char('3'), "3", "users", C::Section(2)),
    bind(Settings, Char('4'), "4", "backup and verification", C::Section(3)),
    bind(Settings, Char('5'), "5", "audit", C::Section(4)),
    bind(Settings, named(Named::ArrowUp), "↑", "user, role or row above", C::Up),
    bind(Settings, named(Named::ArrowDown), "↓", "user, role or row below", C::Down),
    bind(Settings, named(Named::ArrowLeft), "←", "part before, of a user", C::Left),
    bind(Settings, named(Named::ArrowRight), "→", "part after, of a user", C::Right),
    bind(Settings, named(Named::Enter), "Enter", "change the user", C::Accept),
    bind(Settings, Ctrl('n'), "Ctrl N", "new user", C::New),
    bind(Settings, Char('b'), "B", "back up now", C::BackUp),
    bind(Settings, Char('v'), "V", "verify now", C::Verify),
    bind(Settings, named(Named::PageUp), "Page Up", "a page of the audit up", C::PageUp),
    bind(Settings, named(Named::PageDown), "Page Down", "a page of the audit down", C::PageDown),
    bind(Settings, named(Named::Home), "Home", "newest row", C::First),
    bind(Settings, named(Named::End), "End", "oldest row", C::Last),
    bind(Settings, Char('c'), "C", "check the audit's chain", C::Check),
    bind(Settings, Char('e'), "E", "export the audit", C::Export),
];

/// What a key that no text field wanted asks for on a screen.
#[must_use]
pub fn command(scope: Scope, key: &Key, modifiers: Modifiers) -> Option<Command> {
    TABLE
        .iter()
        .find(|b| (b.scope == scope || b.scope == Anywhere) && b.trigger.fires(key, modifiers))
        .map(|b| b.command)
}

/// What letting go of a key asks for.
#[must_use]
pub fn released(scope: Scope, key: &Key) -> Option<Command> {
    let held = command(scope, key, Modifiers::empty());
    (held == Some(Command::Blink)).then_some(Command::BlinkEnd)
}

/// The rows of the sheet for one screen: its own keys, then the general ones.
pub fn sheet(scope: Scope) -> impl Iterator<Item = &'static Binding> {
    let own = TABLE.iter().filter(move |b| b.scope == scope);
    own.chain(TABLE.iter().filter(|b| b.scope == Anywhere)).filter(|b| b.shown != SECOND)
}

impl Trigger {
    fn fires(self, key: &Key, modifiers: Modifiers) -> bool {
        match (self, key) {
            (Self::Named(wanted), Key::Named(pressed)) => wanted == *pressed && !modifiers.command(),
            (Self::Named(Named::Space), Key::Character(c)) => c.as_str() == " ",
            (Self::Char(wanted), Key::Character(c)) => !modifiers.command() && is_letter(c, wanted),
            (Self::Ctrl(wanted), Key::Character(c)) => {
                modifiers.command() && !modifiers.shift() && is_letter(c, wanted)
            }
            (Self::CtrlShift(wanted), Key::Character(c)) => {
                modifiers.command() && modifiers.shift() && is_letter(c, wanted)
            }
            _ => false,
        }
    }
}

fn is_letter(pressed: &str, wanted: char) -> bool {
    let mut letters = pressed.chars().flat_map(char::to_lowercase);
    letters.next() == Some(wanted) && letters.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn character(c: &str) -> Key {
        Key::Character(c.into())
    }

    #[test]
    fn no_key_means_two_things_on_one_screen() {
        for (i, a) in TABLE.iter().enumerate() {
            for b in &TABLE[i + 1..] {
                let meet = a.scope == b.scope || a.scope == Anywhere || b.scope == Anywhere;
                assert!(!(meet && a.trigger == b.trigger), "{} is bound twice", a.shown);
            }
        }
    }

    #[test]
    fn keys_mean_what_the_sheet_says() {
        let none = Modifiers::empty();
        assert_eq!(command(Compare, &character("s"), none), Some(C::Wipe));
        assert_eq!(command(Compare, &character("S"), Modifiers::SHIFT), Some(C::Wipe));
        assert_eq!(command(Board, &character("s"), none), None);
        assert_eq!(command(Board, &Key::Named(Named::Enter), none), Some(C::Accept));
        assert_eq!(command(Scope::Other, &character("?"), Modifiers::SHIFT), Some(C::Help));
        assert_eq!(command(Compare, &character("l"), Modifiers::COMMAND), Some(C::Lock));
        assert_eq!(command(Patients, &character("n"), none), None);
        assert_eq!(command(Board, &character("z"), Modifiers::COMMAND), Some(C::Undo));
        assert_eq!(command(Board, &character("Z"), Modifiers::COMMAND | Modifiers::SHIFT), Some(C::Redo));
        assert_eq!(command(Board, &character("y"), Modifiers::COMMAND), Some(C::Redo));
        assert_eq!(command(Board, &Key::Named(Named::Space), none), Some(C::Open));
    }

    #[test]
    fn every_binding_can_be_reached_by_its_own_trigger() {
        for b in TABLE {
            let (key, modifiers) = match b.trigger {
                Char(c) => (character(&c.to_string()), Modifiers::empty()),
                Ctrl(c) => (character(&c.to_string()), Modifiers::COMMAND),
                CtrlShift(c) => (character(&c.to_uppercase().to_string()), Modifiers::COMMAND | Modifiers::SHIFT),
                Trigger::Named(n) => (Key::Named(n), Modifiers::empty()),
            };
            assert_eq!(command(b.scope, &key, modifiers), Some(b.command), "{}", b.shown);
        }
    }
}
