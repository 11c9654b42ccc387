//! A certificate as facts: what it says, who signed it and until when.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::Serialize;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use x509_parser::{
    extensions::{GeneralName, ParsedExtension},
    parse_x509_certificate,
    pem::parse_x509_pem,
    prelude::X509Certificate,
    time::ASN1Time,
};

use super::{Constraints, Names};
use crate::config::Lan;

/// Why a PEM text is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    #[error("no PEM block in it")]
    NoPem,
    #[error("its PEM block is a {0}, not a CERTIFICATE")]
    OtherBlock(String),
    #[error("its bytes are no X.509 certificate")]
    NotX509,
}

/// The first certificate of a PEM text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Certificate {
    pub subject: String,
    pub issuer: String,
    pub names: Names,
    #[serde(with = "time::serde::rfc3339")]
    pub not_before: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub not_after: OffsetDateTime,
    /// SHA-256 over the DER, lower hex.
    pub fingerprint: String,
    /// What it may sign for, when it is a CA with name constraints.
    pub constraints: Option<Constraints>,
    #[serde(skip)]
    der: Vec<u8>,
}

impl Certificate {
    pub fn read(pem: &str) -> Result<Self, Unreadable> {
        let (_, block) = parse_x509_pem(pem.as_bytes()).map_err(|_| Unreadable::NoPem)?;
        if block.label != "CERTIFICATE" {
            return Err(Unreadable::OtherBlock(block.label));
        }
        let (_, x509) = parse_x509_certificate(&block.contents).map_err(|_| Unreadable::NotX509)?;
        Ok(Self {
            subject: common_name(x509.subject()),
            issuer: common_name(x509.issuer()),
            names: names(&x509),
            not_before: moment(x509.validity().not_before),
            not_after: moment(x509.validity().not_after),
            fingerprint: hex::encode(Sha256::digest(&block.contents)),
            constraints: constraints(&x509),
            der: block.contents.clone(),
        })
    }

    /// The certificate as DER, the form in which rustls wants it.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whole days until it ends; negative afterwards.
    pub fn days_left(&self, now: OffsetDateTime) -> i64 {
        (self.not_after - now).whole_days()
    }

    /// Whether this certificate was signed with the key of `ca`. Two CAs may have the same name, so the signature counts.
    pub fn issued_by(&self, ca: &Self) -> bool {
        let (Ok((_, own)), Ok((_, signer))) = (parse_x509_certificate(&self.der), parse_x509_certificate(&ca.der))
        else {
            return false;
        };
        own.verify_signature(Some(signer.public_key())).is_ok()
    }

    /// Whether `raw` (the subject public key's bits) is this certificate's key.
    pub(super) fn has_public_key(&self, raw: &[u8]) -> bool {
        parse_x509_certificate(&self.der)
            .is_ok_and(|(_, x509)| x509.public_key().subject_public_key.data.as_ref() == raw)
    }
}

fn common_name(name: &x509_parser::x509::X509Name<'_>) -> String {
    let found = name.iter_common_name().next().and_then(|attribute| attribute.as_str().ok());
    found.map_or_else(|| name.to_string(), str::to_owned)
}

fn moment(time: ASN1Time) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(time.timestamp()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn names(x509: &X509Certificate<'_>) -> Names {
    let mut names = Names::default();
    let Ok(Some(alternative)) = x509.subject_alternative_name() else { return names };
    for name in &alternative.value.general_names {
        match name {
            GeneralName::DNSName(name) => {
                names.dns.insert(name.to_ascii_lowercase());
            }
            GeneralName::IPAddress(bytes) => names.addresses.extend(address(bytes)),
            // Nothing that a server is reached by.
            _ => (),
        }
    }
    names
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(bytes).map(|b| IpAddr::V4(Ipv4Addr::from(b)));
    four.or_else(|_| <[u8; 16]>::try_from(bytes).map(|b| IpAddr::V6(Ipv6Addr::from(b)))).ok()
}

fn constraints(x509: &X509Certificate<'_>) -> Option<Constraints> {
    let found = x509.extensions().iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::NameConstraints(found) => Some(found),
        _ => None,
    })?;
    let mut constraints = Constraints { dns: Vec::new(), networks: Vec::new() };
    for subtree in found.permitted_subtrees.iter().flatten() {
        match &subtree.base {
            GeneralName::DNSName(name) => constraints.dns.push(name.to_ascii_lowercase()),
            GeneralName::IPAddress(bytes) => constraints.networks.extend(network(bytes)),
            // We never ask for names of another kind.
            _ => (),
        }
    }
    Some(constraints)
}

/// A mask with holes is no network.
fn network(bytes: &[u8]) -> Option<Lan> {
    let (address, mask) = bytes.split_first_chunk::<4>()?;
    let mask = u32::from_be_bytes(mask.try_into().ok()?);
    let lan = Lan { address: Ipv4Addr::from(*address), prefix: u8::try_from(mask.leading_ones()).ok()? };
    (lan.mask() == mask).then_some(lan)
}
