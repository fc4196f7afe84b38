//! Tables for spreadsheets: RFC 4180, and no cell that a spreadsheet would run.

/// What a spreadsheet takes for the beginning of a formula; the wide forms count as the narrow ones there.
const RUNS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// One line with its end; every cell is quoted, and one that a spreadsheet would run begins with an apostrophe.
#[must_use]
pub fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells.into_iter().map(cell).collect();
    format!("{}\r\n", cells.join(","))
}

fn cell(text: &str) -> String {
    let guard = if text.trim_start_matches(' ').starts_with(RUNS) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_run_by_a_spreadsheet() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "=cmd|' /C calc'!A0"] {
            let line = line([formula]);
            assert!(line.starts_with("\"'"), "{line:?}");
        }
        assert_eq!(line(["1", "{\"a\":1}", "a=b", ""]), "\"1\",\"{\"\"a\"\":1}\",\"a=b\",\"\"\r\n");
    }

    #[test]
    fn a_quote_does_not_end_its_cell() {
        assert_eq!(line(["a\",\"=1", "b"]), "\"a\"\",\"\"=1\",\"b\"\r\n");
    }
}
