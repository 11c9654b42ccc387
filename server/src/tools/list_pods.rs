//! `list_pods`: what runs in the cluster, as a compact table.

use super::{Cost, Effect, Tool};
use crate::{
    keys::Scope,
    rbac::{Grant, Reach},
};

pub(super) static TOOL: Tool = Tool {
    name: "list_pods",
    title: "List pods",
    about: "Pods of the Kubernetes cluster as a table: namespace, name, ready containers, status, restarts, age, \
            node. Narrow with `namespace`, or with `unhealthy_only` to see just what needs attention.",
    scope: Scope::Read,
    cost: Cost::Light,
    effect: Effect::Looks,
    grants: &[Grant { group: "", resource: "pods", verbs: &["get", "list"], reach: Reach::Visible }],
    #[cfg(feature = "serve")]
    body: super::Body::of::<run::ListPods>(),
};

#[cfg(feature = "serve")]
mod run {
    use futures::future::try_join_all;
    use k8s_openapi::api::core::v1::{ContainerState, Pod};
    use kube::{Api, ResourceExt, api::ListParams};
    use schemars::JsonSchema;
    use serde::Deserialize;
    use time::OffsetDateTime;

    use crate::{
        cluster,
        lab::Lab,
        text,
        tools::{Answer, Run, Trouble},
    };

    /// More than a homelab has, and few enough to fit into an answer.
    const MOST: u32 = 500;

    pub(super) struct ListPods;

    #[derive(Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Ask {
        /// Only this namespace; all visible ones when empty.
        #[serde(default)]
        namespace: String,
        /// Only pods that are not running well.
        #[serde(default)]
        unhealthy_only: bool,
    }

    impl Run for ListPods {
        type Ask = Ask;

        async fn run(lab: &Lab, ask: Ask) -> Result<Answer, Trouble> {
            let apis: Vec<Api<Pod>> = match (ask.namespace.as_str(), &lab.settings().namespaces) {
                ("", None) => vec![Api::all(lab.cluster()?.clone())],
                ("", Some(names)) => names.iter().map(|name| lab.inside(name)).collect::<Result<_, _>>()?,
                (name, _) => vec![lab.inside(name)?],
            };
            let params = ListParams::default().limit(MOST);
            let lists = try_join_all(apis.iter().map(|api| cluster::ask("list pods", api.list(&params)))).await?;
            let cut = lists.iter().any(|list| list.metadata.continue_.as_ref().is_some_and(|more| !more.is_empty()));
            let now = OffsetDateTime::now_utc().unix_timestamp();
            let pods: Vec<Line> = lists.iter().flatten().map(|pod| Line::of(pod, now)).collect();
            Ok(Answer(render(&pods, ask.unhealthy_only, cut)))
        }
    }

    /// One row of the table.
    struct Line {
        cells: [String; 7],
        healthy: bool,
    }

    impl Line {
        fn of(pod: &Pod, now: i64) -> Self {
            let status = pod.status.as_ref();
            let containers = status.and_then(|s| s.container_statuses.as_deref()).unwrap_or_default();
            let total = pod.spec.as_ref().map_or(0, |spec| spec.containers.len());
            let ready = containers.iter().filter(|c| c.ready).count();
            let restarts: i32 = containers.iter().map(|c| c.restart_count).sum();
            let word = state(pod);
            let created = pod.metadata.creation_timestamp.as_ref().map_or(now, |time| time.0.as_second());
            let node = pod.spec.as_ref().and_then(|spec| spec.node_name.clone()).unwrap_or_default();
            let healthy = word == "Succeeded" || (word == "Running" && ready == total);
            let cells = [
                pod.namespace().unwrap_or_default(),
                pod.name_any(),
                format!("{ready}/{total}"),
                word,
                restarts.to_string(),
                text::age(now - created),
                node,
            ];
            Self { cells, healthy }
        }
    }

    /// The word that tells most about a pod: why a container waits rather than that the pod is pending.
    fn state(pod: &Pod) -> String {
        if pod.metadata.deletion_timestamp.is_some() {
            return "Terminating".to_owned();
        }
        let Some(status) = &pod.status else {
            return "Unknown".to_owned();
        };
        if let Some(reason) = &status.reason {
            return reason.clone();
        }
        let init = status.init_container_statuses.as_deref().unwrap_or_default();
        let main = status.container_statuses.as_deref().unwrap_or_default();
        let stuck = init.iter().chain(main).filter_map(|c| c.state.as_ref()).find_map(reason);
        stuck.or_else(|| status.phase.clone()).unwrap_or_else(|| "Unknown".to_owned())
    }

    fn reason(state: &ContainerState) -> Option<String> {
        let waiting = state.waiting.as_ref().and_then(|waiting| waiting.reason.clone());
        let ended = state.terminated.as_ref().filter(|ended| ended.exit_code != 0);
        waiting.or_else(|| ended.map(|ended| ended.reason.clone().unwrap_or_else(|| "Error".to_owned())))
    }

    fn render(pods: &[Line], unhealthy_only: bool, cut: bool) -> String {
        let shown: Vec<&Line> = pods.iter().filter(|pod| !unhealthy_only || !pod.healthy).collect();
        let unhealthy = pods.iter().filter(|pod| !pod.healthy).count();
        let mut answer = match (shown.is_empty(), unhealthy_only) {
            (true, true) => "No pod needs attention.\n".to_owned(),
            (true, false) => "No pods.\n".to_owned(),
            (false, _) => text::table(
                ["NAMESPACE", "NAME", "READY", "STATUS", "RESTARTS", "AGE", "NODE"],
                shown.iter().map(|pod| &pod.cells),
            ),
        };
        answer.push_str(&format!("{} pods, {unhealthy} not running well.", pods.len()));
        if cut {
            answer.push_str(&format!(" There are more than {MOST}: narrow with `namespace`."));
        }
        answer
    }

    #[cfg(test)]
    mod tests {
        #![expect(clippy::unwrap_used, reason = "tests")]
        use super::*;
        use serde_json::json;

        fn pod(name: &str, extra: &serde_json::Value) -> Pod {
            let mut whole = json!({
                "metadata": {"name": name, "namespace": "media", "creationTimestamp": "2026-11-20T06:00:00Z"},
                "spec": {"nodeName": "homelab", "containers": [{"name": "a"}]},
            });
            for (key, value) in extra.as_object().unwrap() {
                match (whole.get_mut(key), value) {
                    (Some(serde_json::Value::Object(own)), serde_json::Value::Object(more)) => own.extend(more.clone()),
                    _ => whole[key] = value.clone(),
                }
            }
            serde_json::from_value(whole).unwrap()
        }

        fn container(ready: bool, restarts: i32, state: &serde_json::Value) -> serde_json::Value {
            json!({"name": "a", "image": "i", "imageID": "i", "ready": ready, "restartCount": restarts, "state": state})
        }

        #[test]
        fn the_table_says_what_is_wrong_with_each_pod() {
            let running = container(true, 0, &json!({"running": {}}));
            let crashing = container(false, 7, &json!({"waiting": {"reason": "CrashLoopBackOff"}}));
            let pods = [
                pod("good", &json!({"status": {"phase": "Running", "containerStatuses": [running]}})),
                pod("bad", &json!({"status": {"phase": "Running", "containerStatuses": [crashing]}})),
                pod("done", &json!({"status": {"phase": "Succeeded"}})),
                pod(
                    "gone",
                    &json!({"metadata": {"deletionTimestamp": "2026-11-23T06:00:00Z"}, "status": {"phase": "Running"}}),
                ),
                pod("evicted", &json!({"status": {"phase": "Failed", "reason": "Evicted"}})),
                pod("fresh", &json!({})),
            ];
            let now = time::macros::datetime!(2026-11-23 06:00 UTC).unix_timestamp();
            let lines: Vec<Line> = pods.iter().map(|pod| Line::of(pod, now)).collect();
            insta::assert_snapshot!(render(&lines, false, false), @"
            NAMESPACE  NAME     READY  STATUS            RESTARTS  AGE  NODE
            media      good     1/1    Running           0         3d   homelab
            media      bad      0/1    CrashLoopBackOff  7         3d   homelab
            media      done     0/1    Succeeded         0         3d   homelab
            media      gone     0/1    Terminating       0         3d   homelab
            media      evicted  0/1    Evicted           0         3d   homelab
            media      fresh    0/1    Unknown           0         3d   homelab
            6 pods, 4 not running well.
            ");
            insta::assert_snapshot!(render(&lines[..1], true, true), @"
            No pod needs attention.
            1 pods, 0 not running well. There are more than 500: narrow with `namespace`.
            ");
        }
    }
}
