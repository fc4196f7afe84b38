//! The environment: the one place that reads it.

/// An environment variable that is set, not empty, and text.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "the one place that reads the environment")]
pub fn read(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether a window could be shown.
#[must_use]
pub fn has_display() -> bool {
    !cfg!(all(unix, not(target_os = "macos"))) || read("DISPLAY").is_some() || read("WAYLAND_DISPLAY").is_some()
}
