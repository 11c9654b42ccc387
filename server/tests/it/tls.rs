//! Its own TLS, as when it runs on a laptop without an ingress.

use homelab_mcp::config::Tls;
use serde_json::json;

use crate::support::{Bench, http, modern_by, until};

#[tokio::test]
async fn it_serves_both_http_versions_over_tls() {
    http();
    let folder = tempfile::tempdir().unwrap();
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let tls = Tls { cert: folder.path().join("tls.crt"), key: folder.path().join("tls.key") };
    std::fs::write(&tls.cert, own.cert.pem()).unwrap();
    std::fs::write(&tls.key, own.signing_key.serialize_pem()).unwrap();
    let root = reqwest::Certificate::from_pem(own.cert.pem().as_bytes()).unwrap();
    let bench = Bench::unready(|settings| settings.tls = Some(tls)).await;
    let url = format!("https://localhost:{}", bench.running.address.port());
    for (build, version) in [
        (reqwest::Client::builder().http1_only(), reqwest::Version::HTTP_11),
        (reqwest::Client::builder(), reqwest::Version::HTTP_2),
    ] {
        let http = build.no_proxy().tls_certs_only([root.clone()]).build().unwrap();
        until("ready", async || http.get(format!("{url}/readyz")).send().await.is_ok_and(|r| r.status() == 200)).await;
        let call = modern_by(&http, &url, "tools/call", json!({"name": "system_overview", "arguments": {}}));
        let answer = call.bearer_auth(bench.reader.reveal()).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.version()), (200, version));
    }
}
