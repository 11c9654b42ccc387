//! The tables of which everything else is made: each row has a name of its own and words, and docs/tables.md has them all.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use homelabctl::clients::CLIENTS;
use homelabctl::config::Config;
use homelabctl::plan::ADDONS;

use crate::repository::assert_fresh;

/// A table as a page shows it.
struct Table {
    title: &'static str,
    about: &'static str,
    columns: &'static [&'static str],
    rows: Vec<Vec<String>>,
}

fn tables() -> Vec<Table> {
    let config = Config::default();
    let addons = ADDONS.iter().map(|addon| {
        let by_default = if (addon.wanted)(&config) { "on" } else { "off" };
        vec![addon.name.to_owned(), addon.about.to_owned(), by_default.to_owned()]
    });
    let clients = CLIENTS.iter().map(|client| vec![client.name.to_owned(), client.about.to_owned()]);
    vec![
        Table {
            title: "Add-ons of MicroK8s",
            about: "`src/plan/addons.rs`, in the order in which they are enabled.",
            columns: &["add-on", "what it is for", "without a config"],
            rows: addons.collect(),
        },
        Table {
            title: "Clients",
            about: "`src/clients/mod.rs`; each is a flag of `homelabctl client-config`.",
            columns: &["client", "what it is"],
            rows: clients.collect(),
        },
    ]
}

#[test]
fn every_row_has_a_name_of_its_own_and_words() {
    for table in tables() {
        let names: BTreeSet<&String> = table.rows.iter().map(|row| &row[0]).collect();
        assert_eq!(names.len(), table.rows.len(), "{}: two rows share a name", table.title);
        for row in &table.rows {
            assert!(row.iter().all(|cell| !cell.trim().is_empty()), "{}: {row:?} lacks words", table.title);
        }
    }
}

#[test]
fn the_page_of_tables_is_fresh() {
    let mut page = "# Tables\n\nMade from the code: a row there is a row here. The server's tools have [a page of their own](tools.md).\n".to_owned();
    for Table { title, about, columns, rows } in tables() {
        writeln!(page, "\n## {title}\n\n{about}\n\n| {} |\n|{}", columns.join(" | "), " --- |".repeat(columns.len()))
            .unwrap();
        for row in rows {
            let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|").replace('\n', " ")).collect();
            writeln!(page, "| {} |", cells.join(" | ")).unwrap();
        }
    }
    assert_fresh("docs/tables.md", &page);
}
