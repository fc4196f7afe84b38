//! Moments of the orders in which something becomes durable, numbered as they pass: the tests end the program at each of
//! them. In the program itself nothing happens here.

/// One moment passes: what stands before it in the code is done, what stands behind it is not begun.
#[cfg(not(test))]
pub(crate) const fn pass(_what: &'static str) {}

#[cfg(test)]
pub(crate) use watched::{pass, watch};

#[cfg(test)]
mod watched {
    use std::sync::{Mutex, PoisonError};

    type Watcher = Box<dyn FnMut(&'static str) + Send>;

    static WATCHER: Mutex<Option<Watcher>> = Mutex::new(None);

    pub(crate) fn pass(what: &'static str) {
        if let Some(watcher) = WATCHER.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            watcher(what);
        }
    }

    /// From here on every moment of this process is told to `watcher`; for a process that does nothing else.
    pub(crate) fn watch(watcher: impl FnMut(&'static str) + Send + 'static) {
        *WATCHER.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(watcher));
    }
}
