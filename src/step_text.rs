//! How a plan reads: the dry run's text, and the masked JSON of objects.

use crate::step::{Action, Cmd, Content, Edit, Generate, Object, ObjectRef, Plan, Privilege, Probe};
use serde::{Serialize, Serializer};
use serde_json::Value;
use std::fmt;

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.steps.len().to_string().len();
        for (number, step) in self.steps.iter().enumerate() {
            writeln!(f, "{:>width$}. {}", number + 1, step.title)?;
            for line in step.action.to_string().lines() {
                writeln!(f, "{:width$}    {line}", "")?;
            }
            if let Some(what) = &step.disrupts {
                writeln!(f, "{:width$}    ! interrupts {what}", "")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::Run(cmd) => write!(f, "run      {cmd}"),
            Action::Write { path, mode, content } => write!(f, "write    {path} (mode {mode:04o}, {content})"),
            Action::Send(shipment) => {
                write!(f, "send     {} ({} bytes, {})", shipment.reference, shipment.bytes, shipment.digest)
            }
            Action::Apply { objects } => lines(f, "apply    ", objects.iter().map(object_line)),
            Action::Delete { objects } => lines(f, "delete   ", objects.iter().map(ToString::to_string)),
            Action::Entries(entries) => {
                let object = &entries.object;
                let made = entries.make.iter().map(|generate| format!("set      {object}:{}", made(generate)));
                let set = entries.set.iter().map(|(name, _)| format!("set      {object}: {}", entry_name(name)));
                let removed = entries.remove.iter().map(|name| format!("remove   {object}: {name}"));
                lines(f, "", made.chain(set).chain(removed))
            }
            Action::Record(entry) => write!(f, "{entry}"),
            Action::Gate(gate) => write!(f, "{gate}"),
            Action::HandOver { deployment, replicas, to } => {
                write!(f, "keep     {deployment}: replicas {replicas}, now owned by {to}")
            }
            Action::Wait { probe, within } => write!(f, "wait     {probe}, up to {} s", within.as_secs()),
            Action::Edit { file, edit } => write!(f, "{} {}", edit_word(edit), file.display()),
        }
    }
}

fn lines(f: &mut fmt::Formatter<'_>, verb: &str, items: impl Iterator<Item = String>) -> fmt::Result {
    for (at, item) in items.enumerate() {
        if at > 0 {
            writeln!(f)?;
        }
        write!(f, "{verb}{item}")?;
    }
    Ok(())
}

fn object_line(object: &Object) -> String {
    format!("{}{}", object.reference(), object.fill.as_ref().map(made).unwrap_or_default())
}

fn made(generate: &Generate) -> String {
    match generate {
        Generate::Ca { constraints, .. } => format!(" (new CA, for {constraints} only)"),
        Generate::Leaf { names, .. } => format!(" (new certificate for {names})"),
        Generate::ApiKey { name, .. } => format!(" (new key {name})"),
        Generate::Random { bytes } => format!(" (new, {bytes} random bytes)"),
    }
}

fn entry_name(name: &Content) -> String {
    match name {
        Content::Text(name) => name.clone(),
        Content::Secret(_) | Content::FromStep { .. } => name.to_string(),
    }
}

fn edit_word(edit: &Edit) -> &'static str {
    match edit {
        Edit::Replace { backup: true, .. } => "edit     (with a backup)",
        Edit::Replace { .. } => "edit    ",
        Edit::SaveKey(_) => "save key",
        Edit::Fetch { .. } => "fetch   ",
        Edit::Remove => "remove  ",
    }
}

impl fmt::Display for Cmd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.privilege == Privilege::Root {
            f.write_str("sudo ")?;
        }
        f.write_str(&self.argv.join(" "))
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Content::Text(text) => write!(f, "{} bytes", text.len()),
            Content::Secret(secret) => write!(f, "{secret:?}"),
            Content::FromStep { step, output } => write!(f, "{output} of step {step}"),
        }
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{}", self.kind, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}

impl fmt::Display for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Probe::Api => f.write_str("for the API server to answer"),
            Probe::Nodes => f.write_str("for every node to be Ready"),
            Probe::Workload(object) => write!(f, "for {object} to be rolled out"),
            Probe::Exists(object) => write!(f, "for {object} to exist"),
            Probe::Gone(object) => write!(f, "for {object} to be gone"),
            Probe::ServiceAddress { service, address } => write!(f, "for {service} to have the address {address}"),
            Probe::ApiService { name } => write!(f, "for the API {name} to answer"),
        }
    }
}

/// Objects serialise as they are applied, but the values of Secrets as their sizes.
impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shown<'a> {
            manifest: Value,
            #[serde(skip_serializing_if = "Option::is_none")]
            fill: &'a Option<Generate>,
            #[serde(skip_serializing_if = "<[_]>::is_empty")]
            data: &'a [(Content, Content)],
        }
        Shown { manifest: masked(&self.manifest), fill: &self.fill, data: &self.data }.serialize(serializer)
    }
}

/// The manifest with every value of a Secret replaced by its size.
pub fn masked(manifest: &Value) -> Value {
    let mut shown = manifest.clone();
    if shown["kind"] == "Secret" {
        for field in ["data", "stringData"] {
            for (_, value) in shown.get_mut(field).and_then(Value::as_object_mut).into_iter().flatten() {
                let size = value.as_str().map_or(0, str::len);
                *value = Value::String(format!("(secret, {size} bytes)"));
            }
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use crate::step::{Action, Cmd, Generate, Object, Plan, Probe, Step};
    use serde_json::json;
    use std::time::Duration;

    fn plan() -> Plan {
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": "lab", "name": "key"}, "data": {"a": "aHVudGVyMg=="}});
        Plan {
            steps: vec![
                Step::new("dns", "enable cluster DNS", Action::Run(Cmd::root(["/snap/bin/microk8s", "enable", "dns"])))
                    .disrupts("the API server for some seconds"),
                Step::new("api", "wait for it", Action::Wait { probe: Probe::Api, within: Duration::from_secs(90) }),
                Step::new(
                    "secret",
                    "save secrets",
                    Action::Apply {
                        objects: vec![
                            Object::new(secret.clone()),
                            Object::new(secret).filled(Generate::Random { bytes: 32 }),
                        ],
                    },
                ),
            ],
        }
    }

    #[test]
    fn a_plan_reads_as_a_list_of_intents() {
        insta::assert_snapshot!(plan(), @r"
        1. enable cluster DNS
             run      sudo /snap/bin/microk8s enable dns
             ! interrupts the API server for some seconds
        2. wait for it
             wait     for the API server to answer, up to 90 s
        3. save secrets
             apply    Secret lab/key
             apply    Secret lab/key (new, 32 random bytes)
        ");
    }

    #[test]
    fn a_plan_never_shows_a_secret() {
        let json = serde_json::to_string(&plan()).unwrap_or_default();
        assert!(json.contains("(secret, 12 bytes)") && !json.contains("aHVudGVyMg"), "{json}");
    }
}
