//! Benchmarks: `cargo bench` prints a table. Nothing here fails on a time; medians of several runs on this machine. A
//! registration that is wrong and sure of it ends them with an exit code.
//!
//! `cargo bench -- align` runs one part: `align`, `backup`, `card`, `compare`, `demo`, `pictures`, `registration`, `scale`, `store`.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark prints and may stop"
)]

mod align;
mod backup;
mod card;
mod compare;
mod demo;
mod people;
mod pictures;
mod probe;
mod registration;
mod scale;
mod store;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    if wanted.first().is_some_and(|first| first == store::CHILD) {
        return store::child(&wanted[1..]);
    }
    if wanted.first().is_some_and(|first| first == card::CHILD) {
        return card::child(&wanted[1..]);
    }
    if wanted.first().is_some_and(|first| first == registration::CHILD) {
        return registration::child(&wanted[1..]);
    }
    let number = wanted.iter().find_map(|w| w.parse().ok());
    let runs = |name: &str| wanted.is_empty() || wanted.iter().any(|w| w == name);
    println!("{:<52} {:>12} {:>12} {:>12}", "what", "wall", "CPU", "peak memory");
    if runs("align") {
        align::run();
    }
    if runs("backup") {
        backup::run();
    }
    if runs("card") {
        card::run();
    }
    if runs("compare") {
        compare::run();
    }
    if runs("demo") {
        demo::run();
    }
    if runs("pictures") {
        pictures::run();
    }
    let honest = !runs("registration") || registration::run();
    if runs("scale") {
        scale::run();
    }
    if runs("store") {
        store::run(number);
    }
    if !honest {
        std::process::exit(1);
    }
}
