//! Machine types, and whether a program runs on one of them without a single library.

use std::{fmt, str::FromStr};

use serde::Serialize;

/// A machine type that MicroK8s runs on and we build for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Arch {
    Amd64,
    Arm64,
}

impl Arch {
    /// As images and Kubernetes call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }

    /// As `uname -m` and the targets of rustc call it.
    pub fn machine(self) -> &'static str {
        match self {
            Self::Amd64 => "x86_64",
            Self::Arm64 => "aarch64",
        }
    }
}

impl fmt::Display for Arch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Arch {
    type Err = String;

    /// Both spellings.
    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::Amd64, Self::Arm64];
        let found = all.into_iter().find(|arch| arch.name() == text || arch.machine() == text);
        found.ok_or_else(|| format!("`{text}` is no machine type that homelabctl builds for: amd64 or arm64"))
    }
}

/// Why a program cannot be the only file of an image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRunnable {
    #[error("it is no 64-bit Linux program (ELF)")]
    NotElf,
    #[error("it is for a machine of ELF type {0}, not for amd64 or arm64")]
    OtherMachine(u16),
    #[error(
        "it needs a dynamic linker, which an empty image does not have: build it with `-C target-feature=+crt-static`"
    )]
    Dynamic,
}

const PT_INTERP: u32 = 3;

/// Which machine a program is for, provided that it needs nothing but the kernel.
pub fn inspect(program: &[u8]) -> Result<Arch, NotRunnable> {
    if !program.starts_with(b"\x7fELF\x02\x01") {
        return Err(NotRunnable::NotElf);
    }
    let arch = match u16::from_le_bytes(bytes(program, 18)?) {
        62 => Arch::Amd64,
        183 => Arch::Arm64,
        other => return Err(NotRunnable::OtherMachine(other)),
    };
    let table = usize::try_from(u64::from_le_bytes(bytes(program, 32)?)).map_err(|_| NotRunnable::NotElf)?;
    let entry_size = usize::from(u16::from_le_bytes(bytes(program, 54)?));
    let entries = usize::from(u16::from_le_bytes(bytes(program, 56)?));
    for entry in 0..entries {
        let at = table.checked_add(entry * entry_size).ok_or(NotRunnable::NotElf)?;
        if u32::from_le_bytes(bytes(program, at)?) == PT_INTERP {
            return Err(NotRunnable::Dynamic);
        }
    }
    Ok(arch)
}

fn bytes<const N: usize>(program: &[u8], at: usize) -> Result<[u8; N], NotRunnable> {
    program.get(at..).and_then(|rest| rest.first_chunk::<N>()).copied().ok_or(NotRunnable::NotElf)
}
