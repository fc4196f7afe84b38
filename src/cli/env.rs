//! The environment: the one place that reads it.

/// An environment variable that is set, not empty, and text.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "the one place that reads the environment")]
pub fn read(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether the display that the environment names answers. Asked only when a window could not be opened: none that could be is
/// kept shut by it.
#[must_use]
#[cfg(feature = "gui")]
pub fn display_answers() -> bool {
    let wayland = || {
        let name = read("WAYLAND_DISPLAY")?;
        let folder = read("XDG_RUNTIME_DIR").unwrap_or_default();
        Some(std::path::Path::new(&folder).join(name))
    };
    let x11 = || {
        let display = read("DISPLAY")?;
        let (host, number) = display.rsplit_once(':')?;
        let number: u16 = number.split('.').next()?.parse().ok()?;
        Some((host.to_owned(), number))
    };
    let over_x11 = |(host, number): (String, u16)| {
        let port = number.checked_add(6000);
        let remote = || port.is_some_and(|port| std::net::TcpStream::connect((host.as_str(), port)).is_ok());
        if host.is_empty() || host == "unix" { socket(&format!("/tmp/.X11-unix/X{number}").into()) } else { remote() }
    };
    wayland().is_some_and(|path| socket(&path)) || x11().is_some_and(over_x11)
}

#[cfg(all(feature = "gui", unix))]
fn socket(path: &std::path::PathBuf) -> bool {
    std::os::unix::net::UnixStream::connect(path).is_ok()
}

#[cfg(all(feature = "gui", not(unix)))]
fn socket(_: &std::path::PathBuf) -> bool {
    true
}

/// Whether a window could be shown.
#[must_use]
pub fn has_display() -> bool {
    !cfg!(all(unix, not(target_os = "macos"))) || read("DISPLAY").is_some() || read("WAYLAND_DISPLAY").is_some()
}
