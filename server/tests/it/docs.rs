//! docs/tools.md lists every tool with its scope and cost.

use homelab_mcp::tools::TOOLS;

#[test]
fn the_page_of_tools_is_fresh() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/tools.md");
    let page = std::fs::read_to_string(path).unwrap();
    for tool in TOOLS {
        let cost = format!("{:?}", tool.cost).to_lowercase();
        let row = format!("| `{}` | {} | {} | {cost} |", tool.name, tool.about.replace("  ", " "), tool.scope);
        assert!(page.contains(&row), "docs/tools.md lacks this row:\n{row}");
    }
}
