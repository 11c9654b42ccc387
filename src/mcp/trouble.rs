//! `Trouble`: why a call to the server did not succeed, in words, with the cure.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
};

use crate::clients::Platform;

/// A call that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub reason: Reason,
}

/// Every way in which a call can fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// macOS keeps this program off the local network.
    LocalNetwork {
        at: SocketAddr,
    },
    /// No connection came about.
    Unreachable {
        at: SocketAddr,
        why: String,
    },
    /// There is a connection, but not to the server that our CA vouches for.
    Untrusted {
        at: SocketAddr,
        why: String,
    },
    KeyRefused,
    /// Refused whatever the key: an address outside of the allowed networks, a foreign host name.
    Forbidden {
        said: String,
    },
    Busy {
        seconds: Option<u64>,
    },
    /// Something answers at the address, but no server stands behind it.
    NotServing {
        status: u16,
    },
    Unexpected {
        status: u16,
        said: String,
    },
    /// The connection ended in the middle of the answer.
    CutOff {
        why: String,
    },
    TimedOut,
    Garbled {
        why: String,
    },
    /// MCP's own refusal.
    Refused {
        said: String,
    },
}

impl std::error::Error for Trouble {}

impl Trouble {
    pub fn because(reason: Reason) -> Self {
        Self { reason }
    }

    /// Why `connect` failed. macOS refuses the local network with "no route to host", at once and without a prompt.
    pub fn of_connect(at: SocketAddr, kind: std::io::ErrorKind, why: &str, platform: Platform) -> Self {
        let refused = kind == std::io::ErrorKind::HostUnreachable && platform == Platform::MacOs && is_local(at.ip());
        Self::because(if refused {
            Reason::LocalNetwork { at }
        } else {
            Reason::Unreachable { at, why: why.to_owned() }
        })
    }

    /// Whether trying again later can help without anybody doing something.
    pub fn may_pass(&self) -> bool {
        match self.reason {
            Reason::Unreachable { .. }
            | Reason::NotServing { .. }
            | Reason::Busy { .. }
            | Reason::CutOff { .. }
            | Reason::TimedOut => true,
            Reason::LocalNetwork { .. }
            | Reason::Untrusted { .. }
            | Reason::KeyRefused
            | Reason::Forbidden { .. }
            | Reason::Unexpected { .. }
            | Reason::Garbled { .. }
            | Reason::Refused { .. } => false,
        }
    }

    /// What a person can do about it.
    pub fn help(&self) -> Option<String> {
        Some(match &self.reason {
            Reason::LocalNetwork { at } => local_network_cure(*at),
            Reason::Unreachable { .. } | Reason::NotServing { .. } => "homelabctl status".to_owned(),
            Reason::Untrusted { .. } => "homelabctl setup, then homelabctl client-config --claude-desktop".to_owned(),
            Reason::KeyRefused => {
                "homelabctl client-config --claude-desktop makes a new key when this one is gone".to_owned()
            }
            Reason::Forbidden { .. } => "call from a machine in the configured LAN".to_owned(),
            Reason::Busy { .. } => "wait a moment, then try again".to_owned(),
            Reason::CutOff { .. } | Reason::TimedOut => "homelabctl logs".to_owned(),
            Reason::Unexpected { .. } | Reason::Garbled { .. } | Reason::Refused { .. } => return None,
        })
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Reason::LocalNetwork { at } => {
                write!(
                    f,
                    "macOS keeps this program off the local network: connecting to {at} is refused without a question"
                )
            }
            Reason::Unreachable { at, why } => write!(f, "cannot reach the server at {at}: {why}"),
            Reason::Untrusted { at, why } => {
                write!(f, "the server at {at} is not the one that the homelab's CA vouches for: {why}")
            }
            Reason::KeyRefused => {
                write!(f, "the server refuses the API key: it is revoked, expired or of another homelab")
            }
            Reason::Forbidden { said } if said.is_empty() => write!(f, "the server refuses this machine"),
            Reason::Forbidden { said } => write!(f, "the server refuses this machine: {said}"),
            Reason::Busy { seconds: Some(seconds) } => {
                write!(f, "the server has too much to do; it asks to wait {seconds} s")
            }
            Reason::Busy { seconds: None } => write!(f, "the server has too much to do"),
            Reason::NotServing { status } => {
                write!(f, "the address answers, but no server stands behind it (HTTP {status})")
            }
            Reason::Unexpected { status, said } => write!(f, "unexpected answer: HTTP {status} {said}"),
            Reason::CutOff { why } => write!(f, "the connection ended before the answer: {why}"),
            Reason::TimedOut => write!(f, "no answer in time"),
            Reason::Garbled { why } => write!(f, "the answer cannot be understood: {why}"),
            Reason::Refused { said } => write!(f, "the server refused the call: {said}"),
        }
    }
}

/// Addresses to which macOS applies its Local Network rule.
fn is_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => address.is_unique_local() || address.is_unicast_link_local(),
    }
}

/// What helps today: permission where the app is listed, else a way through loopback, which the rule leaves alone.
fn local_network_cure(at: SocketAddr) -> String {
    format!(
        "since macOS 15 a program needs permission for the local network, and programs that an app starts are often never \
         asked. Open System Settings > Privacy & Security > Local Network, switch the app on, quit it and start it again. \
         If it is not listed or still refused: keep `ssh -N -L 8443:{at} USER@HOST` running in Terminal (loopback and \
         Terminal are exempt) and write the client's entry with homelabctl client-config --claude-desktop --address 127.0.0.1:8443"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::ErrorKind;

    fn of_connect(at: &str, kind: ErrorKind, platform: Platform) -> Option<Trouble> {
        at.parse().ok().map(|at| Trouble::of_connect(at, kind, "No route to host", platform))
    }

    #[test]
    fn macos_refusing_the_lan_is_named_with_its_cure() {
        let trouble = of_connect("192.168.1.200:443", ErrorKind::HostUnreachable, Platform::MacOs);
        let trouble = trouble.as_ref();
        assert!(
            trouble
                .is_some_and(|trouble| trouble.to_string().contains("macOS keeps this program off the local network"))
        );
        let help = trouble.and_then(Trouble::help).unwrap_or_default();
        assert!(help.contains("Local Network") && help.contains("127.0.0.1:8443"), "{help}");
    }

    #[test]
    fn elsewhere_no_route_is_an_ordinary_outage() {
        for (at, kind, platform) in [
            ("192.168.1.200:443", ErrorKind::HostUnreachable, Platform::Linux),
            ("203.0.113.7:443", ErrorKind::HostUnreachable, Platform::MacOs),
            ("192.168.1.200:443", ErrorKind::ConnectionRefused, Platform::MacOs),
        ] {
            let trouble = of_connect(at, kind, platform);
            assert!(trouble.is_some_and(|trouble| matches!(trouble.reason, Reason::Unreachable { .. })), "{at} {kind}");
        }
    }
}
