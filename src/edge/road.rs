//! The road to the server's address: straight, or through the host when this machine is not in the LAN.

use super::host::Host;
use crate::{
    config::Config,
    release::{Door, Stand, Whereabouts},
    step::Cmd,
};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
    path::PathBuf,
};

/// How to reach an address.
#[derive(Clone, Debug)]
pub struct Road {
    pub at: SocketAddr,
    /// The socket of a forward that leads there.
    tunnel: Option<PathBuf>,
}

impl Road {
    pub fn straight(at: SocketAddr) -> Self {
        Self { at, tunnel: None }
    }

    /// The road to a port of the door, as the gate's stand wants it.
    ///
    /// # Errors
    /// The host forwards no ports.
    pub async fn to(host: &Host, door: &Door, port: u16) -> anyhow::Result<Self> {
        let at = SocketAddr::from((door.address, port));
        let tunnel = match door.stand {
            Stand::Laptop => None,
            Stand::Host => Some(host.forward(&format!("door-{port}"), at).await?),
        };
        Ok(Self { at, tunnel })
    }

    /// An HTTP client that takes this road whenever it calls that name. No name is looked up.
    pub fn lead(&self, client: reqwest::ClientBuilder, name: &str) -> reqwest::ClientBuilder {
        match &self.tunnel {
            None => client.resolve(name, self.at),
            Some(socket) => client.unix_socket(socket.clone()),
        }
    }
}

/// The way in of the configured server, with the stand that follows from where this machine is.
///
/// # Errors
/// The connection to the host was lost.
pub async fn door(host: &Host, config: &Config) -> anyhow::Result<Door> {
    let connection = host.run(&Cmd::user(["printenv", "SSH_CONNECTION"])).await?;
    let seen_by_host = connection.stdout.split_whitespace().next().and_then(|word| word.parse().ok());
    let own = own_address(config.network.service_address());
    Ok(Door::of(config, Whereabouts { own, seen_by_host }))
}

/// This machine's address on the way there. Connecting a UDP socket only asks the routing table; nothing is sent.
pub fn own_address(towards: Ipv4Addr) -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((towards, 443)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}
