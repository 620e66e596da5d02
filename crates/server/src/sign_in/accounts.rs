//! Accounts: making, changing, inviting, signing in. Every change of rights is an entry of the journal.

use std::{collections::BTreeSet, net::IpAddr};

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error, ObjectId, Result,
    account::{Account, Purpose},
    canonical::to_canonical,
    http::Problem,
    journal::{Entry, EntryKind, commitment},
    label::Role,
};

use super::{
    password,
    session::hash_of,
    throttle::{Allowance, Key},
};
use crate::{messages::problem, node::Node};

const MAXIMUM_NAME_CHARACTERS: usize = 64;
const MAXIMUM_PARTY_BYTES: usize = 128;
const MAXIMUM_COMMUNITIES: usize = 300;

/// What an operator says about an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rights {
    pub roles: BTreeSet<Role>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    #[serde(default)]
    pub communities: BTreeSet<String>,
    #[serde(default)]
    pub disabled: bool,
}

impl Rights {
    /// # Errors
    /// [`Error::Invalid`] naming the field.
    pub fn check(&self) -> Result<()> {
        if self.roles.contains(&Role::Public) {
            return Err(Error::invalid("roles", "public is not a role that can be given"));
        }
        let named = |text: &String| !text.trim().is_empty() && text.len() <= MAXIMUM_PARTY_BYTES;
        if !self.organisation.iter().all(named) {
            return Err(Error::invalid("organisation", "must be 1 to 128 bytes long"));
        }
        if self.communities.len() > MAXIMUM_COMMUNITIES || !self.communities.iter().all(named) {
            return Err(Error::invalid("communities", "must be at most 300, each 1 to 128 bytes long"));
        }
        Ok(())
    }
}

/// A sign-in name as it is kept.
///
/// # Errors
/// [`Error::Invalid`].
pub fn sign_in_name(name: &str) -> Result<String> {
    let name = name.trim().to_lowercase();
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '@');
    if name.is_empty() || name.chars().count() > MAXIMUM_NAME_CHARACTERS || !name.chars().all(allowed) {
        let reason = "must be 1 to 64 letters, digits, dots, dashes, underscores or at signs";
        return Err(Error::invalid("name", reason));
    }
    Ok(name)
}

/// A sentence for the log; accounts are named by id there.
pub fn describe_change(what: &str) -> String {
    format!("account changed: {what}")
}

impl Node {
    /// Saves an account with its entry in the journal. The entry commits to everything but the secrets; its salt is
    /// derived from the node's secret, so that the node can open the commitment later.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the name is taken.
    pub async fn save_account(&self, account: &Account) -> Result<()> {
        let at = self.kernel.now();
        let description = to_canonical(&serde_json::json!({
            "name": account.name,
            "roles": account.roles,
            "organisation": account.organisation,
            "communities": account.communities,
            "disabled": account.disabled,
            "password": account.password_hash.is_some(),
            "second_factor": account.totp_secret.is_some(),
            "oidc": account.oidc_subject.is_some(),
        }))?;
        let moment = at.microseconds().to_be_bytes();
        let derived = self.derive(&[b"account", account.id.as_bytes(), &moment]);
        let mut salt = [0; 16];
        salt.copy_from_slice(&derived[..16]);
        let commitment = commitment(&salt, &[account.id.as_bytes(), description.as_bytes()]);
        let entry = Entry { kind: EntryKind::Account, object: account.id, version: 0, at, commitment };
        self.store.save_account(account, entry).await?;
        self.wake_sequencer();
        Ok(())
    }

    /// Makes an account that has no password yet.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the field, [`Error::Conflict`] when the name is taken.
    pub async fn add_account(&self, name: &str, rights: &Rights) -> Result<Account> {
        rights.check()?;
        let now = self.kernel.now();
        let account = Account {
            id: ObjectId::new(now, self.kernel.entropy()),
            name: sign_in_name(name)?,
            organisation: rights.organisation.clone(),
            communities: rights.communities.clone(),
            roles: rights.roles.clone(),
            password_hash: None,
            totp_secret: None,
            totp_last_step: 0,
            oidc_subject: None,
            disabled: rights.disabled,
            created_at: now,
        };
        self.save_account(&account).await?;
        tracing::info!(account = %account.id, "{}", describe_change("made"));
        Ok(account)
    }

    /// Changes the rights of an account; switching it off ends everything that was handed out to it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`] naming the field, [`Error::Conflict`] for the last operator.
    pub async fn change_account(&self, id: ObjectId, rights: &Rights) -> Result<Account> {
        rights.check()?;
        // Two requests that each switch off one of two operators must not both pass the check below.
        let _one_at_a_time = self.account_changes.lock().await;
        let mut account = self.store.account(id).await?.ok_or(Error::NotFound)?;
        let operates = |account: &Account| account.roles.contains(&Role::Operator) && !account.disabled;
        let stays = rights.roles.contains(&Role::Operator) && !rights.disabled;
        if operates(&account) && !stays {
            let others = self.store.accounts().await?;
            if !others.iter().any(|other| other.id != id && operates(other)) {
                return Err(Error::Conflict("the last operator must stay".into()));
            }
        }
        account.roles.clone_from(&rights.roles);
        account.organisation.clone_from(&rights.organisation);
        account.communities.clone_from(&rights.communities);
        account.disabled = rights.disabled;
        self.save_account(&account).await?;
        if account.disabled {
            for purpose in [Purpose::Session, Purpose::Token, Purpose::Invitation] {
                self.store.remove_credentials(id, purpose, None).await?;
            }
        }
        tracing::info!(account = %id, "{}", describe_change("rights"));
        Ok(account)
    }

    /// A new one-time link; earlier ones of the account are void.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Conflict`] for an account that is switched off.
    pub async fn invite(&self, id: ObjectId) -> Result<String> {
        let account = self.store.account(id).await?.ok_or(Error::NotFound)?;
        if account.disabled {
            return Err(Error::Conflict("the account is switched off".into()));
        }
        self.store.remove_credentials(id, Purpose::Invitation, None).await?;
        let expires = self.kernel.now().plus_seconds(self.configuration.sign_in.invitation_hours * 3600);
        let (secret, _) = self.issue(id, Purpose::Invitation, "", expires).await?;
        Ok(format!("{}/welcome#{secret}", self.configuration.server.url()))
    }

    /// Uses a one-time link: sets the password and, as whoever held the link now owns the account, ends everything
    /// handed out before. A second factor stays on.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a link that is not good (at `secret`) or a bad password; the link stays good then.
    pub async fn accept_invitation(&self, secret: &str, new_password: &str) -> Result<Account> {
        let used = || Error::invalid("secret", "the link was used before or is too old: ask for a new one");
        let hash = hash_of(secret.trim());
        let credential = self.store.credential(&hash, self.kernel.now()).await?;
        let credential = credential.filter(|found| found.purpose == Purpose::Invitation).ok_or_else(used)?;
        let account = self.store.account(credential.account).await?.filter(|account| !account.disabled);
        let mut account = account.ok_or_else(used)?;
        password::check(new_password, &account.name, "password")?;
        account.password_hash = Some(self.passwords.hash(new_password, self.kernel.entropy()).await?);
        if !self.store.remove_credential(&hash).await? {
            return Err(used());
        }
        self.save_account(&account).await?;
        for purpose in [Purpose::Session, Purpose::Token, Purpose::Invitation] {
            self.store.remove_credentials(account.id, purpose, None).await?;
        }
        self.throttle.forget(&Key::Name(account.name.clone()));
        tracing::info!(account = %account.id, "{}", describe_change("one-time link used"));
        Ok(account)
    }

    /// Gives an account a password that was made for it.
    ///
    /// # Errors
    /// [`Error::Invalid`] for one that is easy to guess.
    pub async fn set_password(&self, mut account: Account, password: &str) -> Result<()> {
        password::check(password, &account.name, "password")?;
        account.password_hash = Some(self.passwords.hash(password, self.kernel.entropy()).await?);
        self.save_account(&account).await
    }

    /// Changes the password of a person who knows the old one; their other sessions end.
    ///
    /// # Errors
    /// A problem at `current` or `new`, or 429 after too many wrong ones.
    pub async fn change_password(
        &self,
        session: &super::session::Session,
        address: IpAddr,
        current: &str,
        new: &str,
    ) -> Result<(), Problem> {
        let mut account = session.account.clone();
        password::check(new, &account.name, "new")?;
        self.confirm_password(&account, address, current, "current").await?;
        account.password_hash = Some(self.passwords.hash(new, self.kernel.entropy()).await?);
        self.save_account(&account).await?;
        let keep = Some(&session.credential.hash);
        self.store.remove_credentials(account.id, Purpose::Session, keep).await?;
        tracing::info!(account = %account.id, "{}", describe_change("password"));
        Ok(())
    }

    /// Asks again for the password of somebody who is signed in.
    ///
    /// # Errors
    /// A problem at `field`, or 429 after too many wrong ones.
    pub async fn confirm_password(
        &self,
        account: &Account,
        address: IpAddr,
        given: &str,
        field: &str,
    ) -> Result<(), Problem> {
        self.count_attempt(&account.name, address)?;
        if self.passwords.verify(given, account.password_hash.as_deref()).await? {
            self.throttle.forgive(&Key::Name(account.name.clone()));
            self.throttle.forgive(&Key::address(address));
            Ok(())
        } else {
            Err(Error::invalid(field, "is not the present password").into())
        }
    }

    fn count_attempt(&self, name: &str, address: IpAddr) -> Result<(), Problem> {
        let section = &self.configuration.sign_in;
        let window_seconds = section.failure_window_minutes * 60;
        let now = self.kernel.now();
        let by_address = Allowance { times: section.failures_per_address, window_seconds };
        let by_name = Allowance { times: section.failures_per_name, window_seconds };
        self.throttle.count(Key::address(address), by_address, now).map_err(too_many)?;
        self.throttle.count(Key::Name(name.to_owned()), by_name, now).map_err(too_many)
    }

    /// Signs in with name, password and, where the account has a second factor, its code.
    ///
    /// # Errors
    /// 401 (with `field` = `code` when the code is missing or wrong), 429 after too many failures.
    pub async fn sign_in(
        &self,
        address: IpAddr,
        name: &str,
        given: &str,
        code: Option<&str>,
    ) -> Result<Account, Problem> {
        let refused = |field: Option<&str>| {
            let mut problem = problem(StatusCode::UNAUTHORIZED, "unauthenticated");
            problem.field = field.map(str::to_owned);
            problem.with_detail(if field.is_some() {
                "the code of the second factor is missing, wrong or used"
            } else {
                "name or password is wrong"
            })
        };
        // A name that cannot exist is treated as one that does not, for the same time.
        let name = sign_in_name(name).unwrap_or_default();
        self.count_attempt(&name, address)?;
        let account = self.store.account_named(&name).await?.filter(|account| !account.disabled);
        let hash = account.as_ref().and_then(|account| account.password_hash.as_deref());
        // argon2 is not asked to read more than any good password has.
        let given: String = given.chars().take(password::MAXIMUM_CHARACTERS + 1).collect();
        let right = self.passwords.verify(&given, hash).await?;
        let Some(account) = account.filter(|_| right) else {
            tracing::warn!(%address, "sign-in refused");
            return Err(refused(None));
        };
        if let Some(secret) = &account.totp_secret {
            let Some(code) = code.filter(|code| !code.trim().is_empty()) else {
                // Asking for the code is not a failure, but does not clear earlier ones either: wrong codes count.
                self.throttle.forgive(&Key::Name(name));
                self.throttle.forgive(&Key::address(address));
                return Err(refused(Some("code")));
            };
            if !self.use_code(&account, secret, code).await? {
                tracing::warn!(%address, account = %account.id, "second factor refused");
                return Err(refused(Some("code")));
            }
        }
        self.throttle.forget(&Key::Name(name));
        self.throttle.forgive(&Key::address(address));
        tracing::info!(account = %account.id, "signed in");
        Ok(account)
    }

    /// Counts one use of a form that needs no account.
    ///
    /// # Errors
    /// 429.
    pub fn count_public_form(&self, address: IpAddr) -> Result<(), Problem> {
        let times = self.configuration.limits.public_forms_per_minute;
        let allowance = Allowance { times, window_seconds: 60 };
        self.throttle.count(Key::form(address), allowance, self.kernel.now()).map_err(too_many)
    }
}

fn too_many(seconds: i64) -> Problem {
    let mut problem = problem(StatusCode::TOO_MANY_REQUESTS, "too-many-requests");
    problem.retry_after = Some(u16::try_from(seconds).unwrap_or(u16::MAX));
    problem.with_detail(format!("try again in {seconds} seconds"))
}
