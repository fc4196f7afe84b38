//! One block of a scan: its codes are read and its coefficients forgotten, but for which of them are not zero.

use super::code::{Bits, Table};
use crate::imaging::ImagingError;

/// What a scan holds of each block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Everything (T.81, F.2.2).
    Sequential,
    /// The first coefficient, coarsely (G.1.2.1).
    FirstDc,
    /// One more bit of it.
    NextDc,
    /// A band of the others, coarsely (G.1.2.2).
    FirstAc(u8, u8),
    /// One more bit of a band (G.1.2.3).
    NextAc(u8, u8),
}

/// What is known beside the bits.
pub(super) struct Known<'a> {
    pub(super) dc: Option<&'a Table>,
    pub(super) ac: Option<&'a Table>,
    /// Blocks that follow with nothing new in them.
    pub(super) run: &'a mut u32,
    /// Coefficients of this block that are not zero, a bit for each.
    pub(super) coefficients: &'a mut u64,
}

/// Reads one block.
pub(super) fn read(kind: Kind, known: &mut Known<'_>, bits: &mut Bits<'_>) -> Result<(), ImagingError> {
    match kind {
        Kind::Sequential => first_dc(known, bits).and_then(|()| sequential_ac(known, bits)),
        Kind::FirstDc => first_dc(known, bits),
        Kind::NextDc => bits.next().map(drop),
        Kind::FirstAc(from, to) => first_ac((from, to), known, bits),
        Kind::NextAc(from, to) => next_ac((from, to), known, bits),
    }
}

fn some(table: Option<&Table>) -> Result<&Table, ImagingError> {
    table.ok_or(ImagingError::Damaged)
}

fn first_dc(known: &Known<'_>, bits: &mut Bits<'_>) -> Result<(), ImagingError> {
    match some(known.dc)?.symbol(bits)? {
        size @ 0..=11 => bits.number(size).map(drop),
        _ => Err(ImagingError::Damaged),
    }
}

fn sequential_ac(known: &Known<'_>, bits: &mut Bits<'_>) -> Result<(), ImagingError> {
    let table = some(known.ac)?;
    let mut k = 1;
    while k < 64 {
        match split(table.symbol(bits)?) {
            (15, 0) => k += 16,
            (_, 0) => return Ok(()),
            (run, size) => {
                let _value = bits.number(size)?;
                k += u32::from(run) + 1;
            }
        }
    }
    // A run that leads beyond the last coefficient is none that an encoder wrote.
    if k == 64 { Ok(()) } else { Err(ImagingError::Damaged) }
}

fn first_ac((from, to): (u8, u8), known: &mut Known<'_>, bits: &mut Bits<'_>) -> Result<(), ImagingError> {
    if *known.run > 0 {
        *known.run -= 1;
        return Ok(());
    }
    let table = some(known.ac)?;
    let mut k = from;
    while k <= to {
        match split(table.symbol(bits)?) {
            (15, 0) => k += 16,
            (length, 0) => {
                *known.run = (1 << length) + bits.number(length)? - 1;
                return Ok(());
            }
            (run, size) => {
                let _value = bits.number(size)?;
                k += run;
                set(known.coefficients, k)?;
                k += 1;
            }
        }
    }
    Ok(())
}

fn next_ac((from, to): (u8, u8), known: &mut Known<'_>, bits: &mut Bits<'_>) -> Result<(), ImagingError> {
    let mut k = from;
    if *known.run == 0 {
        let table = some(known.ac)?;
        while k <= to {
            let (mut zeros, is_new) = match split(table.symbol(bits)?) {
                (15, 0) => (15, false),
                (length, 0) => {
                    *known.run = (1 << length) + bits.number(length)?;
                    break;
                }
                (run, 1) => {
                    let _sign = bits.next()?;
                    (run, true)
                }
                _ => return Err(ImagingError::Damaged),
            };
            // Each coefficient on the way that is not zero gets its bit; of the zeros so many are passed over.
            while k <= to {
                if is_set(*known.coefficients, k) {
                    let _correction = bits.next()?;
                } else if zeros == 0 {
                    break;
                } else {
                    zeros -= 1;
                }
                k += 1;
            }
            if is_new {
                set(known.coefficients, k)?;
            }
            k += 1;
        }
    }
    if *known.run > 0 {
        for at in k..=to {
            if is_set(*known.coefficients, at) {
                let _correction = bits.next()?;
            }
        }
        *known.run -= 1;
    }
    Ok(())
}

/// Run and size of a symbol.
fn split(symbol: u8) -> (u8, u8) {
    (symbol >> 4, symbol & 15)
}

fn is_set(coefficients: u64, k: u8) -> bool {
    coefficients >> k & 1 == 1
}

fn set(coefficients: &mut u64, k: u8) -> Result<(), ImagingError> {
    *coefficients |= 1_u64.checked_shl(u32::from(k)).ok_or(ImagingError::Damaged)?;
    Ok(())
}
