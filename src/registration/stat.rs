//! Logarithms of binomial coefficients and tails, for a-contrario scores.

use std::f64::consts::{LN_10, PI};

/// ln Γ(x) for x > 0 by Stirling's series, shifted to x ≥ 8 by Γ(x) = Γ(x+1)/x. Relative error below 1e-10.
#[must_use]
pub fn ln_gamma(x: f64) -> f64 {
    let mut shift = 0.0;
    let mut x = x;
    while x < 8.0 {
        shift += x.ln();
        x += 1.0;
    }
    let inverse = 1.0 / x;
    let square = inverse * inverse;
    let series = inverse * (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square / 1680.0)));
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * PI).ln() + series - shift
}

/// log₁₀ of "n choose k", 0 ≤ k ≤ n.
#[must_use]
pub fn log10_choose(n: usize, k: usize) -> f64 {
    let (n, k) = (n as f64, k as f64);
    (ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0)) / LN_10
}

/// log₁₀ of the probability of at least `k` successes in `n` independent trials of probability `p`; never above 0.
#[must_use]
pub fn log10_binomial_tail(n: usize, k: usize, p: f64) -> f64 {
    if k == 0 {
        return 0.0;
    }
    if k > n {
        return f64::NEG_INFINITY;
    }
    let term = |i: usize| log10_choose(n, i) + i as f64 * p.log10() + (n - i) as f64 * (1.0 - p).log10();
    let first = term(k);
    let mut sum = 1.0;
    for i in k + 1..=n {
        let relative = 10f64.powf(term(i) - first);
        sum += relative;
        // Past the mode the terms only fall; before it they still grow and must not end the sum.
        if relative < 1e-9 * sum && i as f64 > p * n as f64 {
            break;
        }
    }
    (first + sum.log10()).min(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_binomial_coefficients_are_exact() {
        for (n, k, value) in [(5, 2, 10.0f64), (10, 5, 252.0), (52, 5, 2_598_960.0), (7, 0, 1.0), (7, 7, 1.0)] {
            assert!((log10_choose(n, k) - value.log10()).abs() < 1e-9, "{n} choose {k}");
        }
    }

    #[test]
    fn the_tail_agrees_with_a_sum_of_exact_terms() {
        // P(X ≥ 3), X ~ B(5, 0.2) = 0.05792.
        assert!((log10_binomial_tail(5, 3, 0.2) - 0.05792f64.log10()).abs() < 1e-9);
        // P(X ≥ 1) = 1 − 0.8⁵.
        assert!((log10_binomial_tail(5, 1, 0.2) - (1.0 - 0.8f64.powi(5)).log10()).abs() < 1e-9);
        assert!(log10_binomial_tail(400, 5, 0.5) > -1e-9);
        assert!(log10_binomial_tail(5, 0, 0.2).abs() < 1e-12);
    }
}
