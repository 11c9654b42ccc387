//! Networks and ranges of addresses, as the LAN has them.

use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

use super::parsed::parsed;

/// An IPv4 network; no bit is set behind the prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Lan {
    pub address: Ipv4Addr,
    pub prefix: u8,
}

parsed!(Lan, "ipv4-network", "192.168.1.0/24");

impl Lan {
    pub fn contains(&self, address: Ipv4Addr) -> bool {
        u32::from(address) & self.mask() == u32::from(self.address)
    }

    pub fn overlaps(&self, other: Lan) -> bool {
        self.contains(other.address) || other.contains(self.address)
    }

    /// The address that reaches everybody on the network.
    pub fn broadcast(&self) -> Ipv4Addr {
        Ipv4Addr::from(u32::from(self.address) | !self.mask())
    }

    pub fn mask(&self) -> u32 {
        u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0)
    }
}

impl FromStr for Lan {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (address, prefix) = text
            .split_once('/')
            .ok_or_else(|| format!("`{text}` is no network: address, slash and length, such as 192.168.1.0/24"))?;
        let address: Ipv4Addr = parse_address(address)?;
        let prefix: u8 = prefix
            .parse()
            .ok()
            .filter(|length| (8..=30).contains(length))
            .ok_or_else(|| format!("`/{prefix}` is no length of a home network: 8 to 30"))?;
        let lan = Lan { address, prefix };
        let start = Ipv4Addr::from(u32::from(address) & lan.mask());
        if start == address {
            Ok(lan)
        } else {
            Err(format!("`{text}` is an address inside of a network: the network is {start}/{prefix}"))
        }
    }
}

impl fmt::Display for Lan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

/// The addresses that MetalLB may give away: both ends are in it, and `first <= last`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pool {
    pub first: Ipv4Addr,
    pub last: Ipv4Addr,
}

parsed!(Pool, "ipv4-range", "192.168.1.200-192.168.1.210");

impl Pool {
    pub fn contains(&self, address: Ipv4Addr) -> bool {
        (self.first..=self.last).contains(&address)
    }

    pub fn addresses(&self) -> impl Iterator<Item = Ipv4Addr> {
        (u32::from(self.first)..=u32::from(self.last)).map(Ipv4Addr::from)
    }
}

impl FromStr for Pool {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (first, last) = text.split_once('-').ok_or_else(|| {
            format!("`{text}` is no range: first address, hyphen, last address, such as 192.168.1.200-192.168.1.210")
        })?;
        let (first, last) = (parse_address(first.trim())?, parse_address(last.trim())?);
        if first <= last {
            Ok(Pool { first, last })
        } else {
            Err(format!("`{text}` runs backwards: {last} comes before {first}"))
        }
    }
}

impl fmt::Display for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

fn parse_address(text: &str) -> Result<Ipv4Addr, String> {
    text.parse().map_err(|_| format!("`{text}` is no IPv4 address: four numbers from 0 to 255 with dots between"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn check<T: FromStr<Err = String> + fmt::Display>(text: &str, expected: Result<(), &str>) {
        let got = text.parse::<T>();
        match (got, expected) {
            (Ok(value), Ok(())) => assert_eq!(value.to_string(), text),
            (Ok(value), Err(_)) => panic!("{text} parsed as {value}"),
            (Err(message), Err(part)) => assert!(message.contains(part), "{text}: {message}"),
            (Err(message), Ok(())) => panic!("{text}: {message}"),
        }
    }

    #[test]
    fn a_network_is_an_address_and_a_length() {
        check::<Lan>("192.168.1.0/24", Ok(()));
        check::<Lan>("10.0.0.0/8", Ok(()));
        check::<Lan>("192.168.1.0", Err("no network"));
        check::<Lan>("192.168.1.104/24", Err("the network is 192.168.1.0/24"));
        check::<Lan>("192.168.1.0/33", Err("8 to 30"));
        check::<Lan>("192.168.1/24", Err("no IPv4 address"));
    }

    #[test]
    fn a_pool_runs_forwards() {
        check::<Pool>("192.168.1.200-192.168.1.210", Ok(()));
        check::<Pool>("192.168.1.200-192.168.1.200", Ok(()));
        check::<Pool>("192.168.1.210-192.168.1.200", Err("192.168.1.200 comes before 192.168.1.210"));
        check::<Pool>("192.168.1.200/28", Err("no range"));
    }

    #[test]
    fn a_network_knows_its_addresses() {
        let lan: Lan = "192.168.1.0/24".parse().unwrap();
        assert!(lan.contains(Ipv4Addr::new(192, 168, 1, 255)));
        assert!(!lan.contains(Ipv4Addr::new(192, 168, 2, 0)));
        assert!(lan.overlaps("192.168.0.0/16".parse().unwrap()));
        assert!(!lan.overlaps("10.1.0.0/16".parse().unwrap()));
        assert_eq!(lan.broadcast(), Ipv4Addr::new(192, 168, 1, 255));
    }
}
