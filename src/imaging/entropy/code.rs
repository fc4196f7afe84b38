//! Huffman codes and the bits they are written in (T.81, annex C and F.2.2).

use crate::imaging::ImagingError;

/// A Huffman table as F.2.2.3 decodes with it.
#[derive(Default)]
pub(super) struct Table {
    /// By length of code, from 1 bit: its first code, how many there are, and where their symbols begin.
    lengths: [(i32, i32, usize); 16],
    symbols: Vec<u8>,
}

impl Table {
    /// The table at the beginning of `bytes`, and what follows it.
    pub(super) fn read(bytes: &[u8]) -> Result<(Self, &[u8]), ImagingError> {
        let (counts, rest) = bytes.split_first_chunk::<16>().ok_or(ImagingError::Damaged)?;
        let total = counts.iter().map(|&n| usize::from(n)).sum();
        let (symbols, rest) = rest.split_at_checked(total).ok_or(ImagingError::Damaged)?;
        let mut table = Self { symbols: symbols.to_vec(), ..Self::default() };
        let (mut code, mut first) = (0_i32, 0);
        for (length, &count) in table.lengths.iter_mut().zip(counts) {
            *length = (code, i32::from(count), first);
            first += usize::from(count);
            code = (code + i32::from(count)) << 1;
        }
        Ok((table, rest))
    }

    pub(super) fn symbol(&self, bits: &mut Bits<'_>) -> Result<u8, ImagingError> {
        let mut code = 0_i32;
        for &(first, count, begin) in &self.lengths {
            code = code << 1 | i32::from(bits.next()?);
            if code - first < count {
                let at = usize::try_from(code - first).map_err(|_| ImagingError::Damaged)?;
                return self.symbols.get(begin + at).copied().ok_or(ImagingError::Damaged);
            }
        }
        Err(ImagingError::Damaged)
    }
}

/// The bits of a piece, most significant first; the zero behind each 0xff is none of them.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    current: u8,
    left: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, current: 0, left: 0 }
    }

    pub(super) fn next(&mut self) -> Result<bool, ImagingError> {
        if self.left == 0 {
            self.current = *self.bytes.get(self.at).ok_or(ImagingError::Truncated)?;
            self.at += if self.current == 0xff { 2 } else { 1 };
            self.left = 8;
        }
        self.left -= 1;
        Ok(self.current >> self.left & 1 == 1)
    }

    /// The number that this many bits, at most 16, spell.
    pub(super) fn number(&mut self, count: u8) -> Result<u32, ImagingError> {
        (0..count).try_fold(0, |number, _| Ok(number << 1 | u32::from(self.next()?)))
    }

    /// The whole bytes that nothing has used.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zero_behind_a_full_byte_is_no_bit() {
        let mut bits = Bits::new(&[0xff, 0, 0x80, 7, 7]);
        assert_eq!(bits.number(9), Ok(0x1ff));
        assert_eq!((bits.number(7), bits.rest()), (Ok(0), &[7, 7][..]));
        assert_eq!(bits.number(16), Ok(0x0707));
        assert_eq!((bits.next(), bits.rest()), (Err(ImagingError::Truncated), &[][..]));
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        // Two codes of two bits and one of three: 00, 01, 100.
        let mut counts = [0; 16];
        (counts[1], counts[2]) = (2, 1);
        let bytes = [&counts[..], &[10, 11, 12, 99]].concat();
        let (table, rest) = Table::read(&bytes).expect("a table");
        assert_eq!(rest, [99]);
        let mut bits = Bits::new(&[0b0001_1001]);
        let read: Vec<u8> = (0..3).map(|_| table.symbol(&mut bits).expect("a symbol")).collect();
        assert_eq!(read, [10, 11, 12]);
        assert_eq!(table.symbol(&mut Bits::new(&[0xff; 4])), Err(ImagingError::Damaged), "no code of ones alone");
        assert!(Table::read(&bytes[..18]).is_err());
    }
}
