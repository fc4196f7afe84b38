//! The widest vectors the processor has, for loops that the compiler makes vectors of.
//!
//! The same loop is compiled for the baseline and for AVX2. None of them fuses a multiplication with an addition and
//! none reorders a sum, so every processor gives the same bits.

use pulp::Arch;

/// Runs `kernel` compiled for this processor. What it calls must be inlined into it to take part.
#[inline]
pub fn widest<R>(kernel: impl FnOnce() -> R) -> R {
    Arch::new().dispatch(kernel)
}
