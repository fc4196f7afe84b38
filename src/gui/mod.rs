//! The window: iced 0.14, software or GPU renderer, one window.

pub mod action;
pub mod app;
pub mod idle;
pub mod job;
pub mod picture;
pub mod screen;
pub mod shortcut;
pub mod theme;
pub mod widget;
pub mod worker;
pub mod works;
pub mod zoom;

use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use iced::{Size, window};

use crate::config::{self, Settings};
use crate::vault::Vault;
use app::App;
use screen::settings::Preferences;

/// What the window starts with.
#[derive(Clone, Default)]
pub struct Start {
    /// A vault to offer on the first screen.
    pub vault: Option<PathBuf>,
    /// Where the demo clinic lies, or would lie once it is built.
    pub demo: Option<PathBuf>,
    /// A vault that is open already.
    pub opened: Option<Vault>,
    /// Look and text size.
    pub preferences: Preferences,
    /// Where the settings are kept; none keeps them for this run only.
    pub settings_file: Option<PathBuf>,
}

impl Start {
    /// What this computer's user set, the vault they opened last, and the usual place of the demo clinic.
    #[must_use]
    pub fn usual() -> Self {
        let settings_file = config::settings_path();
        let settings = settings_file.as_deref().map(Settings::load).unwrap_or_default();
        let config::Settings { theme, text_percent, lock_minutes, .. } = settings;
        let preferences = Preferences { theme, text_percent, lock_minutes };
        Self { vault: settings.last_vault, demo: config::demo_dir(), opened: None, preferences, settings_file }
    }
}

/// Why there is no window.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GuiError {
    /// The libraries of the X window system are not installed.
    #[error("libraries of the display are missing")]
    NoDisplayLibraries,
    /// A mistake of the program ended it.
    #[error("the window stopped")]
    Stopped,
    /// No renderer could be started.
    #[error("no window could be opened")]
    NoWindow,
}

impl GuiError {
    /// What happened, what is safe, what to do.
    #[must_use]
    pub fn user_message(&self) -> String {
        match self {
            Self::NoDisplayLibraries => "The window could not be opened because libraries of the display are missing. Your vault \
                 is untouched. On Debian or Ubuntu install them with:\n  apt install libx11-6 libx11-xcb1 libxcursor1 libxi6 \
                 libxkbcommon-x11-0"
                .to_owned(),
            Self::Stopped => "The window stopped because of a mistake in the program. Everything that was filed is safe in the \
                 vault; what was being typed is lost. Start Diptych again, and report what you did last."
                .to_owned(),
            Self::NoWindow => "The window could not be opened on this display. Your vault is untouched. Everything can also be \
                 done from the command line: see `diptych --help`."
                .to_owned(),
        }
    }
}

/// Smallest size of the window.
pub const SMALLEST: Size = Size::new(1100.0, 700.0);
/// Size of the window at the first start.
pub const USUAL: Size = Size::new(1440.0, 900.0);

/// Opens the window and returns when it is closed.
///
/// winit panics when the display's libraries are missing; that panic is caught here, and only here.
pub fn run(start: Start) -> Result<(), GuiError> {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let begun = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&begun);
    let ended = panic::catch_unwind(AssertUnwindSafe(|| program(start, flag)));
    panic::set_hook(hook);
    match ended {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(GuiError::NoWindow),
        Err(_) if begun.load(Ordering::Relaxed) => Err(GuiError::Stopped),
        Err(_) => Err(GuiError::NoDisplayLibraries),
    }
}

fn program(mut start: Start, begun: Arc<AtomicBool>) -> iced::Result {
    let settings = window::Settings { size: USUAL, min_size: Some(SMALLEST), ..window::Settings::default() };
    // Handed over once: a copy kept here would hold the vault open after it is locked.
    let opened = Mutex::new(start.opened.take());
    let boot = move || {
        begun.store(true, Ordering::Relaxed);
        let opened = opened.lock().unwrap_or_else(PoisonError::into_inner).take();
        App::boot(Start { opened, ..start.clone() })
    };
    let mut application = iced::application(boot, App::update, App::view)
        .title("Diptych")
        .theme(App::theme)
        .scale_factor(App::scale_factor)
        .subscription(App::subscription)
        .default_font(theme::REGULAR)
        .antialiasing(true)
        .window(settings);
    for file in theme::FONT_FILES {
        application = application.font(file);
    }
    application.run()
}
