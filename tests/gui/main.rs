//! The window as a user works it, without a display: screens are driven by clicks and keys and asked what they want done.

mod board;
mod compare;
mod fixture;
mod import;
mod look;
mod patients;
mod unlock;
mod window;
