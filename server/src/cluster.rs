//! The Kubernetes API as this server uses it: bounded calls, and errors in words.

use std::{future::Future, time::Duration};

use kube::{Client, Config};

use crate::tools::Trouble;

/// How long a short call may take. Watches have no such bound.
const PATIENCE: Duration = Duration::from_secs(8);

/// A client for this config. It repeats nothing by itself: a tool's caller rather hears of the trouble.
pub(crate) fn client(mut config: Config) -> Result<Client, kube::Error> {
    config.default_retry = false;
    config.connect_timeout = Some(Duration::from_secs(3));
    config.write_timeout = Some(PATIENCE);
    Client::try_from(config)
}

/// One short call, and what a model can make of its failure.
pub(crate) async fn ask<T>(what: &str, call: impl Future<Output = Result<T, kube::Error>>) -> Result<T, Trouble> {
    match tokio::time::timeout(PATIENCE, call).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(kube::Error::Api(status))) => Err(Trouble(format!("cannot {what}: {}", status.message))),
        Ok(Err(error)) => {
            tracing::warn!(%error, "the Kubernetes API does not answer");
            Err(Trouble(format!("cannot {what}: the Kubernetes API does not answer; try again in a minute")))
        }
        Err(_) => Err(Trouble(format!("cannot {what}: the Kubernetes API was silent for {PATIENCE:?}"))),
    }
}

/// Whether this text is a name that Kubernetes could have given.
pub(crate) fn name<'a>(kind: &str, text: &'a str) -> Result<&'a str, Trouble> {
    let good = (1..=253).contains(&text.len())
        && text.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        });
    if good { Ok(text) } else { Err(Trouble(format!("that is no name of a {kind}"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_are_names() {
        for good in ["a", "traefik-7d", "web-0", "a.b-c"] {
            assert!(name("pod", good).is_ok(), "{good}");
        }
        for bad in ["", ".", "..", "a/b", "../secrets/x", "A", "-a", "a-", "a b", "a?x=1", "a%2fb", "--server"] {
            assert!(name("pod", bad).is_err(), "{bad}");
        }
    }
}
