//! HEIC of any bytes: what looks at the boxes before a process is started, and the decoder itself.
#![no_main]

use diptych::imaging::apart::{Question, without_process};
use diptych::imaging::{inspect, sniff};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // No program is named that would answer, so that this ends before one is started.
    let _ = (sniff(bytes), inspect(bytes));
    // Larger pictures are slow, not interesting.
    let is_small = |pixels: u64| pixels < 1 << 20;
    if let Ok(size) = without_process(Question::HeicHeader, bytes)
        && is_small(u64::from(size.width) * u64::from(size.height))
        && let Ok(decoded) = without_process(Question::HeicPixels, bytes)
    {
        assert_eq!(decoded, size, "the picture is as large as was announced");
    }
});
