//! The Job that attacks the allow-list: our own image as a client outside of the LAN.

use super::{labelled, template};
use crate::release::Door;
use k8s_openapi::api::batch::v1::Job;
use serde_json::Value;

/// Calls the public address from a pod until it is refused, or its time is over. It must end well.
pub fn attack_job(door: &Door, image: &str) -> Value {
    let (name, address) = (&door.name, door.address);
    let mut job: Job = template::parse(template::ATTACK_JOB);
    job.metadata.namespace = Some(door.namespace.clone());
    let pod = job.spec.as_mut().and_then(|spec| spec.template.spec.as_mut()).expect("the template has a pod");
    let container = pod.containers.first_mut().expect("the template has a container");
    container.image = Some(image.to_owned());
    let url = format!("https://{name}/health");
    let address = format!("{address}:443");
    // the controller takes 2 to 3 s to take over an allow-list
    container.args =
        Some(["probe", &url, "--address", &address, "--until", "403", "--within", "30"].map(str::to_owned).to_vec());
    labelled(template::value(&job))
}
