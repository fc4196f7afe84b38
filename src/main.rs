//! The `diptych` program: a thin start of the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    diptych::cli::main()
}
