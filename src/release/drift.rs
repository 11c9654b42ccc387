//! Whether the cluster still has what a release says. Looking is enough: no dry-run apply, which the audit log would count as a write.

use crate::config::Quantity;
use serde_json::Value;

/// The paths at which the live object is not what is wanted. What the cluster adds by itself is no drift.
pub fn drift(wanted: &Value, live: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare(wanted, live, "", &mut found);
    found
}

fn compare(wanted: &Value, live: &Value, path: &str, found: &mut Vec<String>) {
    match (wanted, live) {
        (Value::Object(fields), _) => {
            for (key, value) in fields {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                compare(value, live.get(key).unwrap_or(&Value::Null), &path, found);
            }
        }
        (Value::Array(wanted), Value::Array(live)) if wanted.len() == live.len() => {
            for (at, (wanted, live)) in wanted.iter().zip(live).enumerate() {
                compare(wanted, live, &format!("{path}[{at}]"), found);
            }
        }
        _ if wanted == live || (is_nothing(wanted) && live.is_null()) || same_amount(wanted, live) => (),
        _ => found.push(path.to_owned()),
    }
}

/// The API server leaves these out.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(it) => !it,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    }
}

/// The API server writes `1000m` as `1`.
fn same_amount(wanted: &Value, live: &Value) -> bool {
    let amount = |value: &Value| {
        value.as_str().and_then(|text| text.parse::<Quantity>().ok()).map(|amount| amount.thousandths())
    };
    amount(wanted).is_some_and(|wanted| amount(live) == Some(wanted))
}

#[cfg(test)]
mod tests {
    use super::drift;
    use serde_json::json;

    #[test]
    fn what_the_cluster_adds_is_no_drift() {
        let wanted = json!({"spec": {"cpu": "1000m", "ports": [{"port": 80}], "hostNetwork": false, "volumes": [{"emptyDir": {}}]}});
        let live = json!({"spec": {"cpu": "1", "ports": [{"port": 80, "protocol": "TCP"}], "volumes": [{"emptyDir": {}}], "more": 1}, "status": {}});
        assert_eq!(drift(&wanted, &live), Vec::<String>::new());
    }

    #[test]
    fn what_somebody_changed_is_named_by_its_path() {
        let wanted = json!({"spec": {"a": 1, "list": [1, 2], "deep": [{"x": "y"}], "gone": true}});
        let live = json!({"spec": {"a": 2, "list": [1], "deep": [{"x": "z"}]}});
        assert_eq!(drift(&wanted, &live), ["spec.a", "spec.list", "spec.deep[0].x", "spec.gone"]);
    }
}
