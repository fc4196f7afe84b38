//! At rest: what lies on the disk tells nothing.

use std::fs;

use diptych::vault::{Derived, Op};

use super::{chart, clinic, file, now, person, photo_bytes, receive};

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn no_file_of_a_vault_shows_a_name_a_file_name_or_a_picture() {
    let clinic = clinic();
    let chart = chart(&clinic.vault, "PLANTED-CODE");
    let edit = |tx: &diptych::vault::Tx<'_>| {
        tx.edit_patient(chart.patient, &person("PLANTED-CODE", "Plantedgiven", "Plantedfamily"))
    };
    clinic.vault.transact(Op::EditPatient, now(), edit).expect("edited");
    let bytes = photo_bytes(1, 300_000);
    let photo = file(&clinic.vault, receive(&clinic.vault, &bytes), chart.cell());
    let _waiting = receive(&clinic.vault, &photo_bytes(2, 200_000));
    let hash = clinic.vault.photo(photo).expect("a photo").hash;
    clinic.vault.put_derived(hash, Derived::Thumbnail, &photo_bytes(3, 9000)).expect("put");
    let dir = clinic.vault.dir().to_owned();
    let needles: [&[u8]; 11] = [
        b"PLANTED-CODE",
        b"Plantedgiven",
        b"plantedgiven",
        b"Plantedfamily",
        b"IMG_4711",
        b"\x00\x10JFIF\x00",
        b"Exif\x00\x00",
        b"Canon",
        b"SQLite format 3",
        b"1990-05-17",
        &bytes[1000..1016],
    ];
    let scan = |when: &str| {
        let files = diptych::fsx::files_below(&dir).expect("listed");
        for path in &files {
            let content = fs::read(path).expect("read");
            for needle in needles {
                assert!(
                    !holds(&content, needle),
                    "{when}: {} shows {:?}",
                    path.display(),
                    String::from_utf8_lossy(needle)
                );
            }
        }
        files.len()
    };
    // Open, with write-ahead logs full of the newest rows, and closed.
    let open = scan("open");
    assert!(open >= 8, "{open} files");
    drop(clinic.vault);
    let names: Vec<String> = diptych::fsx::files_below(&dir)
        .expect("listed")
        .iter()
        .filter_map(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()))
        .collect();
    let expected = [
        "catalog.db",
        "derived.db",
        "photos-0001.db",
        "vault.holder",
        "vault.lock",
        "vault.reserve",
        "vault.toml",
        "vault.toml.2",
    ];
    assert_eq!(names, expected);
    let _closed = scan("closed");
}
