//! The certificates of `$SNAP_DATA/certs`: two authorities, the API server's and everybody's own.
//!
//! Names, subjects and lifetimes are MicroK8s'; keys are P-256 where MicroK8s has RSA, because they cost no time.

use std::net::IpAddr;

use anyhow::{Context, Result};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};
use time::{Duration, OffsetDateTime};

use super::{files, paths};

/// What a certificate is for.
pub struct Leaf {
    pub file: &'static str,
    pub authority: &'static str,
    pub common_name: String,
    pub organization: Option<&'static str>,
    pub days: i64,
    pub names: Vec<String>,
    pub addresses: Vec<IpAddr>,
}

/// The names of the API server's certificate in every MicroK8s.
const SERVER_NAMES: [&str; 5] = [
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster",
    "kubernetes.default.svc.cluster.local",
];

/// The API server's own certificate, as its template makes it from the node's addresses.
pub fn server(addresses: &[IpAddr], extra_names: &[String]) -> Leaf {
    let mut all = vec![IpAddr::from([127, 0, 0, 1]), IpAddr::from([10, 152, 183, 1])];
    all.extend_from_slice(addresses);
    let mut names: Vec<String> = SERVER_NAMES.iter().map(ToString::to_string).collect();
    names.extend_from_slice(extra_names);
    Leaf {
        file: "server",
        authority: "ca",
        common_name: "127.0.0.1".into(),
        organization: Some("Canonical"),
        days: 365,
        names,
        addresses: all,
    }
}

pub fn front_proxy_client() -> Leaf {
    client("front-proxy-client", "front-proxy-ca", "front-proxy-client", None, 365)
}

/// The certificate that a kubelet serves with and shows to the API server.
pub fn kubelet(node: &str, addresses: &[IpAddr]) -> Leaf {
    let mut leaf = client("kubelet", "ca", &format!("system:node:{node}"), Some("system:nodes"), 3650);
    leaf.names = vec![node.to_owned()];
    leaf.addresses = addresses.to_vec();
    leaf
}

/// The certificates of those who only talk to the API server.
pub fn clients() -> [Leaf; 6] {
    [
        client("client", "ca", "admin", Some("system:masters"), 3650),
        client("controller", "ca", "system:kube-controller-manager", None, 3650),
        client("scheduler", "ca", "system:kube-scheduler", None, 3650),
        client("proxy", "ca", "system:kube-proxy", None, 3650),
        // Calico's pods have a service account; its process here has a certificate.
        client("calico", "ca", "calico", Some("system:masters"), 3650),
        client("apiserver-kubelet-client", "ca", "kube-apiserver-kubelet-client", Some("system:masters"), 3650),
    ]
}

fn client(
    file: &'static str,
    authority: &'static str,
    common_name: &str,
    organization: Option<&'static str>,
    days: i64,
) -> Leaf {
    Leaf {
        file,
        authority,
        common_name: common_name.to_owned(),
        organization,
        days,
        names: Vec::new(),
        addresses: Vec::new(),
    }
}

/// Makes an authority in `certs/NAME.crt` and `.key`.
pub fn make_authority(name: &str, common_name: &str) -> Result<()> {
    let key = KeyPair::generate().context("cannot make a key")?;
    let mut params = params(common_name, None, 3650);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
    let certificate = params.self_signed(&key)?;
    save(name, &certificate.pem(), &key)
}

/// Makes `certs/FILE.crt` and `.key`, signed by its authority.
pub fn make(leaf: &Leaf) -> Result<()> {
    let (certificate, key) = sign(leaf)?;
    save(leaf.file, &certificate, &key)
}

/// A certificate for a leaf, from the authority's files.
pub fn sign(leaf: &Leaf) -> Result<(String, KeyPair)> {
    let authority = leaf.authority;
    let authority_key = KeyPair::from_pem(&files::read(path(authority, "key"))?)
        .with_context(|| format!("the key of {authority} is no key"))?;
    let issuer = Issuer::from_ca_cert_pem(&files::read(path(authority, "crt"))?, authority_key)
        .with_context(|| format!("{authority} is no authority"))?;
    let key = KeyPair::generate().context("cannot make a key")?;
    let mut params = params(&leaf.common_name, leaf.organization, leaf.days);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    for name in &leaf.names {
        params.subject_alt_names.push(SanType::DnsName(name.as_str().try_into()?));
    }
    for address in &leaf.addresses {
        params.subject_alt_names.push(SanType::IpAddress(*address));
    }
    let certificate = params.signed_by(&key, &issuer)?;
    Ok((certificate.pem(), key))
}

/// The key that signs the tokens of service accounts. The public half comes first: Kubernetes reads it from the same file.
pub fn make_service_account_key() -> Result<()> {
    let key = KeyPair::generate().context("cannot make a key")?;
    let both = format!("{}{}", key.public_key_pem(), key.serialize_pem());
    files::write(path("serviceaccount", "key"), both, 0o660)
}

/// Days until `certs/FILE.crt` is no longer valid.
pub fn days_left(file: &str, now: OffsetDateTime) -> Result<i64> {
    let pem = files::read(path(file, "crt"))?;
    Ok((not_after(&pem)? - now).whole_days())
}

/// SHA-256 of a certificate, the first twelve digits: how `add-node` tells a joining node whom to trust.
pub fn fingerprint(pem: &str) -> Result<String> {
    use sha2::Digest as _;
    let der = der(pem)?;
    Ok(hex::encode(sha2::Sha256::digest(der))[..12].to_owned())
}

/// The bytes of the first certificate of a PEM text.
pub fn der(pem: &str) -> Result<Vec<u8>> {
    use base64::Engine as _;
    let body: String = pem
        .lines()
        .skip_while(|line| *line != "-----BEGIN CERTIFICATE-----")
        .skip(1)
        .take_while(|line| !line.starts_with("-----END"))
        .collect();
    base64::engine::general_purpose::STANDARD.decode(body).context("this is no certificate")
}

/// The end of validity: the second of the two times that stand next to each other in a certificate.
fn not_after(pem: &str) -> Result<OffsetDateTime> {
    let der = der(pem)?;
    let times: Vec<OffsetDateTime> = der.windows(15).filter_map(utc_time).collect();
    times.get(1).copied().context("the certificate has no end")
}

/// A DER `UTCTime` of 13 characters.
fn utc_time(bytes: &[u8]) -> Option<OffsetDateTime> {
    let [0x17, 13, text @ ..] = bytes else {
        return None;
    };
    let text = std::str::from_utf8(text).ok()?;
    let format = time::macros::format_description!("[year repr:full][month][day][hour][minute][second]Z");
    time::PrimitiveDateTime::parse(&format!("20{text}"), format).ok().map(time::PrimitiveDateTime::assume_utc)
}

fn params(common_name: &str, organization: Option<&str>, days: i64) -> CertificateParams {
    let mut params = CertificateParams::default();
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, common_name);
    if let Some(organization) = organization {
        subject.push(DnType::OrganizationName, organization);
    }
    params.distinguished_name = subject;
    // A minute of tolerance, or a clock that differs a little refuses a new certificate.
    let now = OffsetDateTime::now_utc();
    params.not_before = now - Duration::minutes(1);
    params.not_after = now + Duration::days(days);
    params.use_authority_key_identifier_extension = true;
    params
}

fn save(name: &str, certificate: &str, key: &KeyPair) -> Result<()> {
    files::write(path(name, "crt"), certificate, 0o660)?;
    files::write(path(name, "key"), key.serialize_pem(), 0o660)
}

fn path(name: &str, extension: &str) -> String {
    paths::data(&format!("certs/{name}.{extension}"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_certificate_is_read() {
        let key = KeyPair::generate().unwrap();
        let pem = params("x", None, 365).self_signed(&key).unwrap().pem();
        let left = not_after(&pem).unwrap() - OffsetDateTime::now_utc();
        assert_eq!((left + Duration::minutes(1)).whole_days(), 365);
        assert_eq!(fingerprint(&pem).unwrap().len(), 12);
    }

    #[test]
    fn a_server_has_the_names_of_microk8s() {
        let leaf = server(&["192.168.1.104".parse().unwrap()], &["lab".into()]);
        assert_eq!(leaf.names.len(), 6);
        assert_eq!(leaf.addresses[2].to_string(), "192.168.1.104");
        assert_eq!(leaf.days, 365);
    }
}
