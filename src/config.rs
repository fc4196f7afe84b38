//! Settings of this computer's user: how the program looks and which vault it opened last. Never patient data.
//!
//! Every field is read for itself, so that one bad value costs that value and nothing else; fields of a newer program
//! are kept when the file is written again.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::fsx;
use crate::model::series::vocabulary;

vocabulary! {
    /// Colours of the window.
    Theme {
        Auto = "auto", "as the desktop";
        Dark = "dark", "dark";
        Light = "light", "light";
    }
}

/// Text sizes that the window can be read at, percent.
pub const TEXT_PERCENT: std::ops::RangeInclusive<u16> = 80..=200;

/// Minutes without a touch after which the window may lock by itself. There is no "never": a screen full of patients that
/// is left alone is locked at some time.
pub const LOCK_MINUTES: std::ops::RangeInclusive<u16> = 1..=60;

/// The settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Colours.
    pub theme: Theme,
    /// Text size in percent.
    pub text_percent: u16,
    /// Minutes without a touch after which the window locks.
    pub lock_minutes: u16,
    /// The vault that was open last.
    pub last_vault: Option<PathBuf>,
    rest: Table,
}

impl Default for Settings {
    fn default() -> Self {
        Self { theme: Theme::Auto, text_percent: 100, lock_minutes: 10, last_vault: None, rest: Table::new() }
    }
}

impl Settings {
    /// Reads `text`; whatever is missing or wrong has its default.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut rest: Table = text.parse().unwrap_or_default();
        let mut take = |key: &str| rest.remove(key);
        let theme = take("theme").as_ref().and_then(Value::as_str).and_then(Theme::from_key);
        let mut number = |key| take(key).as_ref().and_then(Value::as_integer).and_then(|n| u16::try_from(n).ok());
        let percent = number("text_percent").filter(|n| TEXT_PERCENT.contains(n));
        let minutes = number("lock_minutes").filter(|n| LOCK_MINUTES.contains(n));
        let last_vault = take("last_vault").as_ref().and_then(Value::as_str).map(PathBuf::from);
        let default = Self::default();
        Self {
            theme: theme.unwrap_or(default.theme),
            text_percent: percent.unwrap_or(default.text_percent),
            lock_minutes: minutes.unwrap_or(default.lock_minutes),
            last_vault,
            rest,
        }
    }

    /// The text that [`Settings::parse`] reads.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut table = self.rest.clone();
        let mut put = |key: &str, value: Value| drop(table.insert(key.to_owned(), value));
        put("theme", self.theme.key().into());
        put("text_percent", i64::from(self.text_percent).into());
        put("lock_minutes", i64::from(self.lock_minutes).into());
        if let Some(path) = self.last_vault.as_deref().and_then(Path::to_str) {
            put("last_vault", path.into());
        }
        table.to_string()
    }

    /// Reads the file; the defaults when there is none.
    #[must_use]
    pub fn load(path: &Path) -> Self {
        fs::read_to_string(path).map(|text| Self::parse(&text)).unwrap_or_default()
    }

    /// Writes the file and the folder it lies in.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fsx::write_atomic(path, self.to_text().as_bytes())
    }
}

fn folders() -> Option<directories::ProjectDirs> {
    directories::ProjectDirs::from("", "", "diptych")
}

/// Where the settings of this computer's user are; `None` without a home folder.
#[must_use]
pub fn settings_path() -> Option<PathBuf> {
    folders().map(|f| f.config_dir().join("settings.toml"))
}

/// Where the synthetic clinic is built unless somebody says otherwise; `None` without a home folder.
#[must_use]
pub fn demo_dir() -> Option<PathBuf> {
    folders().map(|f| f.data_dir().join("demo"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bad_field_costs_only_itself() {
        let settings = Settings::parse("theme = 7\ntext_percent = 120\nlast_vault = \"clinic\"");
        assert_eq!(settings.theme, Theme::Auto);
        assert_eq!((settings.text_percent, settings.last_vault), (120, Some("clinic".into())));
        assert_eq!(Settings::parse("text_percent = 7000").text_percent, 100);
        for wrong in ["0", "61", "-5", "\"never\"", "false", "1e3"] {
            let settings = Settings::parse(&format!("lock_minutes = {wrong}\ntheme = \"dark\""));
            assert_eq!((settings.lock_minutes, settings.theme), (10, Theme::Dark), "{wrong}");
        }
        assert_eq!(Settings::parse("lock_minutes = 1").lock_minutes, 1);
        assert_eq!(Settings::parse("no toml at all ["), Settings::default());
    }

    #[test]
    fn what_is_written_is_read_again_with_unknown_fields() {
        let settings =
            Settings { text_percent: 150, lock_minutes: 60, ..Settings::parse("theme = \"light\"\nlater = [1, 2]") };
        let text = settings.to_text();
        assert!(text.contains("later"), "{text}");
        assert_eq!(Settings::parse(&text), settings);
    }

    #[test]
    fn settings_survive_on_disk() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("new/settings.toml");
        assert_eq!(Settings::load(&path), Settings::default());
        let settings = Settings { theme: Theme::Dark, ..Settings::default() };
        settings.save(&path).expect("saved");
        assert_eq!(Settings::load(&path), settings);
    }
}
