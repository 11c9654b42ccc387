//! The metallb add-on, with the two loops that never give up.

use std::thread;
use std::time::Duration;

use super::ask;
use crate::kube::{daemon, kubectl};
use crate::standin::manifest;
use crate::standin::say::{grumble, tell, tell_as_is};

pub(super) fn enable(words: &[String]) -> u8 {
    tell!("Enabling MetalLB");
    let Some(input) = words.first().cloned().filter(|word| !word.is_empty()).or_else(|| {
        ask("Enter each IP address range delimited by comma (e.g. '10.64.140.43-10.64.140.49,192.168.0.105-192.168.0.111'): ")
    }) else {
        return 1;
    };
    if input.is_empty() {
        tell!(
            "You have to input an IP Range value when asked, or provide it as an argument to the enable command, eg:
  microk8s enable metallb:10.64.140.43-10.64.140.49,192.168.0.105-192.168.0.111
You can also use CIDR notation, eg.
  microk8s enable metallb:192.168.1.240/24"
        );
        return 1;
    }
    let ranges: Vec<&str> = input.split([',', ' ']).filter(|range| !range.is_empty()).collect();
    for range in &ranges {
        if !looks_like_a_range(range) {
            tell!("Your input value ({range}) is not a valid IP Range");
            return 1;
        }
    }
    tell!("Applying Metallb manifest");
    if let Err(error) = manifest::apply_crds("metallb") {
        grumble!("{error:#}");
        return 1;
    }
    manifest::apply("metallb", manifest::METALLB, &[]);
    if daemon::fault("addon-metallb") {
        tell!("MetalLB is enabled");
        return 0;
    }
    tell!("Waiting for Metallb controller to be ready.");
    let wait = [
        "-n",
        "metallb-system",
        "wait",
        "deployment",
        "controller",
        "--for",
        "condition=Available=True",
        "--timeout=30s",
    ];
    until(&mut || kubectl::output(&wait), "MetalLB controller is still not ready");
    let addresses: String = ranges.iter().map(|range| format!("\n  - {range}")).collect();
    let pool = manifest::METALLB_POOL.replace("$ADDRESSES", &addresses);
    until(&mut || kubectl::feed(&["apply", "-f", "-"], &pool), "Failed to create default address pool, will retry");
    tell!("MetalLB is enabled");
    0
}

pub(super) fn disable() -> u8 {
    tell!("Disabling MetalLB");
    manifest::delete_crds("metallb");
    for what in [["namespaces", "metallb-system"], ["validatingwebhookconfigurations", "metallb-webhook-configuration"]]
    {
        match kubectl::output(&["delete", "--ignore-not-found", what[0], what[1]]) {
            Ok(text) => tell_as_is!("{text}"),
            Err(error) => grumble!("{error:#}"),
        }
    }
    tell!("MetalLB is terminated");
    0
}

/// For ever: a pool that the API refuses is tried once a second until somebody kills the command.
fn until(attempt: &mut dyn FnMut() -> anyhow::Result<String>, complaint: &str) {
    loop {
        match attempt() {
            Ok(text) => {
                tell_as_is!("{text}");
                return;
            }
            Err(error) => {
                grumble!("{error:#}");
                tell!("{complaint}");
            }
        }
        thread::sleep(Duration::from_secs(1));
    }
}

/// Digits and dots in the right places; no number is too big for it, and no order wrong.
fn looks_like_a_range(text: &str) -> bool {
    let quad = |text: &str| {
        let parts: Vec<&str> = text.split('.').collect();
        parts.len() == 4 && parts.iter().all(|part| digits(part))
    };
    match (text.split_once('-'), text.split_once('/')) {
        (Some((first, last)), _) => quad(first) && quad(last),
        (None, Some((address, bits))) => quad(address) && digits(bits) && bits.len() <= 3,
        (None, None) => false,
    }
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_judged_by_their_looks() {
        for good in ["192.168.1.200-192.168.1.210", "10.0.0.0/28", "999.1.1.1-1.1.1.1"] {
            assert!(looks_like_a_range(good), "{good}");
        }
        for bad in ["192.168.1.200", "a-b", "10.0.0.0/", "1.2.3-1.2.3.4", "fd00::1-fd00::2"] {
            assert!(!looks_like_a_range(bad), "{bad}");
        }
    }
}
