//! The homelab's CA: made once, loaded from its Secret afterwards, and it signs what its constraints admit.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CidrSubnet, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SerialNumber,
};
use ring::rand::{SecureRandom, SystemRandom};
use time::{Duration, OffsetDateTime};

use super::{Certificate, Constraints, Names, Unreadable};

/// Apple refuses server certificates above 398 days; the hour before `now` counts as well.
pub const LEAF_DAYS: i64 = 397;
const CA_DAYS: i64 = 3650;
/// Clocks of a homelab differ: what is made now is valid at a clock that is a little late.
const BACKDATED: Duration = Duration::hours(1);

/// The command is not there yet, and a person must not be sent to it as if it were.
const ROTATE: &str =
    "write it as it was; a new CA (`tls rotate-ca`, in a later release) has to be trusted anew by every client";

/// Why the CA does not sign, or cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("the homelab's CA may speak for {permitted} only, not for {}", .names.join(", "))]
    Outside { names: Vec<String>, permitted: Constraints },
    #[error("the CA's key does not belong to its certificate")]
    ForeignKey,
    #[error("the CA ended on {}", .0.date())]
    Expired(OffsetDateTime),
    #[error("cannot read the CA's certificate")]
    Certificate(#[source] Unreadable),
    #[error("cannot read the CA's key (it must be PKCS#8 in PEM)")]
    Key(#[source] rcgen::Error),
    #[error("the system gives no random numbers")]
    Random,
    #[error("cannot make the certificate")]
    Making(#[from] rcgen::Error),
}

impl Refusal {
    /// What to do about it, where something can be done.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Outside { .. } => Some(ROTATE),
            Self::Expired(_)
            | Self::ForeignKey
            | Self::Certificate(_)
            | Self::Key(_)
            | Self::Random
            | Self::Making(_) => None,
        }
    }
}

/// A certificate with its key, both PEM. Debug does not print the key.
#[derive(Clone, PartialEq, Eq)]
pub struct Issued {
    pub certificate: String,
    pub key: String,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issued").field("certificate", &self.certificate).field("key", &"(secret)").finish()
    }
}

/// The CA with its key, ready to sign.
pub struct Authority {
    certificate: Certificate,
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// A new CA. Its name tells it from another homelab's in a list of trusted certificates.
    pub fn create(name: &str, constraints: &Constraints, now: OffsetDateTime) -> Result<Issued, Refusal> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name = common_name(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.name_constraints = Some(subtrees(constraints));
        params.not_before = now - BACKDATED;
        params.not_after = now + Duration::days(CA_DAYS);
        params.serial_number = Some(serial()?);
        let made = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        Ok(Issued { certificate: made.pem(), key: made.key().serialize_pem() })
    }

    /// The CA as its Secret holds it. rcgen would take any key, so that they belong together is checked here.
    pub fn load(certificate_pem: &str, key_pem: &str) -> Result<Self, Refusal> {
        let certificate = Certificate::read(certificate_pem).map_err(Refusal::Certificate)?;
        let key = KeyPair::from_pem(key_pem).map_err(Refusal::Key)?;
        if !certificate.has_public_key(key.public_key_raw()) {
            return Err(Refusal::ForeignKey);
        }
        let issuer = Issuer::from_ca_cert_pem(certificate_pem, key)?;
        Ok(Self { certificate, pem: certificate_pem.to_owned(), issuer })
    }

    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// A leaf for these names with a new key.
    pub fn issue(&self, names: &Names, now: OffsetDateTime) -> Result<Issued, Refusal> {
        self.certificate.admits(names)?;
        if self.certificate.not_after <= now {
            return Err(Refusal::Expired(self.certificate.not_after));
        }
        let texts = names.texts();
        let mut params = CertificateParams::new(texts.clone())?;
        params.distinguished_name = common_name(texts.first().map_or("homelab-mcp", String::as_str));
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.not_before = now - BACKDATED;
        params.not_after = (params.not_before + Duration::days(LEAF_DAYS)).min(self.certificate.not_after);
        params.serial_number = Some(serial()?);
        let key = KeyPair::generate()?;
        Ok(Issued { certificate: params.signed_by(&key, &self.issuer)?.pem(), key: key.serialize_pem() })
    }
}

impl Certificate {
    /// Whether a CA with this certificate may speak for all of the names.
    pub fn admits(&self, names: &Names) -> Result<(), Refusal> {
        let Some(permitted) = &self.constraints else { return Ok(()) };
        let refused = permitted.refused(names);
        if refused.is_empty() {
            return Ok(());
        }
        Err(Refusal::Outside { names: refused, permitted: permitted.clone() })
    }
}

fn subtrees(constraints: &Constraints) -> NameConstraints {
    let dns = constraints.dns.iter().cloned().map(GeneralSubtree::DnsName);
    let networks = constraints
        .networks
        .iter()
        .map(|network| GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix(network.address.octets(), network.prefix)));
    NameConstraints { permitted_subtrees: dns.chain(networks).collect(), excluded_subtrees: Vec::new() }
}

fn common_name(text: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, text);
    name
}

/// Positive and always 16 bytes long.
fn serial() -> Result<SerialNumber, Refusal> {
    let mut bytes = [0u8; 16];
    SystemRandom::new().fill(&mut bytes).map_err(|_| Refusal::Random)?;
    bytes[0] = bytes[0] & 0x7f | 0x40;
    Ok(SerialNumber::from_slice(&bytes))
}
