//! Kernels in the widest instructions that the processor at hand has.

use pulp::Arch;

/// Runs `kernel` compiled once for every processor of its kind and once for those with AVX2, whichever is at hand.
///
/// Only what is inlined into it is: functions it calls are marked for that, and tasks are split outside of it. The answer
/// is the same to the bit on either path: the compiler neither reorders sums of floats nor joins a product and a sum.
#[expect(clippy::inline_always, reason = "what is not inlined is not compiled for the processor at hand")]
#[inline(always)]
pub(crate) fn widest<R>(kernel: impl FnOnce() -> R) -> R {
    Arch::new().dispatch(kernel)
}
