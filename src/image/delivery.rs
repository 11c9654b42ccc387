//! What a node's containerd says it holds.

use std::collections::BTreeMap;

/// The manifest digest behind each reference.
pub type Held = BTreeMap<String, String>;

/// Reads the table of `ctr image ls`: reference, media type, digest and more, separated by spaces.
pub fn held(table: &str) -> Held {
    let row = |line: &str| {
        let mut words = line.split_whitespace();
        let reference = words.next()?;
        let digest = words.find(|word| word.starts_with("sha256:"))?;
        Some((reference.to_owned(), digest.to_owned()))
    };
    table.lines().filter_map(row).collect()
}
