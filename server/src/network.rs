//! A block of addresses such as `10.1.0.0/16`.

use std::{fmt, net::IpAddr, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A block of addresses, parsed once; the host part is zero for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("examples" = ["10.1.0.0/16"]))]
pub struct Network {
    first: IpAddr,
    prefix: u8,
}

/// Why a text is no block of addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    #[error("`{0}` is no network: write ADDRESS/BITS, as in 10.1.0.0/16")]
    Form(String),
    #[error("`{given}` has bits behind its prefix: write {meant}")]
    HostBits { given: String, meant: String },
}

impl Network {
    /// Whether the address lies in this block. An IPv4 address in IPv6 clothes counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.first, address.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(other)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
                u32::from(first) == u32::from(other) & mask
            }
            (IpAddr::V6(first), IpAddr::V6(other)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix)).unwrap_or(0);
                u128::from(first) == u128::from(other) & mask
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let form = || NetworkError::Form(text.to_owned());
        let (address, prefix) = text.split_once('/').ok_or_else(form)?;
        let address: IpAddr = address.parse().map_err(|_| form())?;
        let prefix: u8 = prefix.parse().map_err(|_| form())?;
        let first = match address {
            IpAddr::V4(v4) if prefix <= 32 => {
                let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
                IpAddr::V4((u32::from(v4) & mask).into())
            }
            IpAddr::V6(v6) if prefix <= 128 => {
                let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
                IpAddr::V6((u128::from(v6) & mask).into())
            }
            IpAddr::V4(_) | IpAddr::V6(_) => return Err(form()),
        };
        if first != address {
            return Err(NetworkError::HostBits { given: text.to_owned(), meant: format!("{first}/{prefix}") });
        }
        Ok(Self { first, prefix })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix)
    }
}

impl TryFrom<String> for Network {
    type Error = NetworkError;

    fn try_from(text: String) -> Result<Self, NetworkError> {
        text.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.to_string()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_network_contains_its_own_addresses_only() {
        let pods: Network = "10.1.0.0/16".parse().unwrap();
        for (address, inside) in
            [("10.1.0.0", true), ("10.1.255.255", true), ("10.2.0.0", false), ("::ffff:10.1.2.3", true), ("::1", false)]
        {
            assert_eq!(pods.contains(address.parse().unwrap()), inside, "{address}");
        }
        let all: Network = "0.0.0.0/0".parse().unwrap();
        assert!(all.contains("255.1.2.3".parse().unwrap()));
        let one: Network = "fd00::1/128".parse().unwrap();
        assert!(one.contains("fd00::1".parse().unwrap()) && !one.contains("fd00::2".parse().unwrap()));
    }

    #[test]
    fn what_is_no_network_says_what_to_write() {
        for text in ["10.1.0.0", "10.1.0.0/33", "x/8", "10.1.0.0/-1", ""] {
            assert!(matches!(text.parse::<Network>(), Err(NetworkError::Form(_))), "{text}");
        }
        let error = "10.1.2.3/16".parse::<Network>().unwrap_err();
        assert_eq!(error.to_string(), "`10.1.2.3/16` has bits behind its prefix: write 10.1.0.0/16");
    }
}
