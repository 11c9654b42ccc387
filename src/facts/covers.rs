//! Is an object as we would apply it? Then applying it again would write for nothing.

use serde_json::Value;

/// Whether every field of `wanted` is in `live` with the same value. What the API server or others added does not count.
/// Lists are compared whole: the ones that we apply are ours alone.
pub fn covers(live: &Value, wanted: &Value) -> bool {
    match (live, wanted) {
        (Value::Object(live), Value::Object(wanted)) => {
            wanted.iter().all(|(key, value)| live.get(key).is_some_and(|live| covers(live, value)))
        }
        (live, wanted) => live == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::covers;
    use serde_json::json;

    #[test]
    fn what_others_added_does_not_count_and_what_is_missing_does() {
        let live = json!({"kind": "Namespace", "metadata": {"name": "n", "uid": "1", "labels": {"a": "1", "b": "2"}}});
        assert!(covers(&live, &json!({"kind": "Namespace", "metadata": {"labels": {"a": "1"}}})));
        assert!(!covers(&live, &json!({"metadata": {"labels": {"a": "2"}}})));
        assert!(!covers(&live, &json!({"metadata": {"annotations": {"a": "1"}}})));
        assert!(!covers(&json!({"l": ["a", "b"]}), &json!({"l": ["a"]})));
    }
}
