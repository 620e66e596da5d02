//! Passwords: argon2id on threads of their own, a bounded number at a time.

use std::{sync::Arc, time::Duration};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier},
};
use shinayaka_kernel::{Error, Result, clock::Entropy};
use tokio::sync::Semaphore;

use crate::configuration::SignInSection;

/// Characters of a password. The upper bound keeps hashing cheap, the lower one guessing dear.
pub const MINIMUM_CHARACTERS: usize = 12;
pub const MAXIMUM_CHARACTERS: usize = 256;
/// How long a sign-in waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

pub struct Passwords {
    argon2: Argon2<'static>,
    turns: Arc<Semaphore>,
    /// Verified against when there is no account, so that a wrong name takes as long as a wrong password.
    nobody: String,
}

impl Passwords {
    /// # Errors
    /// [`Error::Invalid`] for costs that argon2 does not take.
    pub fn new(section: &SignInSection, entropy: &dyn Entropy) -> Result<Self> {
        let params = Params::new(section.hash_memory_kib, section.hash_passes, 1, None)
            .map_err(|error| Error::invalid("sign_in.hash_memory_kib", error.to_string()))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut unknown = [0; 32];
        entropy.fill(&mut unknown);
        let nobody = hash(&argon2, &unknown, entropy)?;
        Ok(Self { argon2, turns: Arc::new(Semaphore::new(section.hash_concurrency)), nobody })
    }

    /// A PHC string.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when too many wait already.
    pub async fn hash(&self, password: &str, entropy: &dyn Entropy) -> Result<String> {
        let mut salt = [0; 16];
        entropy.fill(&mut salt);
        let (argon2, password) = (self.argon2.clone(), password.to_owned());
        self.in_turn(move || hash_with(&argon2, password.as_bytes(), &salt)).await?
    }

    /// True if the password is the one of the hash. Takes as long without a hash, and is then false.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when too many wait already.
    pub async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool> {
        let known = hash.is_some();
        let hash = hash.unwrap_or(&self.nobody).to_owned();
        let (argon2, password) = (self.argon2.clone(), password.to_owned());
        let matches =
            self.in_turn(move || argon2.verify_password(password.as_bytes(), &*hash).is_ok()).await?;
        Ok(matches && known)
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let busy = || Error::Unavailable("too many sign-ins at once".into());
        let turn = tokio::time::timeout(PATIENCE, self.turns.clone().acquire_owned());
        let turn = turn.await.map_err(|_| busy())?.map_err(|_| busy())?;
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(turn);
            result
        });
        done.await.map_err(|error| Error::Unavailable(format!("password hashing stopped: {error}")))
    }
}

fn hash(argon2: &Argon2<'_>, password: &[u8], entropy: &dyn Entropy) -> Result<String> {
    let mut salt = [0; 16];
    entropy.fill(&mut salt);
    hash_with(argon2, password, &salt)
}

fn hash_with(argon2: &Argon2<'_>, password: &[u8], salt: &[u8; 16]) -> Result<String> {
    let hashed = argon2.hash_password_with_salt(password, salt);
    hashed.map(|hash| hash.to_string()).map_err(|error| Error::Unavailable(format!("argon2: {error}")))
}

/// Refuses a password that is easy to guess. `field` is where it was entered.
///
/// # Errors
/// [`Error::Invalid`].
pub fn check(password: &str, name: &str, field: &str) -> Result<()> {
    let characters = password.chars().count();
    if !(MINIMUM_CHARACTERS..=MAXIMUM_CHARACTERS).contains(&characters) {
        let reason = format!("must have {MINIMUM_CHARACTERS} to {MAXIMUM_CHARACTERS} characters");
        return Err(Error::invalid(field, reason));
    }
    let distinct = password.chars().collect::<std::collections::BTreeSet<_>>().len();
    if distinct < 5 {
        return Err(Error::invalid(field, "must have at least 5 different characters"));
    }
    let within = name.chars().count() >= 4 && password.to_lowercase().contains(name);
    if within {
        return Err(Error::invalid(field, "must not contain the sign-in name"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_that_are_easy_to_guess_are_refused() {
        for bad in ["short", "aaaaaaaaaaaaaaaa", "suzuki-and-more", &"あ".repeat(300)] {
            assert!(matches!(check(bad, "suzuki", "password"), Err(Error::Invalid { .. })), "{bad}");
        }
        assert_eq!(check("a plain sentence is good", "suzuki", "password"), Ok(()));
    }
}
