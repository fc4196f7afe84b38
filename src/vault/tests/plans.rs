//! No everyday question reads a whole table of photos, visits or alignments.

use super::*;
use crate::vault::pool::lock;

/// The steps SQLite would take.
fn plan(vault: &Vault, sql: &str) -> Vec<String> {
    let conn = lock(&vault.inner.writer);
    let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("prepared");
    let rows = statement.raw_query().mapped(|row| row.get(3)).collect::<rusqlite::Result<_>>();
    rows.expect("a plan")
}

#[test]
fn the_board_and_the_patient_list_go_by_indexes() {
    let (_folder, vault) = created();
    let statements = [
        include_str!("../table/photo/of_series.sql").to_owned(),
        include_str!("../table/photo/by_hash.sql").to_owned(),
        include_str!("../table/frame/of_series.sql").to_owned(),
        include_str!("../table/alignment/of_series.sql").to_owned(),
        include_str!("../table/patient/list.sql").replace("{filter}", ""),
    ];
    for sql in statements {
        for step in plan(&vault, &sql) {
            // The page of the list is a walk along its index, and the list then a walk along the page.
            let is_the_page = step.contains("patient_by_sort") || step == "SCAN page" || step == "SCAN visit";
            assert!(!step.starts_with("SCAN") || is_the_page, "{step} in {sql}");
        }
    }
}
