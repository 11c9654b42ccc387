//! What the homelab's CA may and may not speak for, judged by those who will meet its certificates: rustls, Go, OpenSSL and Node.
//!
//! rustls and Go are always there. OpenSSL and Node are asked where the machine has them; where not, the test says so.
#![expect(clippy::disallowed_methods, reason = "the judges are other programs")]

use std::{
    fs,
    io::Write as _,
    net::Ipv4Addr,
    path::Path,
    process::{Command, Output},
    sync::Arc,
};

use homelabctl::{
    config::Lan,
    tls::{Authority, Constraints, Names},
};
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::{
    RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier as _},
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _};
use time::OffsetDateTime;

const NAME: &str = "mcp.homelab.local";

/// A certificate, the name that a client asks for, and whether it may be content.
struct Case {
    about: &'static str,
    leaf: String,
    key: String,
    asked: &'static str,
    good: bool,
}

/// A judge says whether a client of its kind accepts `leaf.pem` for the name; `None` means that the machine does not have it.
type Judge = fn(&Path, &Case) -> Option<bool>;

#[test]
fn every_kind_of_client_keeps_to_the_constraints_of_the_ca() {
    let lan = Lan { address: Ipv4Addr::new(192, 168, 1, 0), prefix: 24 };
    let now = OffsetDateTime::now_utc();
    let ca = Authority::create("CA of a test", &Constraints::of_homelab(NAME, lan), now).unwrap();
    let judges: [(&str, Judge); 4] = [("rustls", rustls), ("Go", go), ("OpenSSL", openssl), ("Node", node)];
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("ca.pem"), &ca.certificate).unwrap();
    prepare_go(folder.path());

    let mut absent = std::collections::BTreeSet::new();
    for case in cases(&ca.certificate, &ca.key, now) {
        fs::write(folder.path().join("leaf.pem"), &case.leaf).unwrap();
        fs::write(folder.path().join("leaf.key"), &case.key).unwrap();
        for (who, judge) in judges {
            match judge(folder.path(), &case) {
                Some(accepted) => assert_eq!(accepted, case.good, "{who}: {}, asked as {}", case.about, case.asked),
                None => drop(absent.insert(who)),
            }
        }
    }
    for who in absent {
        assert!(["OpenSSL", "Node"].contains(&who), "{who} is needed for this test");
        // Past the capture of the test's output: what was not judged must be seen.
        let _ = writeln!(std::io::stderr(), "note: {who} is not on this machine, so it did not judge the certificates");
    }
}

fn cases(ca: &str, ca_key: &str, now: OffsetDateTime) -> Vec<Case> {
    let lan = Lan { address: Ipv4Addr::new(192, 168, 1, 0), prefix: 24 };
    let names = Names::of_server(NAME, Ipv4Addr::new(192, 168, 1, 200), Some(Ipv4Addr::new(192, 168, 1, 104)), lan);
    let ours = Authority::load(ca, ca_key).unwrap().issue(&names, now).unwrap();
    let mut cases: Vec<_> = [
        (NAME, true),
        ("192.168.1.200", true),
        ("192.168.1.104", true),
        ("homelab.local", false),
        ("192.168.1.1", false),
    ]
    .into_iter()
    .map(|(asked, good)| Case { about: "our leaf", leaf: ours.certificate.clone(), key: ours.key.clone(), asked, good })
    .collect();

    // What a thief of the CA's key would make: our code refuses to, so rcgen signs it.
    let stolen = |about: &'static str, names: &[&str], asked: &'static str, good: bool| {
        let issuer = Issuer::from_ca_cert_pem(ca, KeyPair::from_pem(ca_key).unwrap()).unwrap();
        let mut params =
            CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.not_before = now - time::Duration::hours(1);
        params.not_after = now + time::Duration::days(30);
        let key = KeyPair::generate().unwrap();
        Case { about, leaf: params.signed_by(&key, &issuer).unwrap().pem(), key: key.serialize_pem(), asked, good }
    };
    cases.extend([
        stolen("a name below ours", &["canary.mcp.homelab.local"], "canary.mcp.homelab.local", true),
        stolen("a bank", &["bank.example"], "bank.example", false),
        stolen("the domain above ours", &["homelab.local"], "homelab.local", false),
        stolen("a name that ends like ours", &["xmcp.homelab.local"], "xmcp.homelab.local", false),
        stolen("an address outside of the LAN", &["8.8.8.8"], "8.8.8.8", false),
        stolen("a neighbour network", &["192.168.2.200"], "192.168.2.200", false),
        stolen("ours and a bank together", &[NAME, "bank.example"], NAME, false),
    ]);
    cases
}

fn rustls(folder: &Path, case: &Case) -> Option<bool> {
    let certificate = |pem: &[u8]| CertificateDer::from_pem_slice(pem).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate(&fs::read(folder.join("ca.pem")).unwrap())).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
    let name = ServerName::try_from(case.asked).unwrap();
    Some(verifier.verify_server_cert(&certificate(case.leaf.as_bytes()), &[], &name, &[], UnixTime::now()).is_ok())
}

const GO: &str = r#"package main

import ("crypto/x509"; "encoding/pem"; "fmt"; "os")

func certificate(path string) *x509.Certificate {
	text, err := os.ReadFile(path)
	if err != nil { panic(err) }
	block, _ := pem.Decode(text)
	found, err := x509.ParseCertificate(block.Bytes)
	if err != nil { panic(err) }
	return found
}

func main() {
	roots := x509.NewCertPool()
	roots.AddCert(certificate("ca.pem"))
	_, err := certificate("leaf.pem").Verify(x509.VerifyOptions{Roots: roots, DNSName: os.Args[1]})
	fmt.Print(err == nil)
}
"#;

fn prepare_go(folder: &Path) {
    fs::write(folder.join("judge.go"), GO).unwrap();
    let built = Command::new("go")
        .args(["build", "-o", "judge", "judge.go"])
        .env("GO111MODULE", "off")
        .current_dir(folder)
        .output();
    let built = built.expect("Go is one of the three things that this repository needs");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
}

fn go(folder: &Path, case: &Case) -> Option<bool> {
    let output = Command::new(folder.join("judge")).arg(case.asked).current_dir(folder).output().unwrap();
    match String::from_utf8_lossy(&output.stdout).as_ref() {
        "true" => Some(true),
        "false" => Some(false),
        _ => panic!("the Go program broke: {}", String::from_utf8_lossy(&output.stderr)),
    }
}

fn openssl(folder: &Path, case: &Case) -> Option<bool> {
    let how = if case.asked.parse::<Ipv4Addr>().is_ok() { "-verify_ip" } else { "-verify_hostname" };
    let arguments =
        ["verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", "ca.pem", how, case.asked, "leaf.pem"];
    Some(output_of("openssl", &arguments, folder)?.status.success())
}

/// A real handshake on the loopback; Node's own check of names is asked for the name.
const NODE: &str = r#"
const tls = require('tls'), fs = require('fs'), asked = process.argv[1];
const server = tls.createServer({ cert: fs.readFileSync('leaf.pem'), key: fs.readFileSync('leaf.key') }, s => s.end());
server.on('tlsClientError', () => {});
server.listen(0, '127.0.0.1', () => {
  const end = word => { console.log(word); process.exit(0); };
  const client = tls.connect({
    host: '127.0.0.1', port: server.address().port, ca: fs.readFileSync('ca.pem'),
    checkServerIdentity: (_, certificate) => tls.checkServerIdentity(asked, certificate),
  }, () => end('accepted'));
  client.on('error', error => end('refused ' + error.code));
});
"#;

fn node(folder: &Path, case: &Case) -> Option<bool> {
    let output = output_of("node", &["-e", NODE, case.asked], folder)?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        said.starts_with("accepted") || said.starts_with("refused"),
        "node broke: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(said.starts_with("accepted"))
}

/// `None` when there is no such program.
fn output_of(program: &str, arguments: &[&str], folder: &Path) -> Option<Output> {
    match Command::new(program).args(arguments).current_dir(folder).output() {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => panic!("cannot run {program}: {error}"),
    }
}
