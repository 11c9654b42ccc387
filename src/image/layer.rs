//! The only layer of our image: the server and the few files that a program expects around it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tar::{Builder, EntryType, Header};

/// The user that the server runs as; distroless images call it `nonroot`.
pub(super) const USER: u64 = 65532;
pub(super) const CA_BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";

enum Entry<'a> {
    Folder { mode: u32, owner: u64 },
    File { mode: u32, content: &'a [u8] },
}

/// The file system as a tar: no date, no names of people, always in this order.
pub(super) fn file_system(server: &[u8]) -> Vec<u8> {
    let bundle = ca_bundle();
    let folder = Entry::Folder { mode: 0o755, owner: 0 };
    let entries = [
        // The claim is mounted here; its owner is what the server finds when there is none.
        ("data/", Entry::Folder { mode: 0o700, owner: USER }),
        ("etc/", folder),
        ("etc/group", Entry::File { mode: 0o644, content: b"root:x:0:\nnonroot:x:65532:\n" }),
        // Without it glibc asks DNS before the hosts file.
        ("etc/nsswitch.conf", Entry::File { mode: 0o644, content: b"hosts: files dns\n" }),
        (
            "etc/passwd",
            Entry::File {
                mode: 0o644,
                content: b"root:x:0:0:root:/:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/data:/sbin/nologin\n",
            },
        ),
        ("etc/ssl/", Entry::Folder { mode: 0o755, owner: 0 }),
        ("etc/ssl/certs/", Entry::Folder { mode: 0o755, owner: 0 }),
        (CA_BUNDLE.trim_start_matches('/'), Entry::File { mode: 0o644, content: bundle.as_bytes() }),
        ("homelab-mcp", Entry::File { mode: 0o755, content: server }),
        ("tmp/", Entry::Folder { mode: 0o1777, owner: 0 }),
    ];
    let mut tar = Tar::default();
    for (path, entry) in &entries {
        match entry {
            Entry::Folder { mode, owner } => tar.put(path, EntryType::Directory, *mode, *owner, &[]),
            Entry::File { mode, content } => tar.put(path, EntryType::Regular, *mode, 0, content),
        }
    }
    tar.finish()
}

/// The roots that browsers trust, for outside registries, webhooks and the like.
fn ca_bundle() -> String {
    let mut pem = String::new();
    for certificate in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
        pem.push_str("-----BEGIN CERTIFICATE-----\n");
        let body = STANDARD.encode(certificate);
        for line in body.as_bytes().chunks(64) {
            pem.extend(line.iter().map(|byte| char::from(*byte)));
            pem.push('\n');
        }
        pem.push_str("-----END CERTIFICATE-----\n");
    }
    pem
}

/// A tar in memory whose headers hold nothing of the time and place of its making.
pub(super) struct Tar(Builder<Vec<u8>>);

impl Default for Tar {
    fn default() -> Self {
        Self(Builder::new(Vec::new()))
    }
}

impl Tar {
    pub(super) fn put(&mut self, path: &str, kind: EntryType, mode: u32, owner: u64, content: &[u8]) {
        let mut header = Header::new_ustar();
        header.set_path(path).expect("our paths are short and relative");
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_uid(owner);
        header.set_gid(owner);
        header.set_mtime(0);
        header.set_size(content.len() as u64);
        header.set_cksum();
        self.0.append(&header, content).expect("writing to memory does not fail");
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0.into_inner().expect("writing to memory does not fail")
    }
}
