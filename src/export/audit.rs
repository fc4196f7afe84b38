//! The audit as a table for a spreadsheet: who did what to which rows. Ids, login names and field names; no patient's code.

use super::csv;
use crate::vault::{AuditFilter, AuditLine, Vault, VaultError};

const HEAD: [&str; 8] = ["row", "at (UTC)", "user", "user id", "kind", "what", "details", "subject"];
/// Rows read at once.
const PAGE: u32 = 1000;
/// Tells a spreadsheet that the letters are UTF-8.
pub const BYTE_ORDER_MARK: &str = "\u{feff}";

/// All rows that the filter finds, newest first, at most `limit` of them.
pub fn rows(vault: &Vault, filter: &AuditFilter, limit: Option<u32>) -> Result<Vec<AuditLine>, VaultError> {
    let mut found = Vec::new();
    loop {
        let offset = u32::try_from(found.len()).unwrap_or(u32::MAX);
        let wanted = limit.map_or(PAGE, |limit| limit.saturating_sub(offset).min(PAGE));
        let page = vault.audit_log(filter, offset, wanted)?;
        let is_last = page.len() < PAGE as usize;
        found.extend(page);
        if is_last {
            return Ok(found);
        }
    }
}

/// The rows as a table with a head.
#[must_use]
pub fn csv(rows: &[AuditLine]) -> String {
    let line = |line: &AuditLine| {
        let AuditLine { row, login, what, details, .. } = line;
        let (seq, user) = (row.seq.to_string(), row.user.0.to_string());
        csv::line([&seq, &row.at.to_iso(), login, &user, &row.op, what, details, &row.subject].map(String::as_str))
    };
    csv::line(HEAD) + &rows.iter().map(line).collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::UtcMillis;
    use crate::model::UserId;
    use crate::vault::AuditRow;

    #[test]
    fn a_login_that_is_a_formula_is_not_run_and_no_code_leaves() {
        let row = AuditRow {
            seq: 7,
            at: UtcMillis(0),
            user: UserId(2),
            op: "open-patient".into(),
            subject: "{\"opened\":{\"patient\":[3]}}".into(),
        };
        let (login, what) = ("=cmd|' /C calc'!A0".into(), "Opening a patient".into());
        let line =
            AuditLine { row, login, what, details: String::new(), patients: vec!["P-0192".into()], more_patients: 0 };
        let table = csv(&[line]);
        let last = table.lines().last().expect("a line");
        assert_eq!(
            last,
            "\"7\",\"1970-01-01T00:00:00Z\",\"'=cmd|' /C calc'!A0\",\"2\",\"open-patient\",\"Opening a patient\",\"\",\"{\"\"opened\"\":{\"\"patient\"\":[3]}}\""
        );
        assert!(!table.contains("P-0192"));
    }
}
