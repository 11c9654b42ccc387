//! Where the gate stands: on the laptop when it is in the LAN, otherwise on the host. Pure.

use crate::config::Lan;
use serde::Serialize;
use std::{fmt, net::IpAddr};

/// Who makes the gate's calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stand {
    /// This machine, as clients of the LAN would.
    Laptop,
    /// The host, through the SSH connection: this machine is elsewhere (VPN, jump host), where the allow-list refuses it.
    Host,
}

/// From where this machine would call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Whereabouts {
    /// This machine's own address on the way to the service address; `None` when no way leads there.
    pub own: Option<IpAddr>,
    /// The address that the host's sshd saw us come from.
    pub seen_by_host: Option<IpAddr>,
}

impl Stand {
    /// An address in the LAN is not enough: many homes have the same network. Who is in this one reaches the host with the
    /// same address. (Over IPv6 the two cannot be compared.)
    pub fn of(whereabouts: Whereabouts, lan: &Lan) -> Self {
        let Some(IpAddr::V4(own)) = whereabouts.own else { return Stand::Host };
        let elsewhere = match whereabouts.seen_by_host.map(|address| address.to_canonical()) {
            Some(IpAddr::V4(seen)) => seen != own,
            Some(IpAddr::V6(_)) | None => false,
        };
        if lan.contains(own) && !elsewhere { Stand::Laptop } else { Stand::Host }
    }

    /// What the titles of steps say about it.
    pub fn words(self) -> &'static str {
        match self {
            Stand::Laptop => "",
            Stand::Host => ", from the host: this machine is not in the LAN",
        }
    }
}

impl fmt::Display for Stand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stand::Laptop => "laptop",
            Stand::Host => "host",
        })
    }
}

/// Whether the way in keeps the addresses of clients: only then does the allow-list mean anything. What to say, or why not.
///
/// # Errors
/// The server saw another address than this machine's own.
pub fn address_kept(own: IpAddr, seen: Option<IpAddr>) -> Result<String, String> {
    match seen {
        None => Ok("this server does not tell which address it saw us come from, so that was not compared".into()),
        Some(seen) if seen == own => Ok(format!("it saw us come from {own}, our own address")),
        Some(seen) => Err(format!(
            "the server saw us come from {seen}, and our address is {own}: the way in does not keep the addresses of clients, \
             so the allow-list would admit whoever comes from anywhere"
        )),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn the_gate_stands_where_the_allow_list_admits_it() {
        let lan: Lan = "192.168.1.0/24".parse().unwrap();
        for (own, seen_by_host, expected) in [
            (Some("192.168.1.10"), Some("192.168.1.10"), Stand::Laptop),
            (Some("192.168.1.10"), Some("::ffff:192.168.1.10"), Stand::Laptop),
            (Some("192.168.1.10"), Some("fe80::1"), Stand::Laptop),
            (Some("192.168.1.10"), None, Stand::Laptop),
            // a VPN, and a café whose network has the same numbers
            (Some("10.8.0.2"), Some("192.168.1.1"), Stand::Host),
            (Some("192.168.1.10"), Some("192.168.1.77"), Stand::Host),
            (None, Some("192.168.1.10"), Stand::Host),
            (Some("fe80::1"), Some("fe80::1"), Stand::Host),
        ] {
            let address = |text: Option<&str>| text.map(|text| text.parse().unwrap());
            let whereabouts = Whereabouts { own: address(own), seen_by_host: address(seen_by_host) };
            assert_eq!(Stand::of(whereabouts, &lan), expected, "{whereabouts:?}");
        }
    }

    #[test]
    fn another_address_than_our_own_keeps_the_gate_shut() {
        let own = "192.168.1.10".parse().unwrap();
        assert!(address_kept(own, Some(own)).is_ok());
        assert!(address_kept(own, None).unwrap().contains("not compared"));
        let why = address_kept(own, Some("10.1.0.1".parse().unwrap())).unwrap_err();
        assert!(why.contains("10.1.0.1") && why.contains("192.168.1.10"), "{why}");
    }
}
