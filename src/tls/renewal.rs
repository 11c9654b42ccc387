//! Whether the server's certificate has to be made anew, and why.

use std::fmt;

use rcgen::KeyPair;
use serde::Serialize;
use time::OffsetDateTime;

use super::{Certificate, Names, Unreadable};

/// The leaf as it lies in the cluster. The key itself is not kept, only whether it fits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Leaf {
    pub certificate: Certificate,
    pub key_fits: bool,
}

impl Leaf {
    pub fn read(certificate_pem: &str, key_pem: &str) -> Result<Self, Unreadable> {
        let certificate = Certificate::read(certificate_pem)?;
        let key_fits = KeyPair::from_pem(key_pem).is_ok_and(|key| certificate.has_public_key(key.public_key_raw()));
        Ok(Self { certificate, key_fits })
    }
}

/// Why a new leaf is due. `Display` completes "the certificate is renewed: …".
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum Why {
    Missing,
    KeyMismatch,
    OtherIssuer { issuer: String },
    NamesDiffer { present: Names, wanted: Names },
    Expires { days_left: i64 },
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("there is none"),
            Self::KeyMismatch => f.write_str("its key does not fit"),
            Self::OtherIssuer { issuer } => write!(f, "it was issued by `{issuer}`, not by the homelab's CA"),
            Self::NamesDiffer { present, wanted } => write!(f, "it is for {present}, not for {wanted}"),
            Self::Expires { days_left } if *days_left < 0 => f.write_str("it has expired"),
            Self::Expires { days_left: 1 } => f.write_str("it expires in 1 day"),
            Self::Expires { days_left } => write!(f, "it expires in {days_left} days"),
        }
    }
}

/// The first reason to make a new leaf; `None` leaves the present one alone.
pub fn due(
    leaf: Option<&Leaf>,
    ca: &Certificate,
    wanted: &Names,
    now: OffsetDateTime,
    renew_before_days: u32,
) -> Option<Why> {
    let Some(Leaf { certificate, key_fits }) = leaf else { return Some(Why::Missing) };
    if !key_fits {
        return Some(Why::KeyMismatch);
    }
    if !certificate.issued_by(ca) {
        return Some(Why::OtherIssuer { issuer: certificate.issuer.clone() });
    }
    if certificate.names != *wanted {
        return Some(Why::NamesDiffer { present: certificate.names.clone(), wanted: wanted.clone() });
    }
    let days_left = certificate.days_left(now);
    (days_left < i64::from(renew_before_days)).then_some(Why::Expires { days_left })
}
