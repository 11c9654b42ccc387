//! The gate: a key of its own, a load through the real address while pods change, and the proof that it works.

use super::{
    attack,
    endpoint::{Endpoint, Manner},
    materials::{self, Materials},
    prober::{Load, Prober, Report},
    road::{self, Road},
    roll,
    world::World,
};
use crate::{
    failure::{Cause, Kind},
    keys::{GATE_LIFETIME, gate_name},
    proof::{Lost, Proof},
    release::{Door, Gate, Stand, address_kept},
    secret::Secret,
    step::{ObjectRef, encode},
    ui::Event,
};
use anyhow::Context as _;
use homelab_mcp::keys::{Record, SECRET, Scope, Token};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use time::OffsetDateTime;

/// What a gate has open during a run.
#[derive(Default)]
pub struct Open {
    /// The release that the run has begun.
    pub release: Option<u32>,
    key: Option<Secret>,
    prober: Option<Prober>,
    /// What the watch came to.
    pub proof: Option<Proof>,
    /// Its first lost calls.
    pub lost: Vec<Lost>,
    /// Where its calls came from.
    pub stand: Option<Stand>,
}

impl Open {
    /// Ends the load, if one is running, and keeps what it saw.
    pub async fn stop_watch(&mut self) {
        if let Some(prober) = self.prober.take() {
            let Report { proof, lost } = prober.stop().await;
            self.proof = Some(proof);
            self.lost = lost;
        }
    }
}

/// Calls that have to succeed one after the other: requests go to every replica in turn, so all of them know the key.
const IN_A_ROW: u32 = 15;
/// A replica hears of a key within seconds; the kubelet and the ingress controller of a new pod within a few more.
const PATIENCE: Duration = Duration::from_secs(45);
/// A gentle load that still meets every gap of a hundredth of a second.
const CALLS_PER_SECOND: u32 = 100;
/// A tool that reads and changes nothing.
const HARMLESS: &str = "system_overview";

/// Carries out one part.
///
/// # Errors
/// The gate stays shut: the reason is the release's.
pub async fn perform(
    world: &World,
    gate: &Gate,
    materials: &mut Materials,
    tell: &dyn Fn(&Event),
) -> anyhow::Result<()> {
    match gate {
        Gate::Mint { namespace } => mint(world, namespace, materials).await,
        Gate::Watch { door } => watch(world, door, materials, tell).await,
        Gate::Roll { deployment, image } => roll::out(world, deployment, image, tell).await,
        Gate::Prove { door } => prove(world, door, materials, tell).await,
        Gate::Attack { door, job } => attack::run(world, door, job, tell).await,
        Gate::Close { namespace } => close(world, namespace).await,
    }
}

fn keys(namespace: &str) -> ObjectRef {
    ObjectRef::new("v1", "Secret", Some(namespace), SECRET)
}

async fn mint(world: &World, namespace: &str, materials: &mut Materials) -> anyhow::Result<()> {
    let random = ring::rand::SystemRandom::new();
    let token = Token::generate(&random).ok().context("this machine gives no randomness")?;
    let now = OffsetDateTime::now_utc();
    let name = gate_name(materials.gate.release.unwrap_or_default().into());
    let record = Record::new(&name, &token, &[Scope::Read], now, Some(now + GATE_LIFETIME));
    let entry = json!({"data": {record.entry_name(): encode(record.to_bytes())}});
    world.cluster().await?.merge(&keys(namespace), &entry).await?;
    materials.gate.key = Some(Secret::new(token.reveal()));
    Ok(())
}

/// Removes every gate's key. Another run's cannot be among them: two runs at a time are not allowed.
///
/// # Errors
/// The API server does not answer.
pub async fn close(world: &World, namespace: &str) -> anyhow::Result<()> {
    let cluster = world.cluster().await?;
    let secret = keys(namespace);
    let Some(found) = cluster.get(&secret).await? else { return Ok(()) };
    let leftovers = leftovers(&found.data["data"]);
    if leftovers.is_empty() {
        return Ok(());
    }
    let removed: serde_json::Map<String, Value> = leftovers.into_iter().map(|entry| (entry, Value::Null)).collect();
    cluster.merge(&secret, &json!({"data": removed})).await
}

/// The entries of gates among the data of the keys' Secret.
pub fn leftovers(data: &Value) -> Vec<String> {
    let is_gate = |text: &str| {
        use base64::Engine as _;
        let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap_or_default();
        let record: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        record["name"].as_str().is_some_and(|name| name.starts_with("gate-")) && !record["expires_at"].is_null()
    };
    let entries = data.as_object().into_iter().flatten();
    entries.filter(|(_, value)| value.as_str().is_some_and(is_gate)).map(|(name, _)| name.clone()).collect()
}

async fn target(world: &World, door: &Door, materials: &Materials) -> anyhow::Result<super::endpoint::Target> {
    let map = ObjectRef::new("v1", "ConfigMap", Some(&door.namespace), "homelab-ca");
    let cure = "homelabctl setup";
    let found = world.cluster().await?.get(&map).await?;
    let found = found
        .ok_or_else(|| Cause::new(Kind::Failed, format!("{map} is missing: nobody could verify the server"), cure))?;
    let ca = materials::entry(&found, "ca.crt").and_then(|bytes| String::from_utf8(bytes).ok());
    Ok(super::endpoint::Target {
        url: format!("https://{}/mcp", door.name),
        road: Road::to(&world.host, door, 443).await?,
        ca: ca.with_context(|| format!("{map} has no ca.crt"))?,
        key: materials.gate.key.clone().context("the gate has no key")?,
    })
}

/// Starts the load once the key is known everywhere. A server that does not answer now has nothing to lose: it is said, and no proof is made.
async fn watch(world: &World, door: &Door, materials: &mut Materials, tell: &dyn Fn(&Event)) -> anyhow::Result<()> {
    let target = target(world, door, materials).await?;
    let endpoint = Endpoint::new(&target, Manner::Crowd)?;
    if let Err(why) = succeed_in_a_row(&endpoint, tell).await {
        tell(&Event::Said { line: format!("what runs now does not answer, so there is nothing to watch: {why:#}") });
        return Ok(());
    }
    // now nothing is changed yet, and nothing has to be taken back
    own_address_is_kept(&endpoint, door, tell).await?;
    let load = Load { per_second: CALLS_PER_SECOND, ..Load::default() };
    materials.gate.prober = Some(Prober::start(&target, load)?);
    Ok(())
}

async fn prove(world: &World, door: &Door, materials: &mut Materials, tell: &dyn Fn(&Event)) -> anyhow::Result<()> {
    let target = target(world, door, materials).await?;
    let endpoint = Endpoint::new(&target, Manner::Client)?;
    succeed_in_a_row(&endpoint, tell).await.context("the new release does not answer at its real address")?;
    let server = endpoint.discover().await.context("it does not introduce itself")?;
    let spoken: Vec<String> = server.supported_versions.iter().map(ToString::to_string).collect();
    let tools = endpoint.list_tools().await.context("it does not list its tools")?;
    anyhow::ensure!(!tools.is_empty(), "it offers no tool");
    endpoint.call_tool(HARMLESS, json!({})).await.with_context(|| format!("its tool {HARMLESS} fails"))?;
    endpoint.health().await.context("/health fails")?;
    own_address_is_kept(&endpoint, door, tell).await?;
    tell(&Event::Said { line: format!("it speaks MCP {} and offers {} tools", spoken.join(", "), tools.len()) });
    materials.gate.stand = Some(door.stand);
    materials.gate.stop_watch().await;
    let Some(proof) = &materials.gate.proof else { return Ok(()) };
    tell(&Event::Said {
        line: format!(
            "{} calls during the switch, {} failed, longest gap {} ms, p99 {} ms",
            proof.calls, proof.failed, proof.longest_gap_ms, proof.p99_ms
        ),
    });
    if proof.failed > 0 {
        let first = materials
            .gate
            .lost
            .first()
            .map_or(String::new(), |lost| format!("; the first after {} ms: {}", lost.at_ms, lost.why));
        anyhow::bail!("{} of {} calls failed during the switch{first}", proof.failed, proof.calls);
    }
    Ok(())
}

/// An allow-list that sees somebody else's address admits or refuses the wrong ones. From the host nothing can be compared:
/// the host's own calls take another way in.
async fn own_address_is_kept(endpoint: &Endpoint, door: &Door, tell: &dyn Fn(&Event)) -> anyhow::Result<()> {
    if door.stand != Stand::Laptop {
        return Ok(());
    }
    let own = road::own_address(door.address).context("this machine has no way to the server's address any more")?;
    let seen = endpoint.seen_from().await.context("it does not introduce itself")?;
    let said = address_kept(own, seen).map_err(|why| {
        let cure = "homelabctl setup, which sets externalTrafficPolicy of the ingress Service to Local";
        Cause::new(Kind::Failed, why, cure)
    })?;
    tell(&Event::Said { line: said });
    Ok(())
}

/// Waits for calls that succeed one after the other.
async fn succeed_in_a_row(endpoint: &Endpoint, tell: &dyn Fn(&Event)) -> anyhow::Result<()> {
    let started = Instant::now();
    let mut row = 0;
    loop {
        match endpoint.ask("tools/list", Value::Null).await {
            Ok(_) => row += 1,
            Err(trouble) => {
                row = 0;
                if started.elapsed() > PATIENCE {
                    return Err(trouble.into());
                }
                tell(&Event::Waiting { what: trouble.to_string() });
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
        }
        if row == IN_A_ROW {
            return Ok(());
        }
    }
}
