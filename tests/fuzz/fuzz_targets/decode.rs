//! Decoding of any bytes, scaled as for a thumbnail.
#![no_main]

use diptych::imaging::{Detail, decode, inspect};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // Larger pictures are slow, not interesting.
    if inspect(bytes).is_ok_and(|found| u64::from(found.size.width) * u64::from(found.size.height) < 1 << 20) {
        let _ = decode(bytes, Detail::AtLeast(64));
    }
});
