//! What the suite found, for readers: `docs/conformance.md`, the same as a page, and the numbers that the playground shows.

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

/// The table as a page that lies beside the playground.
pub(crate) fn page(areas: &[(&str, &str)], rows: &[Row<'_>]) -> String {
    let equal = rows.iter().filter(|row| row.reason.is_none()).count();
    let mut text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'self'; img-src 'self'\">\n\
         <title>PSYNC Playground: conformance</title>\n<link rel=\"icon\" href=\"icon.svg\" type=\"image/svg+xml\">\n\
         <link rel=\"stylesheet\" href=\"conformance.css\">\n</head>\n<body>\n<main>\n<h1>Conformance</h1>\n\
         <p>Every case is a script, played over TCP on redis-server 7.0.15 and on the engine of this playground. Compared are \
         replies, the bytes that raw peers see, the propagated stream, offsets, counters, and the digest of the data.</p>\n\
         <p><strong>{equal} of {} cases are equal.</strong> The others differ for a known reason.</p>\n",
        rows.len()
    );
    for (area, what) in areas {
        let _ = write!(text, "<h2>{}</h2>\n<table>\n", escape(what));
        for row in rows.iter().filter(|row| row.case.area == *area) {
            let title = escape(&row.case.title);
            let _ = match row.reason {
                None => writeln!(text, "<tr><td>{title}<td>equal"),
                Some(reason) => writeln!(text, "<tr class=\"differs\"><td>{title}<td>{}", escape(reason)),
            };
        }
        text.push_str("</table>\n");
    }
    text + "</main>\n</body>\n</html>\n"
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// What a heading is called in a link.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -".contains(*c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// The numbers that the playground shows.
pub(crate) fn numbers(rows: &[Row<'_>]) -> String {
    let equal = rows.iter().filter(|row| row.reason.is_none()).count();
    format!("{{ \"server\": \"redis-server 7.0.15\", \"equal\": {equal}, \"cases\": {} }}\n", rows.len())
}
