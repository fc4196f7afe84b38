//! Kernels in the widest instructions that the processor at hand has.

use pulp::{Arch, NullaryFnOnce};

/// Runs `kernel` on `with`, compiled once for every processor of its kind and once for those with AVX2, whichever is at
/// hand.
///
/// `kernel` is the name of a function that is always inlined, as is whatever it calls; tasks are split outside of it. A
/// closure would not do: the compiler inlines a large one nowhere, and what is not inlined here is compiled for every
/// processor. The answer is the same to the bit on either path: the compiler neither reorders sums of floats nor joins a
/// product and a sum.
#[expect(clippy::inline_always, reason = "what is not inlined is not compiled for the processor at hand")]
#[inline(always)]
pub(crate) fn widest<A, R>(kernel: impl FnOnce(A) -> R, with: A) -> R {
    Arch::new().dispatch(Kernel(kernel, with))
}

struct Kernel<F, A>(F, A);

impl<A, R, F: FnOnce(A) -> R> NullaryFnOnce for Kernel<F, A> {
    type Output = R;

    #[inline(always)]
    fn call(self) -> R {
        (self.0)(self.1)
    }
}
