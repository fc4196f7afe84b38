//! The printed recovery code: 130 random bits in Crockford's base 32, with ten check bits against typing mistakes.

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::vault::error::{Result, VaultError};

/// Printed once when a vault is created: seven groups of four characters.
pub struct RecoveryCode(pub Zeroizing<String>);

super::shows_nothing!("RecoveryCode" for RecoveryCode);

/// Crockford's digits: no I, L, O, U.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const SECRET_LENGTH: usize = 26;
const CHECK_LENGTH: usize = 2;
const GROUP: usize = 4;

impl RecoveryCode {
    /// A fresh code from the operating system's randomness.
    pub(in crate::vault) fn random() -> Result<Self> {
        let mut bytes = Zeroizing::new([0; SECRET_LENGTH]);
        super::fill_random(&mut *bytes)?;
        // 256 is a multiple of 32: the low five bits of a random byte are uniform.
        let secret: Zeroizing<Vec<u8>> = Zeroizing::new(bytes.iter().map(|b| DIGITS[usize::from(b & 31)]).collect());
        Ok(Self(grouped(&secret)))
    }

    /// What is fed to the key derivation: the secret characters without groups and check.
    pub(in crate::vault) fn secret(&self) -> Result<Zeroizing<Vec<u8>>> {
        parse(&self.0)
    }
}

/// Reads a typed code. Case, spaces and hyphens do not matter; I and L are read as 1, O as 0.
pub(in crate::vault) fn parse(typed: &str) -> Result<Zeroizing<Vec<u8>>> {
    let mut digits = Zeroizing::new(Vec::with_capacity(SECRET_LENGTH + CHECK_LENGTH));
    for c in typed.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '–' | '.')) {
        let c = match c.to_ascii_uppercase() {
            'I' | 'L' => '1',
            'O' => '0',
            c => c,
        };
        let known = u8::try_from(c).ok().filter(|byte| DIGITS.contains(byte));
        digits.push(known.ok_or(VaultError::MistypedRecoveryCode)?);
    }
    if digits.len() != SECRET_LENGTH + CHECK_LENGTH || digits[SECRET_LENGTH..] != check(&digits[..SECRET_LENGTH]) {
        return Err(VaultError::MistypedRecoveryCode);
    }
    digits.truncate(SECRET_LENGTH);
    Ok(digits)
}

/// Two check characters: the first ten bits of the SHA-256 of the secret characters under a label.
fn check(secret: &[u8]) -> [u8; CHECK_LENGTH] {
    let hash = Sha256::new().chain_update(b"diptych recovery code v1").chain_update(secret).finalize();
    let bits = u16::from_be_bytes([hash[0], hash[1]]) >> 6;
    [DIGITS[usize::from(bits >> 5)], DIGITS[usize::from(bits & 31)]]
}

fn grouped(secret: &[u8]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(40));
    for (i, &digit) in secret.iter().chain(&check(secret)).enumerate() {
        if i > 0 && i % GROUP == 0 {
            text.push('-');
        }
        text.push(char::from(digit));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_survives_being_typed_in_lower_case_without_hyphens() {
        let code = RecoveryCode::random().expect("randomness");
        assert_eq!(code.0.len(), 34);
        let typed = code.0.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
        assert_eq!(parse(&typed).expect("parsed"), code.secret().expect("secret"));
    }

    #[test]
    fn every_single_wrong_character_of_a_code_is_noticed_nearly_always() {
        let secret = *b"0123456789ABCDEFGHJKMNPQRS";
        let code = grouped(&secret);
        let mut missed = 0;
        let mut tried = 0;
        for (at, right) in code.char_indices().filter(|(_, c)| *c != '-') {
            for wrong in DIGITS.iter().map(|&d| char::from(d)).filter(|&d| d != right) {
                let mut typed: String = code.to_string();
                typed.replace_range(at..=at, &wrong.to_string());
                tried += 1;
                missed += usize::from(parse(&typed) != Err(VaultError::MistypedRecoveryCode));
            }
        }
        assert!(missed * 200 < tried, "{missed} of {tried} typing mistakes went unnoticed");
    }

    #[test]
    fn a_code_of_another_length_is_a_typing_mistake() {
        assert_eq!(parse("ABCD-EFGH").map(|_| ()), Err(VaultError::MistypedRecoveryCode));
        assert_eq!(parse("").map(|_| ()), Err(VaultError::MistypedRecoveryCode));
    }
}
