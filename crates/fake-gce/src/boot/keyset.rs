//! The authority of a cluster, as kops keeps it in its bucket.

use base64::{Engine, prelude::BASE64_STANDARD};
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, Issuer, KeyPair, KeyUsagePurpose};
use saphyr::{LoadableYamlNode, Yaml};

/// Why there is no authority.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeysetError {
    #[error("the keyset of the authority is not as kops writes it: {0}")]
    Shape(&'static str),
    #[error("the authority cannot sign")]
    Sign(#[from] rcgen::Error),
}

/// The authority of a cluster.
#[derive(Debug)]
pub(crate) struct ClusterAuthority {
    certificate: String,
    /// In PKCS 8.
    key: String,
}

/// A client that an authority vouches for, in PEM.
pub(crate) struct Client {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl ClusterAuthority {
    /// Reads a keyset: its primary key, or else its last.
    pub(crate) fn read(text: &str) -> Result<Self, KeysetError> {
        let shape = KeysetError::Shape;
        let documents = Yaml::load_from_str(text).map_err(|_| shape("it is no YAML"))?;
        let spec = documents.first().and_then(|document| document.as_mapping_get("spec"));
        let spec = spec.ok_or(shape("it has no `spec`"))?;
        let keys = spec.as_mapping_get("keys").and_then(Yaml::as_sequence);
        let keys = keys.ok_or(shape("it has no `keys`"))?;
        let primary = spec.as_mapping_get("primaryId").and_then(Yaml::as_str);
        let is_primary = |key: &&Yaml<'_>| {
            primary.is_some() && key.as_mapping_get("id").and_then(|id| id.as_str()) == primary
        };
        let key = keys.iter().find(is_primary).or(keys.last()).ok_or(shape("it has no key"))?;
        let material = |name: &'static str| {
            let text = key.as_mapping_get(name).and_then(|text| text.as_str());
            let bytes = text.and_then(|text| BASE64_STANDARD.decode(text).ok());
            bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or(shape(name))
        };
        let certificate = material("publicMaterial")?;
        Ok(Self { certificate, key: pkcs8(&material("privateMaterial")?)? })
    }

    /// Certificate and key, in PEM.
    pub(crate) fn pem(&self) -> String {
        format!("{}\n{}", self.certificate.trim_end(), self.key)
    }

    pub(crate) fn certificate(&self) -> &str {
        &self.certificate
    }

    /// A client that may do everything.
    pub(crate) fn client(&self) -> Result<Client, KeysetError> {
        let issuer = Issuer::from_ca_cert_pem(&self.certificate, KeyPair::from_pem(&self.key)?)?;
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "fake-gce");
        params.distinguished_name.push(DnType::OrganizationName, "system:masters");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &issuer)?.pem();
        Ok(Client { certificate, key: key.serialize_pem() })
    }
}

/// A key in PKCS 8: kops writes RSA keys in the older PKCS 1, which is the inner part of it.
fn pkcs8(pem: &str) -> Result<String, KeysetError> {
    if !pem.contains("-----BEGIN RSA PRIVATE KEY-----") {
        return Ok(pem.to_owned());
    }
    let lines = pem.lines().filter(|line| !line.starts_with("-----"));
    let inner = BASE64_STANDARD.decode(lines.map(str::trim).collect::<String>());
    let inner = inner.map_err(|_| KeysetError::Shape("privateMaterial"))?;
    // Version 0, and the algorithm: rsaEncryption, without parameters.
    let mut content = vec![0x02, 0x01, 0x00, 0x30, 0x0d, 0x06, 0x09];
    content.extend([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00]);
    content.extend(element(0x04, &inner));
    let whole = BASE64_STANDARD.encode(element(0x30, &content));
    let lines: Vec<&str> =
        (0..whole.len()).step_by(64).map(|at| &whole[at..whole.len().min(at + 64)]).collect();
    Ok(format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n")))
}

/// An element of DER.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length = &length[length.iter().position(|byte| *byte != 0).unwrap_or(length.len() - 1)..];
    let mut element = vec![tag];
    match content.len() {
        0..128 => element.push(length[0]),
        _ => {
            element.push(0x80 | u8::try_from(length.len()).unwrap_or(0));
            element.extend(length);
        }
    }
    element.extend(content);
    element
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_written_as_der_has_it() {
        assert_eq!(element(4, &[1; 3])[..2], [4, 3]);
        assert_eq!(element(4, &[1; 200])[..3], [4, 0x81, 200]);
        assert_eq!(element(4, &[1; 1000])[..4], [4, 0x82, 0x03, 0xe8]);
    }

    #[test]
    fn an_authority_of_a_keyset_vouches_for_a_client() {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::default().self_signed(&key).unwrap().pem();
        let encode = |text: &str| BASE64_STANDARD.encode(text);
        let keyset = format!(
            "kind: Keyset\nspec:\n  keys:\n  - id: \"1\"\n    privateMaterial: eA==\n    publicMaterial: eA==\n  \
             - id: \"2\"\n    privateMaterial: {}\n    publicMaterial: {}\n  primaryId: \"2\"\n",
            encode(&key.serialize_pem()),
            encode(&certificate)
        );

        let authority = ClusterAuthority::read(&keyset).unwrap();

        assert_eq!(authority.certificate(), certificate);
        assert!(authority.pem().contains("-----\n-----BEGIN PRIVATE KEY-----"));
        assert!(authority.client().unwrap().certificate.starts_with("-----BEGIN CERTIFICATE-----"));
    }

    #[test]
    fn what_is_no_keyset_is_said_so() {
        for text in ["", "spec: {}", "spec: {keys: []}", "spec: {keys: [{id: a}]}", "a: ["] {
            assert!(ClusterAuthority::read(text).is_err(), "{text}");
        }
    }
}
