//! The hostpath-storage add-on.

use super::ask;
use crate::kube::{files, paths};
use crate::standin::manifest;
use crate::standin::say::{grumble, tell};

pub(super) fn enable(words: &[String]) -> u8 {
    let mut policy = "Delete".to_owned();
    let mut default_class = "true".to_owned();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let (flag, inline) = match word.split_once('=') {
            Some((flag, value)) => (flag, Some(value.to_owned())),
            None => (word.as_str(), None),
        };
        let value = inline.or_else(|| rest.next().cloned()).unwrap_or_default();
        match flag {
            "-r" | "--reclaim-policy" => policy = value,
            "-d" | "--default-class" => default_class = value,
            other => {
                tell!("invalid option -- {other}");
                return 1;
            }
        }
    }
    if !["Delete", "Retain"].contains(&policy.as_str()) || !["true", "false"].contains(&default_class.as_str()) {
        tell!("\nPlease check submitted arguments.");
        return 1;
    }
    tell!(
        "Enabling default storage class.
WARNING: Hostpath storage is not suitable for production environments.
         A hostpath volume can grow beyond the size limit set in the volume claim manifest.
"
    );
    if let Err(error) = files::folder(paths::common("default-storage")) {
        grumble!("{error:#}");
        return 1;
    }
    let variables = [
        ("$SNAP_COMMON", paths::SNAP_COMMON),
        ("$RECLAIM_POLICY", policy.as_str()),
        ("$DEFAULT_CLASS", default_class.as_str()),
    ];
    manifest::apply("hostpath-storage", manifest::HOSTPATH, &variables);
    tell!("Storage will be available soon.");
    0
}

/// Without an argument it asks; without anybody to ask it fails.
pub(super) fn disable(words: &[String]) -> u8 {
    tell!("Disabling default storage");
    manifest::delete(&manifest::HOSTPATH.replace("$SNAP_COMMON", paths::SNAP_COMMON));
    tell!("Storage removed");
    let destroy = match words.first().map(String::as_str) {
        Some("destroy-storage") => true,
        Some(_) | None => match ask("Remove PVC storage at /var/snap/microk8s/common/default-storage ? (Y/N): ") {
            Some(answer) => answer.eq_ignore_ascii_case("y"),
            None => return 1,
        },
    };
    if destroy {
        if let Err(error) = files::remove(paths::common("default-storage")) {
            grumble!("{error:#}");
            return 1;
        }
        tell!("Storage space reclaimed");
    } else {
        tell!("Storage space not reclaimed");
    }
    0
}
