//! The credentials that the server was given: none of them leaves it, whoever wrote it into a log or a file.

use std::{borrow::Cow, fs, path::Path};

use anyhow::Context as _;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};

use crate::text;

/// Shorter ones would mask ordinary words, and tell by the gaps what they are.
const SHORTEST: usize = 6;

/// The forms in which a credential could leave: as it is, line by line, and in base64.
#[derive(Default)]
pub(crate) struct Credentials {
    forms: Vec<Vec<u8>>,
}

impl Credentials {
    /// Reads every file of the folder. Without all of them nothing could be masked, so an unreadable one is an error.
    pub(crate) fn read(folder: Option<&Path>) -> anyhow::Result<Self> {
        let mut credentials = Self::default();
        let Some(folder) = folder else { return Ok(credentials) };
        let read = || -> std::io::Result<Vec<Vec<u8>>> {
            let mut values = Vec::new();
            for entry in fs::read_dir(folder)? {
                let entry = entry?;
                // Kubernetes keeps its own links in the folder, behind a dot.
                if !entry.file_name().as_encoded_bytes().starts_with(b".") {
                    values.push(fs::read(entry.path())?);
                }
            }
            Ok(values)
        };
        let values = read().with_context(|| format!("cannot read the credentials in {}", folder.display()))?;
        values.iter().for_each(|value| credentials.add(value));
        Ok(credentials)
    }

    fn add(&mut self, value: &[u8]) {
        let value = value.strip_suffix(b"\n").unwrap_or(value);
        if value.len() < SHORTEST {
            return;
        }
        let mut forms = vec![value.to_vec()];
        forms.extend([&STANDARD_NO_PAD, &URL_SAFE_NO_PAD].map(|base64| base64.encode(value).into_bytes()));
        if let Ok(value) = std::str::from_utf8(value) {
            // Text is cleaned before it is masked, and logs are shown line by line.
            let clean = text::clean(value);
            forms.extend(clean.lines().chain([&*clean]).map(|line| line.trim().as_bytes().to_vec()));
        }
        self.forms.extend(forms.into_iter().filter(|form| form.len() >= SHORTEST));
        self.forms.sort();
        self.forms.dedup();
    }

    /// The text with every credential and every other secret that we know masked.
    pub(crate) fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let spans = self.forms.iter().filter_map(|form| std::str::from_utf8(form).ok());
        let spans = spans.flat_map(|form| text.match_indices(form).map(|(at, found)| (at, at + found.len())));
        match text::cover(text, spans.collect()) {
            Cow::Borrowed(same) => text::mask(same),
            Cow::Owned(covered) => Cow::Owned(text::mask(&covered).into_owned()),
        }
    }

    /// The same for a text that was cut somewhere: its end may be the beginning of a credential, and goes.
    pub(crate) fn mask_cut(&self, text: &str) -> String {
        let begins = |form: &Vec<u8>| {
            let most = (form.len() - 1).min(text.len());
            (1..=most).rev().find(|length| text.as_bytes().ends_with(&form[..*length]))
        };
        let mut end = text.len() - self.forms.iter().filter_map(begins).max().unwrap_or(0);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        self.mask(&text[..end]).into_owned()
    }

    /// Whether bytes that are no text hold a credential.
    pub(crate) fn are_in(&self, bytes: &[u8]) -> bool {
        self.forms.iter().any(|form| bytes.windows(form.len()).any(|window| window == form))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn holding(values: &[&str]) -> Credentials {
        let mut credentials = Credentials::default();
        values.iter().for_each(|value| credentials.add(value.as_bytes()));
        credentials
    }

    #[test]
    fn a_credential_leaves_in_no_form() {
        let credentials = holding(&["s3cr t", "horse", "first line\nsecond\u{200b} line\n\nthird"]);
        for (text, shown) in [
            ("nothing of it", "nothing of it"),
            ("as s3cr t it is", "as [masked] it is"),
            ("s3cr ts3cr t", "[masked][masked]"),
            ("in base64 czNjciB0, after echo czNjciB0Cg==", "in base64 [masked], after echo [masked]Cg=="),
            ("a horse is too short", "a horse is too short"),
            ("only second line, or third", "only [masked], or third"),
            ("first line\nsecond line", "[masked]\n[masked]"),
            ("DB_PASSWORD=hunter2 s3cr t", "DB_PASSWORD=[masked] [masked]"),
            ("größes3cr tübel", "größe[masked]übel"),
        ] {
            assert_eq!(credentials.mask(text), shown);
        }
        assert!(matches!(Credentials::default().mask("s3cr t"), Cow::Borrowed("s3cr t")));
    }

    #[test]
    fn overlapping_credentials_go_as_one() {
        assert_eq!(holding(&["abcdefgh", "efghijkl", "cdefgh"]).mask("xabcdefghijkly"), "x[masked]y");
    }

    #[test]
    fn a_cut_leaves_no_beginning_of_one() {
        let credentials = holding(&["hunter2ü-and-more"]);
        assert_eq!(credentials.mask_cut("it is hunter2ü-and-"), "it is ");
        assert_eq!(credentials.mask_cut("it is hunter2ü-and-more"), "it is [masked]");
        assert_eq!(credentials.mask_cut("it is"), "it is");
        assert_eq!(credentials.mask_cut("hunter2"), "");
    }

    #[test]
    fn bytes_are_searched_too() {
        let credentials = holding(&["s3cr t"]);
        assert!(credentials.are_in(b"\xff\x00s3cr t\xfe") && credentials.are_in(b"\xffczNjciB0"));
        assert!(!credentials.are_in(b"\xff\x00s3cr") && !credentials.are_in(b""));
    }

    #[test]
    fn they_come_from_a_folder_as_kubernetes_mounts_it() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("..2026")).unwrap();
        fs::write(at("..2026/nas"), "hunter2\n").unwrap();
        std::os::unix::fs::symlink("..2026", at("..data")).unwrap();
        std::os::unix::fs::symlink("..data/nas", at("nas")).unwrap();
        assert_eq!(Credentials::read(Some(folder.path())).unwrap().mask("hunter2"), "[masked]");
        assert!(Credentials::read(Some(&at("gone"))).is_err());
        assert!(Credentials::read(None).unwrap().forms.is_empty());
    }
}
