//! The certificate authority of a run, and everybody's certificates.

use std::{fs::OpenOptions, io, io::Write, os::unix::fs::OpenOptionsExt, path::Path};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};

use crate::private::Private;

/// Why the certificates could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PkiError {
    /// A certificate could not be made.
    #[error("failed to make a certificate")]
    Make(#[from] rcgen::Error),
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

/// Makes and writes everything.
pub(crate) fn write(private: &Private) -> Result<(), PkiError> {
    let ca = authority()?;
    put(&private.pki("ca.crt"), &ca.pem())?;
    let mut server = params("kube-apiserver", None, ExtendedKeyUsagePurpose::ServerAuth);
    let names: Vec<String> = SERVER_NAMES.iter().map(ToString::to_string).collect();
    server.subject_alt_names = CertificateParams::new(names)?.subject_alt_names;
    issue(private, "server", &server, &ca)?;
    for client in Client::ALL {
        let params = params(client.user(), client.group(), ExtendedKeyUsagePurpose::ClientAuth);
        issue(private, client.name(), &params, &ca)?;
    }
    // Signs the tokens of service accounts.
    let accounts = KeyPair::generate()?;
    put(&private.pki("accounts.key"), &accounts.serialize_pem())?;
    put(&private.pki("accounts.pub"), &accounts.public_key_pem())?;
    Ok(())
}

fn authority() -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "perf-scale-ci");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
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
    ca: &CertifiedIssuer<'_, KeyPair>,
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
