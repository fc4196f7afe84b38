//! A plan and a list of the day from any bytes.
#![no_main]

use diptych::import::card::DayList;
use diptych::import::card::document::Document;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(plan) = Document::parse(bytes) {
        let again = serde_json::to_vec(&plan).ok();
        assert!(again.is_some_and(|text| Document::parse(&text) == Ok(plan)));
    }
    let _ = DayList::parse(&String::from_utf8_lossy(bytes));
});
