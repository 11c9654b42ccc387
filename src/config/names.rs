//! Names: of hosts, of DNS, of Kubernetes, of snap channels.

use std::net::Ipv4Addr;

use super::parsed::name;

name! {
    /// A DNS name of at least two labels, such as `mcp.homelab.local`.
    DnsName, "dns-name", "mcp.homelab.local", |text| {
        dns_name(text)?;
        if text.contains('.') { Ok(()) } else { Err(format!("`{text}` has no dot: a public name has at least two parts, such as mcp.homelab.local")) }
    }
}

name! {
    /// One label of a DNS name; Kubernetes names namespaces and most objects so.
    Label, "dns-label", "mcp-system", dns_label
}

name! {
    /// Where ssh goes: an address, or a name of DNS or of the person's ssh config.
    HostAddress, "host-address", "192.168.1.104", |text| {
        if text.parse::<Ipv4Addr>().is_ok() { return Ok(()); }
        if text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
            return Err(format!("`{text}` is neither an IPv4 address nor a name"));
        }
        dns_name(&text.to_ascii_lowercase().replace('_', "-")).map_err(|_| format!("`{text}` is neither an IPv4 address nor a name that ssh takes"))
    }
}

name! {
    /// A name to log in with.
    UserName, "user-name", "henry", |text| {
        let well_formed = text.len() <= 32
            && text.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
            && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-.".contains(c));
        if well_formed { Ok(()) } else { Err(format!("`{text}` is no user name: lower case letters, digits, `-`, `_` and `.`, at most 32, a letter first")) }
    }
}

name! {
    /// A snap channel with a pinned version, such as `1.36/stable`.
    Channel, "snap-channel", "1.36/stable", |text| {
        let (track, risk) = text.split_once('/').ok_or_else(|| format!("`{text}` is no pinned channel: version, slash, risk, such as 1.36/stable"))?;
        if track.parse::<Revision>().is_err() {
            return Err(format!("`{track}` is no version of Kubernetes: two numbers with a dot, such as 1.36"));
        }
        match risk {
            "stable" | "candidate" | "beta" | "edge" => Ok(()),
            _ => Err(format!("`{risk}` is no risk level: stable, candidate, beta or edge")),
        }
    }
}

impl Channel {
    /// The Kubernetes version that the channel is pinned to.
    pub fn revision(&self) -> Revision {
        super::parsed::built_in(self.split_once('/').map_or("", |(track, _)| track))
    }
}

/// A minor version of Kubernetes, such as 1.36.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision {
    pub major: u32,
    pub minor: u32,
}

impl std::str::FromStr for Revision {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |part: &str| part.parse::<u32>().ok();
        text.split_once('.')
            .and_then(|(major, minor)| Some(Revision { major: number(major)?, minor: number(minor)? }))
            .ok_or_else(|| format!("`{text}` is no version such as 1.36"))
    }
}

impl std::fmt::Display for Revision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

fn dns_name(text: &str) -> Result<(), String> {
    if text.len() > 253 {
        return Err(format!("`{text}` is too long for a DNS name: 253 characters at most"));
    }
    text.split('.').try_for_each(|label| {
        dns_label(label).map_err(|_| {
            format!("`{text}` is no DNS name: lower case letters, digits and `-`, in parts with dots between, no part beginning or ending with `-`")
        })
    })
}

fn dns_label(text: &str) -> Result<(), String> {
    let well_formed = (1..=63).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-');
    if well_formed {
        Ok(())
    } else {
        Err(format!(
            "`{text}` is no name for Kubernetes: lower case letters, digits and `-`, at most 63, no `-` at either end"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<T: std::str::FromStr<Err = String>>(good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(text.parse::<T>().is_ok(), "{text} is refused");
        }
        for text in bad {
            assert!(text.parse::<T>().is_err(), "{text} is taken");
        }
    }

    #[test]
    fn names_are_what_their_readers_take() {
        check::<DnsName>(&["mcp.homelab.local", "a.b"], &["mcp", "mcp_x.local", "-a.b", "a..b", "A.local", ""]);
        check::<Label>(&["mcp-system", "a", "0"], &["", "mcp.system", "Mcp", "-a", "a-"]);
        check::<HostAddress>(
            &["192.168.1.104", "homelab", "My_Host", "nas.local"],
            &["-oProxyCommand=x", "a b", "192.168.1", "1.2.3.400", ""],
        );
        check::<UserName>(&["henry", "_apt", "h.k-1"], &["Henry", "", "1st", "a b", "-x"]);
        check::<Channel>(&["1.36/stable", "1.35/edge"], &["latest/stable", "1.36", "1.36/staple", "x/stable"]);
    }

    #[test]
    fn a_channel_knows_its_version() {
        assert_eq!(
            super::super::parsed::built_in::<Channel>("1.36/stable").revision(),
            Revision { major: 1, minor: 36 }
        );
    }
}
