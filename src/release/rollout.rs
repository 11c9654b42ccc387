//! The rollout: a loop, and therefore a function of its state. It decides; `edge::roll` looks and waits.

use std::time::Duration;

/// What can be seen of the pods at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// The controller has seen the newest version.
    pub seen: bool,
    pub wanted: u32,
    /// Pods of the newest version that serve.
    pub serving: u32,
    pub pods: Vec<Pod>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pod {
    pub name: String,
    /// Of the newest version.
    pub new: bool,
    pub ready: bool,
    /// It was told to end.
    pub leaving: bool,
    pub restarts: u32,
    /// Why it does not run, in Kubernetes' word, and its explanation.
    pub trouble: Option<(String, String)>,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    Hold { what: String },
    Done,
    Abort { why: String },
}

/// A rollout under way.
#[derive(Debug, Clone, Default)]
pub struct Rollout {
    /// How far it had come, and when it got there.
    best: Option<(u32, Duration)>,
    /// Since when nothing is left to do.
    settled: Option<Duration>,
    /// Since when a pod cannot even start.
    stuck: Option<Duration>,
}

/// Nothing got better for so long: it will not.
const PATIENCE: Duration = Duration::from_secs(90);
/// Some troubles pass: a volume that is being made, a config map that is not there yet.
const BENEFIT_OF_DOUBT: Duration = Duration::from_secs(15);
/// The ingress controller learns of endpoints up to 2 s late.
const AFTERWARDS: Duration = Duration::from_secs(3);
/// Once may be an accident.
const RESTARTS: u32 = 2;

impl Rollout {
    pub fn next(&mut self, health: &Health, now: Duration) -> Move {
        if let Some(why) = self.hopeless(health, now) {
            return Move::Abort { why };
        }
        let leaving = health.pods.iter().filter(|pod| !pod.new || pod.leaving).count();
        if health.seen && health.serving >= health.wanted && leaving == 0 {
            let since = *self.settled.get_or_insert(now);
            return if now.saturating_sub(since) >= AFTERWARDS {
                Move::Done
            } else {
                Move::Hold { what: "every pod is new".into() }
            };
        }
        self.settled = None;
        let left = u32::try_from(leaving).unwrap_or(u32::MAX);
        // more serving is better, then fewer that still have to go
        let progress = health.serving.saturating_mul(1000).saturating_add(500_u32.saturating_sub(left.min(500)))
            + u32::from(health.seen);
        match self.best {
            Some((best, since)) if progress <= best => {
                if now.saturating_sub(since) >= PATIENCE {
                    return Move::Abort {
                        why: format!("nothing got better for {} s: {}", PATIENCE.as_secs(), describe(health)),
                    };
                }
            }
            _ => self.best = Some((progress, now)),
        }
        Move::Hold { what: describe(health) }
    }

    fn hopeless(&mut self, health: &Health, now: Duration) -> Option<String> {
        let troubled = |pod: &&Pod| pod.new && !pod.leaving;
        for pod in health.pods.iter().filter(troubled) {
            if pod.restarts >= RESTARTS || pod.trouble.as_ref().is_some_and(|(word, _)| word == "CrashLoopBackOff") {
                return Some(format!("{} crashes, restarts: {}", pod.name, pod.restarts));
            }
        }
        let cannot_start = |pod: &&Pod| troubled(pod) && pod.trouble.as_ref().is_some_and(|(word, _)| is_serious(word));
        let Some(pod) = health.pods.iter().find(cannot_start) else {
            self.stuck = None;
            return None;
        };
        let since = *self.stuck.get_or_insert(now);
        let (word, explanation) = pod.trouble.as_ref()?;
        (now.saturating_sub(since) >= BENEFIT_OF_DOUBT)
            .then(|| format!("{} cannot start: {word} {explanation}", pod.name))
    }
}

fn is_serious(word: &str) -> bool {
    [
        "ErrImageNeverPull",
        "InvalidImageName",
        "CreateContainerConfigError",
        "CreateContainerError",
        "RunContainerError",
        "StartError",
    ]
    .contains(&word)
}

fn describe(health: &Health) -> String {
    if !health.seen {
        return "the controller has not seen the newest version".into();
    }
    let going = health.pods.iter().filter(|pod| !pod.new || pod.leaving).count();
    let mut text = format!("{} of {} new pods serve", health.serving, health.wanted);
    if going > 0 {
        text.push_str(&format!(", {going} old left"));
    }
    for pod in health.pods.iter().filter(|pod| pod.new && !pod.ready && !pod.leaving) {
        match &pod.trouble {
            Some((word, _)) => text.push_str(&format!("; {}: {word}", pod.name)),
            None => text.push_str(&format!("; {}: not ready yet", pod.name)),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn pod(name: &str, new: bool, ready: bool) -> Pod {
        Pod { name: name.into(), new, ready, ..Pod::default() }
    }

    fn health(serving: u32, pods: Vec<Pod>) -> Health {
        Health { seen: true, wanted: 1, serving, pods }
    }

    fn is_hold(next: &Move) -> bool {
        matches!(next, Move::Hold { .. })
    }

    #[test]
    fn it_is_done_when_the_old_pods_are_gone_and_the_controller_has_learned_it() {
        let mut rollout = Rollout::default();
        assert!(is_hold(&rollout.next(&Health::default(), at(0))));
        assert!(is_hold(&rollout.next(&health(0, vec![pod("old", false, true), pod("new", true, false)]), at(1))));
        assert!(is_hold(&rollout.next(&health(1, vec![pod("old", false, true), pod("new", true, true)]), at(5))));
        let leaving = Pod { leaving: true, ..pod("old", false, true) };
        assert!(is_hold(&rollout.next(&health(1, vec![leaving, pod("new", true, true)]), at(6))));
        let done = health(1, vec![pod("new", true, true)]);
        assert!(is_hold(&rollout.next(&done, at(12))));
        assert!(is_hold(&rollout.next(&done, at(14))));
        assert_eq!(rollout.next(&done, at(15)), Move::Done);
    }

    #[test]
    fn a_pod_that_crashes_again_ends_it() {
        let mut rollout = Rollout::default();
        let crashed = |restarts| health(0, vec![Pod { restarts, ..pod("new", true, false) }]);
        assert!(is_hold(&rollout.next(&crashed(1), at(3))), "once may be an accident");
        assert_eq!(rollout.next(&crashed(2), at(14)), Move::Abort { why: "new crashes, restarts: 2".into() });
        let backing_off = Pod { trouble: Some(("CrashLoopBackOff".into(), String::new())), ..pod("new", true, false) };
        assert!(matches!(rollout.next(&health(0, vec![backing_off]), at(15)), Move::Abort { .. }));
    }

    #[test]
    fn an_old_pod_that_crashes_is_no_reason() {
        let mut rollout = Rollout::default();
        let old = Pod { restarts: 9, ..pod("old", false, false) };
        assert!(is_hold(&rollout.next(&health(0, vec![old, pod("new", true, false)]), at(1))));
    }

    #[test]
    fn a_pod_that_cannot_start_has_a_moment_and_no_more() {
        let mut rollout = Rollout::default();
        let stuck = health(
            0,
            vec![Pod { trouble: Some(("ErrImageNeverPull".into(), "no image".into())), ..pod("new", true, false) }],
        );
        assert!(is_hold(&rollout.next(&stuck, at(1))));
        assert_eq!(
            rollout.next(&stuck, at(16)),
            Move::Abort { why: "new cannot start: ErrImageNeverPull no image".into() }
        );
    }

    #[test]
    fn patience_ends_unless_something_gets_better() {
        let mut rollout = Rollout::default();
        let waiting = health(0, vec![pod("old", false, true), pod("new", true, false)]);
        for second in 0..90 {
            assert!(is_hold(&rollout.next(&waiting, at(second))), "{second}");
        }
        let why = "nothing got better for 90 s: 0 of 1 new pods serve, 1 old left; new: not ready yet";
        assert_eq!(rollout.next(&waiting, at(90)), Move::Abort { why: why.into() });
    }
}
