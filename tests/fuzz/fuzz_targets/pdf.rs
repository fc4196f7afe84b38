//! The first page of a PDF of any bytes, small: the reader and the renderer, without the process they run in.
#![no_main]

use diptych::imaging::apart::{Question, without_process};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(size) = without_process(Question::PdfPage { index: 0, longest: 64 }, bytes) {
        assert_eq!(size.longest(), 64, "the page is as large as was asked for");
    }
});
