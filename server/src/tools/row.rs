//! What a tool is, apart from what it does.

use crate::{keys::Scope, rbac::Grant};

/// A row of the table of tools.
#[derive(Debug)]
pub struct Tool {
    /// By which it is called
    pub name: &'static str,
    /// Shown to people
    pub title: &'static str,
    /// Read by models: what it does, what comes back, how to narrow it
    pub about: &'static str,
    /// What a key needs to see and call it
    pub scope: Scope,
    /// Which limit it counts against
    pub cost: Cost,
    /// What it does to the world
    pub effect: Effect,
    /// Rights in the cluster
    pub grants: &'static [Grant],
    /// What it does
    #[cfg(feature = "serve")]
    pub body: super::Body,
}

/// Which limit of a key a call counts against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// Answers from memory or with one cheap request
    Light,
    /// Takes time, moves much, or changes something
    Costly,
}

/// What a tool does to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Looks and changes nothing
    Looks,
    /// Changes something that can be changed back
    Changes,
    /// Takes something away
    Destroys,
}
