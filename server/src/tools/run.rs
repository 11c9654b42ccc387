//! How a row of the table comes to life: arguments in, text out.

use std::future::Future;

use futures::future::BoxFuture;
use rmcp::model::JsonObject;
use schemars::{
    JsonSchema, Schema,
    generate::SchemaSettings,
    transform::{RecursiveTransform, Transform},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::lab::Lab;

/// What a tool does.
pub trait Run: 'static {
    /// Its arguments. They refuse unknown fields, so that a misspelt one is not silently ignored.
    type Ask: DeserializeOwned + JsonSchema + Send + 'static;

    /// One call. Dropped when the client leaves or the time is up, so it must not block.
    fn run(lab: &Lab, ask: Self::Ask) -> impl Future<Output = Result<Answer, Trouble>> + Send;
}

/// What a tool says. It is cleaned, masked and cut to size for every tool alike.
#[derive(Debug)]
pub struct Answer(pub String);

/// Why a tool could not do it, in words that help the model to do better.
#[derive(Debug)]
pub struct Trouble(pub String);

impl Trouble {
    /// Trouble in one sentence.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// The compiled part of a row.
#[derive(Debug)]
pub struct Body {
    schema: fn() -> JsonObject,
    run: for<'a> fn(&'a Lab, JsonObject) -> BoxFuture<'a, Result<Answer, Trouble>>,
}

impl Body {
    /// The body of this tool.
    pub const fn of<T: Run>() -> Self {
        Self { schema: schema::<T::Ask>, run: call::<T> }
    }

    /// JSON Schema of the arguments.
    pub fn schema(&self) -> JsonObject {
        (self.schema)()
    }

    /// One call with arguments as they came.
    pub fn run<'a>(&self, lab: &'a Lab, arguments: JsonObject) -> BoxFuture<'a, Result<Answer, Trouble>> {
        (self.run)(lab, arguments)
    }
}

fn call<T: Run>(lab: &Lab, arguments: JsonObject) -> BoxFuture<'_, Result<Answer, Trouble>> {
    match serde_json::from_value::<T::Ask>(Value::Object(arguments)) {
        Ok(ask) => Box::pin(T::run(lab, ask)),
        Err(error) => Box::pin(std::future::ready(Err(Trouble(format!("wrong arguments: {error}"))))),
    }
}

/// Strict clients warn about `format: uint16` and its like, and titles only cost tokens.
fn schema<T: JsonSchema>() -> JsonObject {
    let mut settings = SchemaSettings::draft2020_12();
    settings.inline_subschemas = true;
    settings.meta_schema = None;
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    RecursiveTransform(|part: &mut Schema| {
        part.remove("format");
    })
    .transform(&mut schema);
    schema.remove("title");
    schema.remove("description");
    let Value::Object(mut object) = schema.to_value() else {
        return JsonObject::new();
    };
    object.entry("properties").or_insert_with(|| Value::Object(JsonObject::new()));
    object
}
