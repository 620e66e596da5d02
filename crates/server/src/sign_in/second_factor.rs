//! Time-based one-time passwords (RFC 6238: SHA-1, six digits, thirty seconds, as every authenticator application has
//! it). A code works once.

use shinayaka_kernel::{Error, Result, account::Account};
use totp_rs::{Builder, Totp};

use super::accounts::describe_change;
use crate::node::Node;

/// Secret and address for an authenticator application.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct Enrolment {
    /// Base32.
    pub secret: String,
    /// `otpauth://` address, to be shown as a QR code.
    pub uri: String,
}

fn totp(secret: &[u8], account: &str, issuer: &str) -> Result<Totp> {
    Builder::new()
        .with_secret(secret)
        .with_account_name(account.replace(':', " "))
        .with_issuer(Some(issuer.replace(':', " ")))
        .build()
        .map_err(|error| Error::Unavailable(format!("one-time password: {error:?}")))
}

impl Node {
    /// The secret that the account would get: the same until it is confirmed, another one after every use, so that
    /// nothing is kept before it is confirmed.
    fn offered_secret(&self, account: &Account) -> Vec<u8> {
        let step = account.totp_last_step.to_be_bytes();
        self.derive(&[b"totp", account.id.as_bytes(), &step])[..20].to_vec()
    }

    /// Offers a secret to an account without a second factor.
    ///
    /// # Errors
    /// [`Error::Conflict`] if it has one.
    pub fn offer_second_factor(&self, account: &Account) -> Result<Enrolment> {
        if account.totp_secret.is_some() {
            return Err(Error::Conflict("the second factor is on already".into()));
        }
        let totp = totp(&self.offered_secret(account), &account.name, &self.configuration.server.name)?;
        let uri =
            totp.to_url().map_err(|error| Error::Unavailable(format!("one-time password: {error:?}")))?;
        Ok(Enrolment { secret: totp.secret().to_base32(), uri })
    }

    /// Switches the second factor on after a first code.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `code`, [`Error::Conflict`] if it is on already.
    pub async fn confirm_second_factor(&self, account: &Account, code: &str) -> Result<()> {
        if account.totp_secret.is_some() {
            return Err(Error::Conflict("the second factor is on already".into()));
        }
        let secret = self.offered_secret(account);
        if !self.use_code(account, &secret, code).await? {
            return Err(Error::invalid("code", "is not the code of this moment"));
        }
        let mut changed = account.clone();
        changed.totp_secret = Some(secret);
        self.save_account(&changed).await?;
        tracing::info!(account = %account.id, "{}", describe_change("second factor on"));
        Ok(())
    }

    /// True if the code is right for now and was not used before.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the store does not answer.
    pub async fn use_code(&self, account: &Account, secret: &[u8], code: &str) -> Result<bool> {
        let now = u64::try_from(self.kernel.now().microseconds() / 1_000_000).unwrap_or(0);
        let digits: String = code.chars().filter(|c| !c.is_whitespace()).take(16).collect();
        let totp = totp(secret, &account.name, &self.configuration.server.name)?;
        let Some(step) = totp.check(&digits, now) else { return Ok(false) };
        self.store.use_totp_step(account.id, i64::try_from(step).unwrap_or(i64::MAX)).await
    }
}
