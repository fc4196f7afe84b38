//! No dependency, direct or not, may carry a licence that the program could not be given away under.

use cargo_metadata::MetadataCommand;
use spdx::{Expression, LicenseReq};

/// Licences that ask for no more than a notice.
const ACCEPTED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "bzip2-1.0.6",
    "CC0-1.0",
    "IJG",
    "ISC",
    "libpng-2.0",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "NCSA",
    "OFL-1.1",
    "Ubuntu-font-1.0",
    "OpenSSL",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "Zlib",
];

fn accepted(requirement: &LicenseReq) -> bool {
    requirement.license.id().is_some_and(|id| ACCEPTED.contains(&id.name))
}

fn is_fine(expression: &str) -> bool {
    Expression::parse(&expression.replace('/', " OR ")).is_ok_and(|e| e.evaluate(accepted))
}

#[test]
fn a_copyleft_licence_is_recognised() {
    assert!(is_fine("MIT OR GPL-2.0-only") && is_fine("MIT/Apache-2.0") && is_fine("(MIT AND IJG) AND Zlib"));
    assert!(
        !is_fine("MIT AND GPL-3.0-or-later")
            && !is_fine("AGPL-3.0-only")
            && !is_fine("LGPL-2.1-only")
            && !is_fine("anything")
    );
}

#[test]
fn no_dependency_has_a_copyleft_licence() {
    let metadata = MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .other_options(vec!["--locked".into()])
        .exec()
        .expect("cargo describes the dependency tree");
    assert!(metadata.packages.len() > 100, "the tree was not read");
    let mut refused = Vec::new();
    for package in &metadata.packages {
        if !package.license.as_deref().is_some_and(is_fine) {
            refused.push(format!("{} {}: {:?}", package.name, package.version, package.license));
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}
