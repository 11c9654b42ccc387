//! The history: every release there is, and what follows from it.

use super::{Head, Outcome, State};
use crate::step::ObjectRef;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};

/// One release with what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Release {
    pub head: Head,
    /// `None` when its run was killed before it could say anything.
    pub outcome: Option<Outcome>,
}

/// All releases, newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    pub releases: Vec<Release>,
}

impl Release {
    pub fn number(&self) -> u32 {
        self.head.number
    }

    pub fn state(&self) -> State {
        self.outcome.as_ref().map_or(State::Started, |outcome| outcome.state)
    }

    pub fn is_proven(&self) -> bool {
        self.state() == State::Proven
    }
}

impl History {
    /// From the entries `release` and `state` of the Secrets; what cannot be read is an error, not a gap.
    pub fn read<'a>(
        heads: impl IntoIterator<Item = &'a [u8]>,
        outcomes: impl IntoIterator<Item = (u32, &'a [u8])>,
    ) -> Result<Self, serde_json::Error> {
        let outcomes: Result<BTreeMap<u32, Outcome>, _> =
            outcomes.into_iter().map(|(number, bytes)| Ok((number, parse(bytes)?))).collect();
        let mut outcomes = outcomes?;
        let mut releases = Vec::new();
        for bytes in heads {
            let head: Head = parse(bytes)?;
            releases.push(Release { outcome: outcomes.remove(&head.number), head });
        }
        releases.sort_by_key(|release| std::cmp::Reverse(release.number()));
        Ok(Self { releases })
    }

    pub fn next_number(&self) -> u32 {
        self.releases.first().map_or(1, |newest| newest.number() + 1)
    }

    pub fn find(&self, number: u32) -> Option<&Release> {
        self.releases.iter().find(|release| release.number() == number)
    }

    pub fn newest(&self) -> Option<&Release> {
        self.releases.first()
    }

    /// What ought to run now.
    pub fn last_proven(&self) -> Option<&Release> {
        self.releases.iter().find(|release| release.is_proven())
    }

    /// What `rollback` without a number means: the newest proven release that is not what runs now.
    pub fn before_the_last(&self) -> Option<&Release> {
        let last = self.last_proven()?;
        // right after a failure what runs is the last proven one itself, brought back
        let mut proven = self.releases.iter().filter(|release| release.is_proven());
        proven.find(|release| release.head.content != last.head.content)
    }

    /// Releases that never came to an end.
    pub fn unfinished(&self) -> Vec<u32> {
        self.releases.iter().filter(|release| release.state() == State::Started).map(Release::number).collect()
    }

    /// What may go once a further release is proven: older than the `keep` newest proven ones, that one included.
    pub fn prunable(&self, keep: u32) -> Vec<&Release> {
        let earlier = usize::try_from(keep).unwrap_or(usize::MAX).saturating_sub(1);
        let oldest_kept = self.releases.iter().filter(|release| release.is_proven()).take(earlier).last();
        let Some(oldest_kept) = oldest_kept.map(Release::number) else { return Vec::new() };
        let proven = self.releases.iter().filter(|release| release.is_proven()).count();
        if proven < earlier {
            return Vec::new();
        }
        self.releases.iter().filter(|release| release.number() < oldest_kept).collect()
    }

    /// The Secrets of these releases, and of contents that no other release has.
    pub fn objects_of(&self, namespace: &str, gone: &[&Release], also_kept: &str) -> Vec<ObjectRef> {
        let numbers: BTreeSet<u32> = gone.iter().map(|release| release.number()).collect();
        let left = |release: &&Release| !numbers.contains(&release.number());
        let mut kept: BTreeSet<&str> =
            self.releases.iter().filter(left).map(|release| release.head.content.as_str()).collect();
        kept.insert(also_kept);
        let secret = |name: String| ObjectRef::new("v1", "Secret", Some(namespace), &name);
        let mut objects = BTreeSet::new();
        for release in gone {
            objects.insert(secret(super::name(release.number())));
            objects.insert(secret(super::state_name(release.number())));
            if !kept.contains(release.head.content.as_str()) {
                objects.extend(
                    (0..release.head.parts).map(|part| secret(super::content_name(&release.head.content, part))),
                );
            }
        }
        objects.into_iter().collect()
    }

    /// The images that only these releases have.
    pub fn images_of(&self, gone: &[&Release], also_kept: &str) -> Vec<String> {
        let numbers: BTreeSet<u32> = gone.iter().map(|release| release.number()).collect();
        let left = |release: &&Release| !numbers.contains(&release.number());
        let kept: BTreeSet<&str> =
            self.releases.iter().filter(left).map(|release| release.head.image.reference.as_str()).collect();
        let lost = gone.iter().map(|release| release.head.image.reference.as_str());
        let lost: BTreeSet<&str> = lost.filter(|image| !kept.contains(image) && *image != also_kept).collect();
        lost.into_iter().map(str::to_owned).collect()
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice(bytes)
}

#[cfg(test)]
#[path = "history_tests.rs"]
mod tests;
