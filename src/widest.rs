//! Kernels in the widest instructions that the processor at hand has.

use pulp::{Arch, NullaryFnOnce};

/// An inner loop with what it works on.
pub(crate) trait Kernel {
    /// What it says.
    type Output;

    /// Runs it. Marked to be inlined always, as is whatever it calls: what is not inlined into [`widest`] is compiled for
    /// every processor, and the compiler leaves large closures and functions where they are.
    fn run(self) -> Self::Output;
}

/// Runs a kernel compiled once for every processor of its kind and once for those with AVX2, whichever is at hand. Tasks are
/// split outside of it.
///
/// The answer is the same to the bit on either path: the compiler neither reorders sums of floats nor joins a product and
/// a sum.
#[inline(always)]
pub(crate) fn widest<K: Kernel>(kernel: K) -> K::Output {
    Arch::new().dispatch(Inlined(kernel))
}

struct Inlined<K>(K);

impl<K: Kernel> NullaryFnOnce for Inlined<K> {
    type Output = K::Output;

    #[inline(always)]
    fn call(self) -> K::Output {
        self.0.run()
    }
}
