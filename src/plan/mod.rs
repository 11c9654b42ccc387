//! Planners: config and facts in, steps out. They are pure, synchronous and total; time is an argument.

mod addons;
pub mod deploy;
mod host;
mod identity;
mod network;
mod objects;
mod preflight;
mod uninstall;

#[cfg(test)]
mod tests;

pub use addons::{ADDONS, Addon, subject};
pub use host::{LAUNCH_CONFIGURATION, LAUNCH_MARK, MICROK8S};
pub use network::pool_is_right;
pub use objects::{HOST_FOLDER, KINDS_IN_OUR_NAMESPACE, OUR_KINDS, OUR_LABEL, is_of_the_system, watched};
pub use preflight::{Finding, Findings, preflight};
pub use uninstall::{Keep, uninstall};

use crate::{
    config::Config,
    facts::{Facts, Power},
    step::Plan,
    store::Store,
};

/// From what is there to what is configured. On a bare host this is the whole way.
///
/// While MicroK8s is installed and does not answer, nobody can know what is in it: then the plan ends where it answers,
/// and the next look decides the rest.
pub fn setup(config: &Config, facts: &Facts, store: &Store) -> Plan {
    let mut steps = host::steps(config, facts);
    if !is_in_the_dark(facts) {
        steps.extend(addons::steps(config, facts));
        steps.extend(network::steps(config, facts));
        steps.extend(identity::steps(config, facts, store));
    }
    Plan { steps }
}

/// MicroK8s is there and its API server does not answer.
pub fn is_in_the_dark(facts: &Facts) -> bool {
    facts.cluster.is_none() && facts.microk8s.as_ref().is_some_and(|snap| snap.power != Power::Worker)
}
