//! What the suite found, for readers: `docs/conformance.md`, and the numbers that the page shows.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::script::Case;

/// The result of a case: equal, or different for a known reason.
pub(crate) struct Row<'a> {
    pub(crate) case: &'a Case,
    pub(crate) reason: Option<&'a str>,
}

/// Titles of cases that are known to differ, with the reason.
pub(crate) fn known(text: &str) -> BTreeMap<&str, &str> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    let mut known = BTreeMap::new();
    let mut title = "";
    for line in lines {
        match line.strip_prefix("# ") {
            Some(next) => title = next,
            None => assert!(known.insert(title, line).is_none(), "known.txt: {title}: a reason is one line"),
        }
    }
    known
}

/// The document.
pub(crate) fn document(areas: &[(&str, &str)], rows: &[Row<'_>]) -> String {
    let equal = rows.iter().filter(|row| row.reason.is_none()).count();
    let mut text = format!(
        "# Conformance\n\n\
         Each case is a script that `tests/conformance.rs` runs against redis-server 7.0.15 and against `psync node`, over TCP. \
         Compared are\nreplies, the bytes that raw peers see, the propagated stream, offsets and backlog, the counters of \
         resyncs, and the digest of the\ndata set. The scripts are in `tests/conformance/cases/`, the reasons of known \
         differences in `tests/conformance/known.txt`. A case\nthat is listed there must differ. This page is written by \
         `cargo xtask conformance`; `cargo xtask test` fails when it is out of date.\n\n\
         **{equal} of {} cases are equal.**\n\n| area | cases | equal |\n| --- | --- | --- |\n",
        rows.len()
    );
    for (area, what) in areas {
        let own = || rows.iter().filter(|row| row.case.area == *area);
        let equal = own().filter(|row| row.reason.is_none()).count();
        let _ = writeln!(text, "| [{what}](#{}) | {} | {equal} |", anchor(what), own().count());
    }
    text.push_str("\nSections are those of [redis-replication.md](redis-replication.md).\n");
    for (area, what) in areas {
        let _ = write!(text, "\n## {what}\n\n| case | section | result |\n| --- | --- | --- |\n");
        for row in rows.iter().filter(|row| row.case.area == *area) {
            let result = row.reason.map_or("equal".to_owned(), |reason| format!("**known difference**: {reason}"));
            let _ = writeln!(text, "| {} | {} | {result} |", row.case.title, row.case.section);
        }
    }
    text
}

/// What a heading is called in a link.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -".contains(*c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// The numbers that the page shows.
pub(crate) fn numbers(rows: &[Row<'_>]) -> String {
    let equal = rows.iter().filter(|row| row.reason.is_none()).count();
    format!("{{ \"server\": \"redis-server 7.0.15\", \"equal\": {equal}, \"cases\": {} }}\n", rows.len())
}
