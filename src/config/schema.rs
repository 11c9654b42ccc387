//! The JSON Schema of homelab.yaml, from the same types that read it.

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform};
use serde_json::Value;

use super::Config;

/// The schema for editors.
pub fn schema() -> Value {
    document(SchemaSettings::draft2020_12())
}

/// The schema without references, for walking along with a tree.
pub(crate) fn inlined() -> Value {
    document(SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true))
}

fn document(settings: SchemaSettings) -> Value {
    let mut schema = settings.into_generator().into_root_schema_for::<Config>();
    RecursiveTransform(optional_sections).transform(&mut schema);
    schema.to_value()
}

/// Every key of a section has a default, so none is required.
fn optional_sections(schema: &mut schemars::Schema) {
    schema.remove("required");
}
