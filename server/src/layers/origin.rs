//! Only by the names that this server has, and from no web page that it does not know.
//!
//! A page in a browser can make a name of its own point at this server (DNS rebinding) and then call it
//! with the person's network position; the Host and Origin headers give it away.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode, Uri, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::Gate;

/// Names that every server has.
pub(crate) const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Names, each with a port or for every port.
pub(super) struct Hosts(Vec<(String, Option<u16>)>);

/// Origins: scheme, name, and a port or every port.
pub(super) struct Origins(Vec<(String, String, Option<u16>)>);

impl Hosts {
    pub(super) fn new(allowed: &[String]) -> Self {
        let all = LOOPBACK.into_iter().map(str::to_owned).chain(allowed.iter().cloned());
        Self(all.filter_map(|text| split(&text)).collect())
    }

    fn know(&self, authority: &str) -> bool {
        split(authority).is_some_and(|(name, port)| {
            self.0.iter().any(|(own, own_port)| *own == name && own_port.is_none_or(|own_port| Some(own_port) == port))
        })
    }
}

impl Origins {
    pub(super) fn new(allowed: &[String]) -> Self {
        let parse = |text: &String| {
            let (scheme, rest) = text.split_once("://")?;
            let (name, port) = match rest.strip_suffix(":*") {
                Some(name) => (name.to_ascii_lowercase(), None),
                None => split(rest)?,
            };
            Some((scheme.to_owned(), name, port))
        };
        Self(allowed.iter().filter_map(parse).collect())
    }

    fn know(&self, origin: &str) -> bool {
        let Some((scheme, rest)) = origin.split_once("://") else {
            return false;
        };
        let Some((name, port)) = split(rest) else {
            return false;
        };
        let port = port.or(match scheme {
            "https" => Some(443),
            "http" => Some(80),
            _ => None,
        });
        self.0.iter().any(|(own_scheme, own, own_port)| {
            own_scheme == scheme && *own == name && own_port.is_none_or(|own_port| Some(own_port) == port)
        })
    }
}

fn split(text: &str) -> Option<(String, Option<u16>)> {
    let authority: Authority = text.parse().ok()?;
    // `user@host` is no name of a host.
    (!text.contains('@')).then(|| (authority.host().to_ascii_lowercase(), authority.port_u16()))
}

pub(super) async fn a_known_name(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    if !host(request.headers(), request.uri()).is_some_and(|host| gate.hosts.know(host)) {
        return refuse("host", "this server does not go by that name: add it to allowed_hosts");
    }
    let mut origins = request.headers().get_all(header::ORIGIN).iter();
    if !origins.all(|origin| origin.to_str().is_ok_and(|origin| gate.origins.know(origin))) {
        return refuse("origin", "web pages of that origin may not call: add it to allowed_origins");
    }
    next.run(request).await
}

fn refuse(why: &'static str, text: &'static str) -> Response {
    metrics::counter!("homelab_mcp_refused_total", "why" => why).increment(1);
    (StatusCode::FORBIDDEN, text).into_response()
}

/// The one Host header; with HTTP/2 the authority stands in its place. Two that differ are none.
fn host<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    let mut given = headers.get_all(header::HOST).iter();
    let (first, second) = (given.next(), given.next());
    let header = first.map(|value| value.to_str().unwrap_or_default());
    match (header, second, uri.authority()) {
        (Some(host), None, None) => Some(host),
        (Some(host), None, Some(authority)) => Some(host).filter(|host| *host == authority.as_str()),
        (None, None, Some(authority)) => Some(authority.as_str()),
        (_, Some(_), _) | (None, None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_port_stands_for_every_port() {
        let hosts = Hosts::new(&["mcp.homelab.local".to_owned(), "other:8443".to_owned()]);
        for good in ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]:80", "mcp.homelab.local:443", "other:8443"] {
            assert!(hosts.know(good), "{good}");
        }
        for bad in
            ["", "evil.example", "other", "other:1", "mcp.homelab.local.evil.example", "x@localhost", "::1", "a b"]
        {
            assert!(!hosts.know(bad), "{bad}");
        }
    }

    #[test]
    fn an_origin_is_scheme_name_and_port() {
        let origins = Origins::new(&["https://app.example:443".to_owned(), "http://localhost:*".to_owned()]);
        for good in ["https://app.example", "https://app.example:443", "http://localhost:6274", "http://localhost"] {
            assert!(origins.know(good), "{good}");
        }
        for bad in ["null", "", "http://app.example", "https://app.example:444", "https://localhost:1", "https://evil"]
        {
            assert!(!origins.know(bad), "{bad}");
        }
        assert!(!Origins::new(&[]).know("https://mcp.homelab.local"));
    }

    #[test]
    fn two_hosts_are_none() {
        let uri: Uri = "/mcp".parse().unwrap_or_default();
        let mut headers = HeaderMap::new();
        assert_eq!(host(&headers, &uri), None);
        headers.append(header::HOST, header::HeaderValue::from_static("a"));
        assert_eq!(host(&headers, &uri), Some("a"));
        headers.append(header::HOST, header::HeaderValue::from_static("b"));
        assert_eq!(host(&headers, &uri), None);
        let full: Uri = "http://evil/mcp".parse().unwrap_or_default();
        headers.remove(header::HOST);
        assert_eq!(host(&headers, &full), Some("evil"));
    }
}
