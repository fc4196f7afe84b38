//! The window.

use std::path::PathBuf;

use crate::cli::env;
use crate::cli::error::CliError;
use crate::cli::output::Output;
use crate::vault::Vault;

/// What the window begins with.
#[derive(Clone, Default)]
#[cfg_attr(not(feature = "gui"), expect(dead_code, reason = "without a window nobody reads where it begins"))]
pub struct Beginning {
    /// A vault that is open already.
    pub opened: Option<Vault>,
    /// Where the demo lies.
    pub demo: Option<PathBuf>,
}

/// Opens the window; without a display says so, which is no failure.
pub fn open(beginning: Beginning, out: &mut Output) -> Result<(), CliError> {
    if !env::has_display() {
        return out.line("There is no display, so no window was opened. `diptych --help` lists the commands.");
    }
    out.finish()?;
    show(beginning, out)
}

#[cfg(feature = "gui")]
fn show(beginning: Beginning, out: &mut Output) -> Result<(), CliError> {
    let usual = crate::gui::Start::usual();
    let start = crate::gui::Start { demo: beginning.demo.or(usual.demo.clone()), opened: beginning.opened, ..usual };
    match crate::gui::run(start) {
        Err(crate::gui::GuiError::NoDisplayLibraries) if !env::display_answers() => {
            out.line("The display does not answer, so no window was opened. `diptych --help` lists the commands.")
        }
        ended => ended.map_err(|error| CliError::Failed(error.user_message())),
    }
}

#[cfg(not(feature = "gui"))]
fn show(_beginning: Beginning, out: &mut Output) -> Result<(), CliError> {
    out.line("This Diptych was built without a window. `diptych --help` lists the commands.")
}
