//! `Proof`: what a prober saw, as numbers that go into a release's record.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How a constant load fared. `failed` counts every answer but a successful result.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    pub calls: u64,
    pub failed: u64,
    /// The longest time without a successful answer.
    pub longest_gap_ms: u64,
    /// 99 of 100 answers came within this time, counted from when the call was due.
    pub p99_ms: u64,
}

/// One call of the load. Times count from the beginning of the probing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// When the call was to be made; a call that had to wait for its turn was slow, not late.
    pub due: Duration,
    pub answered: Duration,
    pub outcome: Result<(), String>,
}

/// A failure, for the evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    pub at_ms: u64,
    pub why: String,
}

/// Collects calls in the order of their answers.
#[derive(Debug, Default)]
pub struct Recorder {
    calls: u64,
    failed: u64,
    last_good: Duration,
    longest_gap: Duration,
    /// Calls by their time in ms: a proof may run for hours, so it must not grow with them.
    times: Vec<u64>,
    lost: Vec<Lost>,
}

/// The first failures tell what happened; the thousandth adds nothing.
const KEPT_FAILURES: usize = 20;
/// Slower than this is one class; the prober's own limit is below it.
const SLOWEST_MS: usize = 30_000;

impl Recorder {
    pub fn record(&mut self, call: &Call) {
        self.calls += 1;
        let took = call.answered.saturating_sub(call.due).as_millis();
        let class = usize::try_from(took).unwrap_or(SLOWEST_MS).min(SLOWEST_MS);
        if self.times.len() <= class {
            self.times.resize(class + 1, 0);
        }
        self.times[class] += 1;
        match &call.outcome {
            Ok(()) => {
                self.longest_gap = self.longest_gap.max(call.answered.saturating_sub(self.last_good));
                self.last_good = self.last_good.max(call.answered);
            }
            Err(why) => {
                self.failed += 1;
                if self.lost.len() < KEPT_FAILURES {
                    self.lost.push(Lost { at_ms: milliseconds(call.answered), why: why.clone() });
                }
            }
        }
    }

    /// The numbers up to `now`; silence until now counts as a gap.
    pub fn proof(&self, now: Duration) -> Proof {
        let gap = self.longest_gap.max(now.saturating_sub(self.last_good));
        Proof { calls: self.calls, failed: self.failed, longest_gap_ms: milliseconds(gap), p99_ms: self.percentile(99) }
    }

    pub fn lost(&self) -> &[Lost] {
        &self.lost
    }

    /// The smallest time within which that share of the calls was answered.
    fn percentile(&self, percent: u64) -> u64 {
        let needed = (self.calls * percent).div_ceil(100).max(1);
        let mut seen = 0;
        for (class, count) in (0..).zip(&self.times) {
            seen += count;
            if seen >= needed {
                return class;
            }
        }
        0
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(number: u64) -> Duration {
        Duration::from_millis(number)
    }

    fn good(due: u64, answered: u64) -> Call {
        Call { due: ms(due), answered: ms(answered), outcome: Ok(()) }
    }

    fn proof_of(calls: &[Call], now: u64) -> Proof {
        let mut recorder = Recorder::default();
        calls.iter().for_each(|call| recorder.record(call));
        recorder.proof(ms(now))
    }

    #[test]
    fn nothing_called_is_one_long_gap() {
        assert_eq!(proof_of(&[], 700), Proof { calls: 0, failed: 0, longest_gap_ms: 700, p99_ms: 0 });
    }

    #[test]
    fn the_longest_gap_is_between_successes_and_at_both_ends() {
        let calls = [good(0, 5), good(10, 12), good(20, 150), good(160, 161)];
        assert_eq!(proof_of(&calls, 170).longest_gap_ms, 138);
        assert_eq!(proof_of(&[good(0, 300), good(300, 310)], 320).longest_gap_ms, 300);
        assert_eq!(proof_of(&calls, 900).longest_gap_ms, 739);
    }

    #[test]
    fn a_failure_does_not_end_a_gap() {
        let lost = Call { due: ms(50), answered: ms(60), outcome: Err("502".into()) };
        let proof = proof_of(&[good(0, 10), lost, good(100, 110)], 110);
        assert_eq!((proof.calls, proof.failed, proof.longest_gap_ms), (3, 1, 100));
    }

    #[test]
    fn answers_out_of_order_make_no_negative_gap() {
        assert_eq!(proof_of(&[good(0, 40), good(5, 20), good(10, 60)], 60).longest_gap_ms, 40);
    }

    #[test]
    fn p99_is_the_time_within_which_99_of_100_were_answered() {
        let mut calls: Vec<_> = (0..99).map(|n| good(n, n + 3)).collect();
        calls.push(good(99, 99 + 800));
        assert_eq!(proof_of(&calls, 900).p99_ms, 3);
        calls.push(good(100, 100 + 700));
        assert_eq!(proof_of(&calls, 900).p99_ms, 700);
        assert_eq!(proof_of(&[good(0, 10_000_000)], 10_000_000).p99_ms, 30_000);
    }

    #[test]
    fn only_the_first_failures_are_kept() {
        let mut recorder = Recorder::default();
        for n in 0..1000 {
            recorder.record(&Call { due: ms(n), answered: ms(n), outcome: Err(format!("failure {n}")) });
        }
        assert_eq!(recorder.lost().len(), KEPT_FAILURES);
        assert_eq!(recorder.lost()[0], Lost { at_ms: 0, why: "failure 0".into() });
    }
}
