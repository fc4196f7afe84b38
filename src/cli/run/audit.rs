//! `diptych audit`: who did what, and whether nobody changed that list.

use serde::Serialize;
use serde_json::Value;

use crate::backup;
use crate::cli::args;
use crate::cli::error::CliError;
use crate::cli::output::{Output, columns, json_text};
use crate::cli::unlock;
use crate::clock::{Now, UtcMillis};
use crate::export::{self, Existing, audit};
use crate::vault::{AuditFilter, AuditLine, AuditReport, Export, Op, Vault, VaultError};

/// Rows of a list for a person, unless somebody wants more.
const AS_TEXT: u32 = 50;

#[derive(Serialize)]
struct Listed<'a> {
    total: u32,
    rows: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    #[serde(rename = "row")]
    seq: i64,
    at: String,
    user: &'a str,
    user_id: i64,
    op: &'a str,
    what: &'a str,
    details: &'a str,
    patients: Vec<&'a str>,
    /// How many it names beyond those.
    more_patients: usize,
    subject: Value,
}

#[derive(Serialize)]
struct Verified<'a> {
    whole: bool,
    rows: u64,
    anchored: i64,
    broken_at: Option<i64>,
    sound_until: Option<i64>,
    missing: Vec<Missing>,
    sentences: &'a [String],
}

#[derive(Serialize)]
struct Missing {
    first: i64,
    last: i64,
    noted_in: Option<i64>,
}

/// Lists or verifies.
pub fn run(args: &args::Audit, now: Now, out: &mut Output) -> Result<(), CliError> {
    let vault = unlock::open(&args.vault, now)?;
    if args.verify {
        return verify(&vault.audit_report(&backup::known_anchors(&vault))?, args.json, out);
    }
    let existing = if args.force { Existing::Replace } else { Existing::Keep };
    // What is made for another program is taken elsewhere, whether it goes into a file or to standard output.
    let exports = args.csv || args.json || args.output.is_some();
    if exports {
        // Asked before anything is read for nothing.
        vault.may(Op::Export)?;
    }
    if let Some(path) = &args.output {
        export::check_file(path, &[], existing)?;
    }
    let filter = filter(args, &vault)?;
    let whole = args.csv || args.json || args.output.is_some();
    let limit = args.limit.or((!whole).then_some(AS_TEXT));
    let rows = audit::rows(&vault, &filter, limit)?;
    let total = vault.audit_count(&filter)?;
    let text = if args.csv {
        audit::csv(&rows)
    } else if args.json {
        json_text(&Listed { total, rows: rows.iter().map(row).collect() })?
    } else {
        words(&rows, total)
    };
    if exports {
        vault.record_export(Export::Audit, &[], now)?;
    }
    let Some(path) = &args.output else { return out.text(&text) };
    let mark = if args.csv { audit::BYTE_ORDER_MARK } else { "" };
    export::write_file(path, format!("{mark}{text}").as_bytes(), &[], existing)?;
    out.line(format!(
        "Wrote {} of the audit to {}.",
        crate::model::text::counted(rows.len() as i64, "row"),
        path.display()
    ))
}

fn filter(args: &args::Audit, vault: &Vault) -> Result<AuditFilter, CliError> {
    let user = match &args.user {
        None => None,
        Some(login) => {
            let found = vault.users()?.into_iter().find(|user| user.login == login.trim());
            Some(found.ok_or(VaultError::UnknownLogin)?.id)
        }
    };
    let patient = match &args.patient {
        None => None,
        Some(code) => {
            let none = || CliError::Failed(format!("There is no patient with the code {code}."));
            Some(vault.patient_by_code(code)?.ok_or_else(none)?.id)
        }
    };
    let from = args.from.map(UtcMillis::beginning_of);
    let until = args.to.and_then(|day| day.succ_opt()).map(UtcMillis::beginning_of);
    Ok(AuditFilter { from, until, user, patient, kind: args.op })
}

fn row(line: &AuditLine) -> Row<'_> {
    let AuditLine { row, login, what, details, patients, more_patients } = line;
    Row {
        seq: row.seq,
        at: row.at.to_iso(),
        user: login,
        user_id: row.user.0,
        op: &row.op,
        what,
        details,
        patients: patients.iter().map(|code| code.0.as_str()).collect(),
        more_patients: *more_patients,
        subject: serde_json::from_str(&row.subject).unwrap_or(Value::Null),
    }
}

fn words(rows: &[AuditLine], total: u32) -> String {
    let cells =
        |line: &AuditLine| vec![line.row.seq.to_string(), line.row.at.to_local(), line.sentence(), line.about()];
    let mut lines = columns(&rows.iter().map(cells).collect::<Vec<_>>());
    if rows.is_empty() {
        lines.push("Nothing was found.".to_owned());
    } else if (rows.len() as u32) < total {
        lines.push(format!("These are the newest {} of {total}. --limit shows more.", rows.len()));
    }
    lines.join("\n") + "\n"
}

fn verify(report: &AuditReport, json: bool, out: &mut Output) -> Result<(), CliError> {
    let sentences = report.sentences();
    if json {
        let missing = report.missing.iter().map(|m| Missing { first: m.first, last: m.last, noted_in: m.noted_in });
        out.json(&Verified {
            whole: report.is_whole(),
            rows: report.rows,
            anchored: report.anchored,
            broken_at: report.broken.map(|broken| broken.at),
            sound_until: report.broken.map(|broken| broken.sound_until),
            missing: missing.collect(),
            sentences: &sentences,
        })?;
    } else {
        sentences.iter().try_for_each(|sentence| out.line(sentence))?;
    }
    if report.is_whole() {
        return Ok(());
    }
    out.finish()?;
    Err(CliError::Failed("The audit is not what was written. Nothing was changed. Keep this vault and its backups as they are, and compare with an older backup.".into()))
}
