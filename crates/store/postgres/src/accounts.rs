//! Accounts and credentials.

use async_trait::async_trait;
use shinayaka_kernel::{
    account::{Account, Credential, Purpose},
    canonical::to_canonical,
    clock::Timestamp,
    error::{Error, Result},
    id::ObjectId,
    journal::Entry,
    store::Accounts,
};
use sqlx::{Row, postgres::PgRow};

use crate::{
    PostgresStore,
    objects::{object_id, time},
    unavailable,
    writer::write_leaves,
};

fn account(row: &PgRow) -> Result<Account> {
    let unreadable =
        |error: serde_json::Error| Error::Unavailable(format!("a stored account is unreadable: {error}"));
    Ok(Account {
        id: object_id(row, 0),
        name: row.get(1),
        organisation: row.get(2),
        communities: serde_json::from_str(row.get(3)).map_err(unreadable)?,
        roles: serde_json::from_str(row.get(4)).map_err(unreadable)?,
        password_hash: row.get(5),
        totp_secret: row.get(6),
        totp_last_step: row.get(7),
        oidc_subject: row.get(8),
        disabled: row.get(9),
        created_at: time(row, 10),
    })
}

fn credential(row: &PgRow) -> Result<Credential> {
    let purpose: String = row.get(1);
    let purpose = [Purpose::Session, Purpose::Token, Purpose::Invitation]
        .into_iter()
        .find(|known| known.as_str() == purpose)
        .ok_or_else(|| Error::Unavailable("a stored credential has an unknown purpose".into()))?;
    Ok(Credential {
        hash: row.get::<Vec<u8>, _>(0).try_into().unwrap_or_default(),
        purpose,
        account: object_id(row, 2),
        name: row.get(3),
        created_at: time(row, 4),
        expires_at: time(row, 5),
    })
}

impl PostgresStore {
    async fn find_account(&self, sql: &'static str, key: impl Into<Key>) -> Result<Option<Account>> {
        let query = match key.into() {
            Key::Text(text) => sqlx::query(sql).bind(text),
            Key::Bytes(bytes) => sqlx::query(sql).bind(bytes),
        };
        let row = query.fetch_optional(&self.pool).await.map_err(unavailable)?;
        row.as_ref().map(account).transpose()
    }
}

enum Key {
    Text(String),
    Bytes(Vec<u8>),
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<ObjectId> for Key {
    fn from(id: ObjectId) -> Self {
        Self::Bytes(id.as_bytes().to_vec())
    }
}

#[async_trait]
impl Accounts for PostgresStore {
    async fn save_account(&self, account: &Account, entry: Entry) -> Result<()> {
        let mut transaction = self.pool.begin().await.map_err(unavailable)?;
        let done = sqlx::query(include_str!("../queries/save_account.sql"))
            .bind(account.id.as_bytes().as_slice())
            .bind(&account.name)
            .bind(&account.organisation)
            .bind(to_canonical(&account.communities)?)
            .bind(to_canonical(&account.roles)?)
            .bind(&account.password_hash)
            .bind(&account.totp_secret)
            .bind(account.totp_last_step)
            .bind(&account.oidc_subject)
            .bind(account.disabled)
            .bind(account.created_at.microseconds())
            .execute(&mut *transaction)
            .await;
        match done {
            Ok(_) => {}
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                return Err(Error::Conflict("another account has this name".into()));
            }
            Err(error) => return Err(unavailable(error)),
        }
        write_leaves(&mut transaction, &[(0, entry)]).await?;
        transaction.commit().await.map_err(unavailable)
    }

    async fn account(&self, id: ObjectId) -> Result<Option<Account>> {
        self.find_account("SELECT * FROM account WHERE id = $1", id).await
    }

    async fn account_named(&self, name: &str) -> Result<Option<Account>> {
        self.find_account("SELECT * FROM account WHERE name = $1", name).await
    }

    async fn account_of_subject(&self, subject: &str) -> Result<Option<Account>> {
        self.find_account("SELECT * FROM account WHERE oidc_subject = $1", subject).await
    }

    async fn accounts(&self) -> Result<Vec<Account>> {
        let rows = sqlx::query("SELECT * FROM account ORDER BY name COLLATE \"C\"")
            .fetch_all(&self.pool)
            .await
            .map_err(unavailable)?;
        rows.iter().map(account).collect()
    }

    async fn use_totp_step(&self, account: ObjectId, step: i64) -> Result<bool> {
        let sql = "UPDATE account SET totp_last_step = $2 WHERE id = $1 AND totp_last_step < $2";
        let done = sqlx::query(sql)
            .bind(account.as_bytes().as_slice())
            .bind(step)
            .execute(&self.pool)
            .await
            .map_err(unavailable)?;
        Ok(done.rows_affected() == 1)
    }

    async fn save_credential(&self, credential: &Credential) -> Result<()> {
        let credential = credential.clone();
        sqlx::query(include_str!("../queries/save_credential.sql"))
            .bind(credential.hash.to_vec())
            .bind(credential.purpose.as_str())
            .bind(credential.account.as_bytes().to_vec())
            .bind(credential.name)
            .bind(credential.created_at.microseconds())
            .bind(credential.expires_at.microseconds())
            .execute(&self.pool)
            .await
            .map_err(unavailable)?;
        Ok(())
    }

    async fn credential(&self, hash: &[u8; 32], now: Timestamp) -> Result<Option<Credential>> {
        let row = sqlx::query("SELECT * FROM credential WHERE hash = $1 AND expires_at > $2")
            .bind(hash.as_slice())
            .bind(now.microseconds())
            .fetch_optional(&self.pool)
            .await
            .map_err(unavailable)?;
        row.as_ref().map(credential).transpose()
    }

    async fn remove_credential(&self, hash: &[u8; 32]) -> Result<bool> {
        let hash = hash.to_vec();
        let done = sqlx::query("DELETE FROM credential WHERE hash = $1")
            .bind(hash)
            .execute(&self.pool)
            .await
            .map_err(unavailable)?;
        Ok(done.rows_affected() == 1)
    }

    async fn credentials(&self, account: ObjectId, purpose: Purpose) -> Result<Vec<Credential>> {
        let sql = "SELECT * FROM credential WHERE account = $1 AND purpose = $2 ORDER BY created_at, hash";
        let rows = sqlx::query(sql)
            .bind(account.as_bytes().as_slice())
            .bind(purpose.as_str())
            .fetch_all(&self.pool)
            .await
            .map_err(unavailable)?;
        rows.iter().map(credential).collect()
    }

    async fn remove_credentials(
        &self,
        account: ObjectId,
        purpose: Purpose,
        keep: Option<&[u8; 32]>,
    ) -> Result<()> {
        let keep = keep.map(|hash| hash.to_vec()).unwrap_or_default();
        sqlx::query("DELETE FROM credential WHERE account = $1 AND purpose = $2 AND hash <> $3")
            .bind(account.as_bytes().to_vec())
            .bind(purpose.as_str())
            .bind(keep)
            .execute(&self.pool)
            .await
            .map_err(unavailable)?;
        Ok(())
    }

    async fn remove_expired(&self, now: Timestamp) -> Result<()> {
        sqlx::query("DELETE FROM credential WHERE expires_at <= $1")
            .bind(now.microseconds())
            .execute(&self.pool)
            .await
            .map_err(unavailable)?;
        Ok(())
    }
}
