//! Which nodes lack an image, from what their containerd says it holds.

use std::collections::BTreeMap;

use crate::step::Shipment;

/// What a node holds: the manifest digest behind each reference.
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

/// The nodes that the image has to be sent to: those that do not know its tag, or know something else by it.
pub fn lacking<'a>(nodes: &'a BTreeMap<String, Held>, shipment: &Shipment) -> Vec<&'a str> {
    let lacks = |held: &Held| held.get(&shipment.reference) != Some(&shipment.digest);
    nodes.iter().filter(|(_, held)| lacks(held)).map(|(node, _)| node.as_str()).collect()
}
