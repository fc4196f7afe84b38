//! The house rules that the compiler does not check: arrows point down, foreign crates stay in their room, files stay short.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Longest file in lines; past that it is given rooms.
const LONGEST_FILE: usize = 600;

/// Modules by layer, lowest first. A module may use its own layer's siblings only where [`SIBLINGS`] says so.
const LAYERS: &[&[&str]] = &[
    &["model", "clock", "config", "fsx", "geom", "log", "moment", "pipeline", "progress", "widest"],
    &["imaging", "registration", "compare", "annotate", "protocol"],
    &["vault"],
    &["import", "align", "export", "backup", "demo"],
    &["cli", "gui", "torture"],
];

/// Who may use a sibling of its own layer: the base is one room; pictures are the currency of the pure layer; the demo
/// drives the other use cases; exports ask how photos are aligned; the command line starts the window.
const SIBLINGS: &[(&str, &[&str])] = &[
    ("model", &["geom", "clock"]),
    ("fsx", &["moment"]),
    ("config", &["fsx", "model"]),
    ("registration", &["imaging"]),
    ("compare", &["imaging", "registration"]),
    ("import", &["align"]),
    ("export", &["align"]),
    ("demo", &["import", "align", "export"]),
    ("cli", &["gui"]),
];

/// Crates that only one module may name.
const ROOMS: &[(&str, &[&str])] = &[
    ("rusqlite", &["vault"]),
    ("rusqlite_migration", &["vault"]),
    ("argon2", &["vault"]),
    ("chacha20poly1305", &["vault"]),
    ("iced", &["gui"]),
    ("iced_runtime", &["gui"]),
    ("iced_widget", &["gui"]),
    ("rfd", &["gui"]),
    ("arboard", &["gui"]),
    ("lucide_icons", &["gui"]),
    ("clap", &["cli"]),
    ("indicatif", &["cli"]),
    ("rpassword", &["cli"]),
    ("mozjpeg", &["imaging"]),
    ("mozjpeg_sys", &["imaging"]),
    ("heic_decoder", &["imaging"]),
    ("hayro", &["imaging"]),
    ("qrcode", &["imaging"]),
    ("rqrr", &["imaging"]),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            out.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
    out
}

/// The top-level module a file belongs to; `lib` and `main` stand above all.
fn module_of(path: &Path) -> String {
    let inside = path.strip_prefix(Path::new(ROOT).join("src")).expect("below src");
    let first = inside.components().next().expect("a component").as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

fn layer_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|l| l.contains(&module))
}

/// Top-level modules named by a line of code, through `crate::` paths and groups on one line.
fn modules_named(line: &str) -> Vec<String> {
    let mut out = Vec::new();
    for (at, _) in line.match_indices("crate::") {
        let rest = &line[at + "crate::".len()..];
        let names: Vec<&str> = match rest.strip_prefix('{') {
            Some(group) => group.split('}').next().unwrap_or_default().split(',').collect(),
            None => vec![rest],
        };
        for name in names {
            let name: String = name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            out.push(name);
        }
    }
    out
}

fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(i, l)| (i + 1, l.split("//").next().unwrap_or_default()))
}

#[test]
fn arrows_point_down_only() {
    let mut wrong = Vec::new();
    for path in sources(&Path::new(ROOT).join("src")) {
        let module = module_of(&path);
        let Some(own) = layer_of(&module) else {
            assert!(module == "lib" || module == "main", "{module} belongs to no layer");
            continue;
        };
        let text = fs::read_to_string(&path).expect("a source file");
        for (number, line) in code_lines(&text) {
            for named in modules_named(line) {
                let Some(other) = layer_of(&named) else { continue };
                let sibling = SIBLINGS.iter().any(|(m, list)| *m == module && list.contains(&named.as_str()));
                if named != module && (other > own || (other == own && !sibling)) {
                    wrong.push(format!("{}:{number} {module} uses {named}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn foreign_crates_stay_in_their_room() {
    let mut wrong = Vec::new();
    for path in sources(&Path::new(ROOT).join("src")) {
        let module = module_of(&path);
        let text = fs::read_to_string(&path).expect("a source file");
        for (number, line) in code_lines(&text) {
            for (krate, rooms) in ROOMS {
                let named = line
                    .match_indices(&format!("{krate}::"))
                    .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'))
                    || line.trim_start().starts_with(&format!("use {krate}"));
                if named && !rooms.contains(&module.as_str()) {
                    wrong.push(format!("{}:{number} {module} names {krate}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_is_longer_than_its_job() {
    let mut long = BTreeMap::new();
    for folder in ["src", "tests"] {
        for path in sources(&Path::new(ROOT).join(folder)) {
            let lines = fs::read_to_string(&path).expect("a source file").lines().count();
            if lines > LONGEST_FILE {
                let _ = long.insert(path, lines);
            }
        }
    }
    assert!(long.is_empty(), "give these rooms: {long:#?}");
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent: Vec<PathBuf> = sources(&Path::new(ROOT).join("src"))
        .into_iter()
        .filter(|p| !fs::read_to_string(p).expect("a source file").starts_with("//!"))
        .collect();
    assert!(silent.is_empty(), "no //! line: {silent:#?}");
}

#[test]
fn the_checker_sees_what_it_should() {
    assert_eq!(modules_named("use crate::vault::Vault;"), ["vault"]);
    assert_eq!(modules_named("let x = crate::geom::f(crate::gui::g());"), ["geom", "gui"]);
    assert_eq!(modules_named("use crate::{model, vault::Tx};"), ["model", "vault"]);
}

/// Types whose own `Debug` shows what they hold.
const SHOWN: [&str; 3] = ["Zeroizing<", "StaticSecret", "SecretBox<"];

#[test]
fn nothing_that_holds_a_bare_secret_derives_debug() {
    let (mut looked_at, mut bad) = (0, Vec::new());
    for path in sources(&Path::new(ROOT).join("src")) {
        let text = fs::read_to_string(&path).expect("a readable file");
        for (at, _) in text.match_indices("#[derive(") {
            let rest = &text[at..];
            let derived = &rest[..rest.find(")]").unwrap_or(rest.len())];
            // Up to the end of the item: a closing brace at its own indentation, or the semicolon of a tuple.
            let indent = at - text[..at].rfind('\n').map_or(0, |line| line + 1);
            let closing = format!("\n{}}}", " ".repeat(indent));
            let end = [rest.find(&closing), rest.find(");\n")].into_iter().flatten().min().unwrap_or(rest.len());
            let holds = SHOWN.iter().any(|secret| rest[..end].contains(secret));
            looked_at += usize::from(holds);
            if holds && derived.contains("Debug") {
                bad.push(format!("{}: {}", path.display(), rest[..end.min(120)].replace('\n', " ")));
            }
        }
    }
    assert!(looked_at > 3, "the test would see one");
    assert!(bad.is_empty(), "{bad:#?}");
}

/// A child would inherit the environment, and with it a passphrase that stands in it.
#[test]
fn the_program_starts_no_other_program() {
    for path in sources(&Path::new(ROOT).join("src")) {
        // Tests start programs to look at them; they are no part of the product.
        let inside = path.strip_prefix(Path::new(ROOT).join("src")).expect("below src");
        if inside.starts_with("torture") || inside.components().any(|part| part.as_os_str() == "tests") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a readable file");
        let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        assert!(!product.contains("process::Command"), "{}", path.display());
    }
}
