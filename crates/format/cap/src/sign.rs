//! An enveloped XML signature (W3C XML Signature 1.1): ECDSA over P-256 with SHA-256, exclusive canonicalisation, and the
//! public key in the document. Whoever knows the node's key knows from whom the alert is.

use base64::{Engine, engine::general_purpose::STANDARD};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use sha2::{Digest, Sha256};

use crate::{
    Alert, Error,
    write::{DECLARATION, END, element},
};

const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
const C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ECDSA: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// The signing key of a node.
pub struct Key(SigningKey);

impl Key {
    /// Made of a secret of the node: the same secret gives the same key.
    pub fn of_secret(secret: &[u8; 32]) -> Self {
        let mut seed: [u8; 32] = Sha256::digest(secret).into();
        loop {
            // All but about one in 2^32 numbers are a key.
            match SigningKey::from_slice(&seed) {
                Ok(key) => return Self(key),
                Err(_) => seed = Sha256::digest(seed).into(),
            }
        }
    }

    /// The public key as an uncompressed point (SEC 1), base64.
    pub fn public(&self) -> String {
        STANDARD.encode(self.0.verifying_key().to_sec1_point(false).as_bytes())
    }
}

/// The document with its signature as the last element, where the schema lets it stand.
///
/// # Errors
/// [`Error::Rule`] for an alert that breaks a rule of the standard.
pub fn signed(alert: &Alert, key: &Key) -> Result<String, Error> {
    let unsigned = element(alert)?;
    let digest = STANDARD.encode(Sha256::digest(unsigned.as_bytes()));
    let inner = format!(
        "<CanonicalizationMethod Algorithm=\"{C14N}\"></CanonicalizationMethod>\
         <SignatureMethod Algorithm=\"{ECDSA}\"></SignatureMethod>\
         <Reference URI=\"\"><Transforms><Transform Algorithm=\"{ENVELOPED}\"></Transform>\
         <Transform Algorithm=\"{C14N}\"></Transform></Transforms>\
         <DigestMethod Algorithm=\"{SHA256}\"></DigestMethod><DigestValue>{digest}</DigestValue></Reference>"
    );
    // Canonicalised alone, the element carries the namespace that it inherits in the document.
    let canonical = format!("<SignedInfo xmlns=\"{DSIG}\">{inner}</SignedInfo>");
    let signature: Signature = key.0.sign(canonical.as_bytes());
    let value = STANDARD.encode(signature.to_bytes());
    let block = format!(
        "<Signature xmlns=\"{DSIG}\"><SignedInfo>{inner}</SignedInfo><SignatureValue>{value}</SignatureValue>\
         <KeyInfo><KeyValue><dsig11:ECKeyValue xmlns:dsig11=\"http://www.w3.org/2009/xmldsig11#\">\
         <dsig11:NamedCurve URI=\"urn:oid:1.2.840.10045.3.1.7\"></dsig11:NamedCurve>\
         <dsig11:PublicKey>{}</dsig11:PublicKey></dsig11:ECKeyValue></KeyValue></KeyInfo></Signature>",
        key.public()
    );
    let body = unsigned.strip_suffix(END).unwrap_or(&unsigned);
    Ok(format!("{DECLARATION}{body}{block}{END}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use p256::ecdsa::signature::Verifier;

    #[test]
    fn what_is_signed_is_what_is_written() {
        let key = Key::of_secret(&[3; 32]);
        let alert = crate::read::tests::sample();
        let text = signed(&alert, &key).unwrap();
        let start = text.find("<Signature ").unwrap();
        let end = text.find("</Signature>").unwrap() + "</Signature>".len();
        let without = format!("{}{}", &text[DECLARATION.len()..start], text[end..].trim_end());
        let digest = STANDARD.encode(Sha256::digest(without.as_bytes()));
        assert!(text.contains(&format!("<DigestValue>{digest}</DigestValue>")));
        let info = &text[text.find("<SignedInfo>").unwrap()..text.find("<SignatureValue>").unwrap()];
        let canonical = info.replacen("<SignedInfo>", &format!("<SignedInfo xmlns=\"{DSIG}\">"), 1);
        let value = text.split("<SignatureValue>").nth(1).unwrap().split('<').next().unwrap();
        let signature = Signature::from_slice(&STANDARD.decode(value).unwrap()).unwrap();
        key.0.verifying_key().verify(canonical.as_bytes(), &signature).unwrap();
        assert_eq!(crate::read::document(text.as_bytes()).unwrap(), alert);
    }
}
