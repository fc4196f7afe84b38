//! Automatic lock: how long nobody has touched mouse or keyboard. The moment is handed in, so that the decision is pure.
//!
//! It is taken on the clock of the day and not on one that stands still while the computer sleeps: a laptop that was shut
//! for the night is locked when it wakes. Whoever touches a window that is overdue locks it, too; the touch comes too late.

use crate::clock::UtcMillis;

/// When somebody was there last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Idle {
    last: UtcMillis,
}

impl Idle {
    /// Somebody is there at this moment.
    #[must_use]
    pub fn new(at: UtcMillis) -> Self {
        Self { last: at }
    }

    /// Somebody moved the mouse or pressed a key.
    pub fn touch(&mut self, at: UtcMillis) {
        self.last = at;
    }

    /// Whether nobody has been there for so many minutes.
    ///
    /// A clock that was set back begins anew, so that it keeps nothing open longer than once more the whole time.
    #[must_use]
    pub fn is_over(&mut self, at: UtcMillis, minutes: u16) -> bool {
        self.last = self.last.min(at);
        at.0.saturating_sub(self.last.0) >= i64::from(minutes) * 60_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> UtcMillis {
        UtcMillis(1_790_000_000_000 + 1000 * seconds)
    }

    #[test]
    fn it_is_over_when_the_minutes_are_full_and_not_a_moment_earlier() {
        let mut idle = Idle::new(at(0));
        assert!(!idle.is_over(UtcMillis(at(600).0 - 1), 10));
        assert!(idle.is_over(at(600), 10));
        assert!(idle.is_over(at(60), 1));
    }

    #[test]
    fn a_touch_restarts_it() {
        let mut idle = Idle::new(at(0));
        idle.touch(at(599));
        assert!(!idle.is_over(at(600), 10));
        assert!(!idle.is_over(at(1198), 10));
        assert!(idle.is_over(at(1199), 10));
    }

    #[test]
    fn a_night_asleep_counts() {
        assert!(Idle::new(at(0)).is_over(at(9 * 3600), 60));
    }

    #[test]
    fn a_clock_that_is_set_back_delays_it_by_one_time_at_most() {
        let mut idle = Idle::new(at(0));
        assert!(!idle.is_over(at(-86_400), 10));
        assert!(!idle.is_over(at(-86_400 + 599), 10));
        assert!(idle.is_over(at(-86_400 + 600), 10));
    }
}
