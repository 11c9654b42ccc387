//! Secrets that lie in logs and files, masked on their way out.
//!
//! No list is complete. This one holds the forms that homelabs are full of: our own keys, well-known
//! token prefixes, bearer headers, JSON web tokens, private key blocks, passwords in URLs, and values
//! behind words such as `password`.

use std::borrow::Cow;

const MASKED: &str = "[masked]";

/// Prefixes that only secrets have.
const PREFIXES: &[&str] =
    &["hlk_", "ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "sk-", "AKIA", "eyJ", "hvs."];

/// A name that ends so is followed by a secret.
const NAMES: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "api_key",
    "apikey",
    "api-key",
    "private_key",
    "access_key",
];

/// The text with the secrets that we know masked.
pub(crate) fn mask(text: &str) -> Cow<'_, str> {
    let mut masked: Option<Vec<Cow<'_, str>>> = None;
    let mut in_key = false;
    for (index, line) in text.split('\n').enumerate() {
        let begins = line.contains("-----BEGIN ") && line.contains("PRIVATE KEY-----");
        let shown: Cow<'_, str> = if in_key || begins {
            in_key = !line.contains("-----END ");
            Cow::Borrowed(MASKED)
        } else {
            mask_line(line)
        };
        match (&mut masked, shown) {
            (None, Cow::Borrowed(same)) if std::ptr::eq(same, line) => {}
            (None, changed) => {
                let mut lines: Vec<Cow<'_, str>> = text.split('\n').take(index).map(Cow::Borrowed).collect();
                lines.push(changed);
                masked = Some(lines);
            }
            (Some(lines), shown) => lines.push(shown),
        }
    }
    masked.map_or(Cow::Borrowed(text), |lines| Cow::Owned(lines.join("\n")))
}

fn mask_line(line: &str) -> Cow<'_, str> {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    let lower = line.to_ascii_lowercase();
    for prefix in PREFIXES {
        for (at, _) in line.match_indices(prefix) {
            let starts_word = at == 0 || !line.as_bytes()[at - 1].is_ascii_alphanumeric();
            let end = word_end(line, at);
            if starts_word && end - at >= prefix.len() + 12 {
                spans.push((at, end));
            }
        }
    }
    for (at, _) in lower.match_indices("bearer ") {
        let start = at + "bearer ".len();
        spans.push((start, word_end(line, start)));
    }
    for name in NAMES {
        for (at, _) in lower.match_indices(name) {
            spans.extend(value_behind(line, at + name.len()));
        }
    }
    for (at, _) in line.match_indices("://") {
        spans.extend(password_in_url(line, at + 3));
    }
    cover(line, spans)
}

/// The text with these parts of it masked; parts that overlap are one.
pub(crate) fn cover(text: &str, mut spans: Vec<(usize, usize)>) -> Cow<'_, str> {
    spans.retain(|(start, end)| start < end);
    if spans.is_empty() {
        return Cow::Borrowed(text);
    }
    spans.sort_unstable();
    let mut shown = String::with_capacity(text.len());
    let mut done = 0;
    for (start, end) in spans {
        if start >= done {
            shown.push_str(&text[done..start]);
            shown.push_str(MASKED);
        }
        done = done.max(end);
    }
    shown.push_str(&text[done..]);
    Cow::Owned(shown)
}

/// End of the run of characters that tokens are made of.
fn word_end(line: &str, start: usize) -> usize {
    let token = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'+' | b'/' | b'=' | b'~');
    line.as_bytes()[start..].iter().position(|b| !token(*b)).map_or(line.len(), |length| start + length)
}

/// The value in `name=value`, `name: value`, `"name": "value"`, quoted or up to the next blank or comma.
fn value_behind(line: &str, after_name: usize) -> Option<(usize, usize)> {
    let bytes = line.as_bytes();
    let skip = |mut at: usize, wanted: &[u8]| {
        while bytes.get(at).is_some_and(|b| wanted.contains(b)) {
            at += 1;
        }
        at
    };
    let sign = skip(after_name, b"\"' ");
    if !matches!(bytes.get(sign), Some(b'=' | b':')) || bytes.get(sign + 1) == Some(&b':') {
        return None;
    }
    let start = skip(sign + 1, b" \t");
    let quote = bytes.get(start).copied().filter(|b| matches!(b, b'"' | b'\''));
    let start = start + usize::from(quote.is_some());
    let ends = |b: &u8| quote.map_or(matches!(b, b' ' | b'\t' | b',' | b'&' | b';' | b'}'), |quote| *b == quote);
    let end = bytes.get(start..)?.iter().position(ends).map_or(line.len(), |length| start + length);
    Some((start, end))
}

/// The password in `//user:password@host`.
fn password_in_url(line: &str, start: usize) -> Option<(usize, usize)> {
    let rest = &line[start..];
    let end = rest.find(['/', ' ', '"', '\'', '?']).unwrap_or(rest.len());
    let at = rest[..end].rfind('@')?;
    let colon = rest[..at].find(':')?;
    Some((start + colon + 1, start + at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planted_secrets_do_not_leave() {
        for (line, shown) in [
            ("nothing secret about tokens: 12 used", "nothing secret about tokens: 12 used"),
            ("key hlk_0123abcd_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA!", "key [masked]!"),
            ("Authorization: Bearer abc.def-ghi", "Authorization: Bearer [masked]"),
            ("DB_PASSWORD=hunter2 DB_HOST=db", "DB_PASSWORD=[masked] DB_HOST=db"),
            (r#"{"password": "hun ter,2", "user": "u"}"#, r#"{"password": "[masked]", "user": "u"}"#),
            ("api_key: 'x y' # why", "api_key: '[masked]' # why"),
            ("postgres://app:s3cret@db:5432/x", "postgres://app:[masked]@db:5432/x"),
            ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "jwt [masked]"),
            ("std::token::parse failed", "std::token::parse failed"),
            ("a task-force of risk-takers", "a task-force of risk-takers"),
            ("password=", "password="),
            ("größe password: süß.", "größe password: [masked]"),
        ] {
            assert_eq!(mask(line), shown);
        }
    }

    #[test]
    fn a_private_key_goes_as_a_whole() {
        let text = "a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nb";
        assert_eq!(mask(text), "a\n[masked]\n[masked]\n[masked]\nb");
        assert!(matches!(mask("a\nb\n"), Cow::Borrowed("a\nb\n")));
    }
}
