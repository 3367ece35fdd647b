//! The certificate authority of a run, and everybody's certificates.

use std::{
    fs::{self, OpenOptions},
    io,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

use crate::private::Private;

/// Why the certificates could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PkiError {
    /// A certificate could not be made.
    #[error("failed to make a certificate")]
    Make(#[from] rcgen::Error),
    /// The authority that was given cannot be read.
    #[error("failed to read the authority `{path}`")]
    Read {
        /// Its file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The authority that was given is none.
    #[error(
        "`{path}` holds no authority (hint: its certificate, and behind it its key in PKCS 8, in PEM)"
    )]
    Authority {
        /// Its file.
        path: PathBuf,
        /// What is wrong with it.
        source: rcgen::Error,
    },
    /// A certificate could not be written.
    #[error("failed to write a certificate")]
    Write(#[from] io::Error),
}

/// Whom the API server knows by certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Client {
    /// People, ClusterLoader2, Helm.
    Admin,
    ControllerManager,
    Scheduler,
    Kwok,
    Prometheus,
}

impl Client {
    pub(crate) const ALL: [Self; 5] =
        [Self::Admin, Self::ControllerManager, Self::Scheduler, Self::Kwok, Self::Prometheus];

    /// Stem of its files.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::ControllerManager => "kube-controller-manager",
            Self::Scheduler => "kube-scheduler",
            Self::Kwok => "kwok",
            Self::Prometheus => "prometheus",
        }
    }

    /// Its user name: the API server's own roles know the two that begin with `system:`.
    fn user(self) -> &'static str {
        match self {
            Self::ControllerManager => "system:kube-controller-manager",
            Self::Scheduler => "system:kube-scheduler",
            other => other.name(),
        }
    }

    /// Its group. kwok plays kubelet for all nodes at once, which no role of Kubernetes allows, and
    /// Prometheus reads every metric: both live on this machine for one run.
    fn group(self) -> Option<&'static str> {
        match self {
            Self::ControllerManager | Self::Scheduler => None,
            Self::Admin | Self::Kwok | Self::Prometheus => Some("system:masters"),
        }
    }
}

/// First address of the service range: the service `kubernetes`.
pub(crate) const KUBERNETES_SERVICE: &str = "10.96.0.1";

/// Names under which the servers are called.
const SERVER_NAMES: [&str; 6] = [
    "localhost",
    "127.0.0.1",
    KUBERNETES_SERVICE,
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
];

/// Who signs the certificates of a cluster.
pub(crate) struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// The one of this file, or a new one.
    pub(crate) fn new(given: Option<&Path>) -> Result<Self, PkiError> {
        let Some(path) = given else { return Ok(Self::made()?) };
        let text = fs::read_to_string(path)
            .map_err(|source| PkiError::Read { path: path.to_owned(), source })?;
        Self::read(&text).map_err(|source| PkiError::Authority { path: path.to_owned(), source })
    }

    fn made() -> Result<Self, rcgen::Error> {
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "perf-scale-ci");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate()?;
        let pem = params.self_signed(&key)?.pem();
        Ok(Self { pem, issuer: Issuer::new(params, key) })
    }

    fn read(text: &str) -> Result<Self, rcgen::Error> {
        /// What the key begins with; a certificate says `CERTIFICATE` there.
        const KEY: &str = "-----BEGIN PRIVATE KEY-----";
        let at = text.find(KEY).ok_or(rcgen::Error::CouldNotParseKeyPair)?;
        let key = KeyPair::from_pem(&text[at..])?;
        let issuer = Issuer::from_ca_cert_pem(&text[..at], key)?;
        Ok(Self { pem: text[..at].to_owned(), issuer })
    }
}

/// Makes and writes everything; `names` are those of the API server beside its own.
pub(crate) fn write(
    private: &Private,
    authority: &Authority,
    names: &[String],
) -> Result<(), PkiError> {
    put(&private.pki("ca.crt"), &authority.pem)?;
    let mut server = params("kube-apiserver", None, ExtendedKeyUsagePurpose::ServerAuth);
    let own = SERVER_NAMES.iter().map(ToString::to_string);
    let names: Vec<String> = own.chain(names.iter().cloned()).collect();
    server.subject_alt_names = CertificateParams::new(names)?.subject_alt_names;
    issue(private, "server", &server, &authority.issuer)?;
    for client in Client::ALL {
        let params = params(client.user(), client.group(), ExtendedKeyUsagePurpose::ClientAuth);
        issue(private, client.name(), &params, &authority.issuer)?;
    }
    // Signs the tokens of service accounts.
    let accounts = KeyPair::generate()?;
    put(&private.pki("accounts.key"), &accounts.serialize_pem())?;
    put(&private.pki("accounts.pub"), &accounts.public_key_pem())?;
    Ok(())
}

fn params(user: &str, group: Option<&str>, usage: ExtendedKeyUsagePurpose) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, user);
    if let Some(group) = group {
        params.distinguished_name.push(DnType::OrganizationName, group);
    }
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![usage];
    params
}

fn issue(
    private: &Private,
    name: &str,
    params: &CertificateParams,
    ca: &Issuer<'_, KeyPair>,
) -> Result<(), PkiError> {
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, ca)?;
    put(&private.pki(&format!("{name}.crt")), &certificate.pem())?;
    put(&private.pki(&format!("{name}.key")), &key.serialize_pem())?;
    Ok(())
}

/// Writes a file that nobody else may read.
fn put(path: &Path, text: &str) -> io::Result<()> {
    /// The owner may read and write.
    const MODE: u32 = 0o600;
    let mut file =
        OpenOptions::new().create(true).truncate(true).write(true).mode(MODE).open(path)?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_STANDARD};
    use run_record::RunDir;
    use tempfile::TempDir;

    use super::*;

    /// An authority as somebody else has it: certificate and key in one file.
    fn given(folder: &Path) -> PathBuf {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "kubernetes-ca");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let file = folder.join("authority.pem");
        let certificate = params.self_signed(&key).unwrap().pem();
        fs::write(&file, certificate + &key.serialize_pem()).unwrap();
        file
    }

    fn der(pem: &str) -> Vec<u8> {
        let lines = pem.lines().filter(|line| !line.starts_with("-----"));
        BASE64_STANDARD.decode(lines.collect::<String>()).unwrap()
    }

    fn has(text: &[u8], part: &[u8]) -> bool {
        text.windows(part.len()).any(|window| window == part)
    }

    #[test]
    fn a_given_authority_signs_everything_under_the_given_names() {
        let folder = TempDir::new().unwrap();
        let private = Private::of(&RunDir::new(folder.path().join("run")), "pki-test");
        private.make().unwrap();
        let file = given(folder.path());

        let authority = Authority::new(Some(&file)).unwrap();
        write(&private, &authority, &["api.internal.c".into(), "198.18.0.1".into()]).unwrap();

        let read = |name| fs::read_to_string(private.pki(name)).unwrap();
        assert!(fs::read_to_string(file).unwrap().starts_with(&read("ca.crt")));
        let server = der(&read("server.crt"));
        for name in [b"kubernetes-ca".as_slice(), b"api.internal.c", b"localhost", &[198, 18, 0, 1]]
        {
            assert!(has(&server, name), "{name:?}");
        }
        assert!(has(&der(&read("admin.crt")), b"kubernetes-ca"));
        crate::private::remove(private.sockets()).unwrap();
    }

    #[test]
    fn a_file_without_an_authority_is_named() {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("authority.pem");

        let missing = Authority::new(Some(&file)).err().unwrap();
        fs::write(&file, "nothing").unwrap();
        let empty = Authority::new(Some(&file)).err().unwrap();

        assert!(matches!(missing, PkiError::Read { .. }), "{missing}");
        assert!(matches!(empty, PkiError::Authority { .. }), "{empty}");
    }
}
