//! The product without its front ends, as its users and its builders would notice it.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail a test")]

mod alarm;
mod architecture;
mod backup;
mod card;
mod clinic;
mod compare;
mod corpus;
mod damaged;
mod demo;
mod document;
mod export;
mod frames;
mod fuzz;
mod grade;
mod heic;
mod imaging;
mod import;
mod licences;
mod photographed;
mod placing;
mod publishing;
mod raw;
mod registration;
mod sorted;
mod support;
mod vault;
