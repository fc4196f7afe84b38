//! The fuzz targets are a crate of their own that the tests do not build: here is looked that it lists every one of them.

use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn every_fuzz_target_is_in_its_manifest_and_has_a_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz");
    let text = std::fs::read_to_string(folder.join("Cargo.toml")).expect("a manifest");
    let manifest: toml::Table = toml::from_str(&text).expect("TOML");
    let text_of = |target: &toml::Value, key: &str| target[key].as_str().expect("text").to_owned();
    let targets = manifest["bin"].as_array().expect("targets");
    let listed: BTreeSet<String> = targets.iter().map(|target| text_of(target, "path")).collect();
    let files = std::fs::read_dir(folder.join("fuzz_targets")).expect("targets");
    let there: BTreeSet<String> =
        files.map(|file| format!("fuzz_targets/{}", file.expect("a file").file_name().to_string_lossy())).collect();
    assert_eq!(listed, there);
    assert!(targets.iter().all(|target| text_of(target, "path").contains(&text_of(target, "name"))));
}
