//! Sniffing, segments, containers and EXIF of any bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = diptych::imaging::sniff(bytes);
    let _ = diptych::imaging::inspect(bytes);
});
