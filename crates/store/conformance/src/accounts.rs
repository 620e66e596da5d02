//! Accounts and what proves them.

use std::{collections::BTreeSet, sync::Arc};

use futures::future::join_all;
use shinayaka_kernel::{
    Error, ObjectId,
    account::{Account, Credential, Purpose},
    journal::{Entry, EntryKind, commitment},
    label::Role,
};

use crate::{
    Backend,
    node::{Node, analyst},
    verification::verify_journal,
};

fn account(node: &Node, name: &str) -> Account {
    Account {
        id: ObjectId::named(&format!("account/{name}")),
        name: name.into(),
        organisation: Some("市役所".into()),
        communities: BTreeSet::from(["hub".to_owned(), "\"quoted\"".to_owned()]),
        roles: BTreeSet::from([Role::Clerk, Role::Council]),
        password_hash: None,
        totp_secret: Some(vec![0, 1, 255]),
        totp_last_step: 0,
        oidc_subject: None,
        disabled: false,
        created_at: node.kernel.now(),
    }
}

async fn save(node: &Node, account: &Account) -> Result<(), Error> {
    let commitment = commitment(&[7; 16], &[account.name.as_bytes()]);
    let at = node.kernel.now();
    let entry = Entry { kind: EntryKind::Account, object: account.id, version: 0, at, commitment };
    node.store.save_account(account, entry).await
}

pub async fn accounts_are_kept_and_journalled(backend: &dyn Backend) {
    let node = Node::start(backend).await;
    let mut tanaka = account(&node, "tanaka");
    save(&node, &tanaka).await.expect("is saved");
    assert_eq!(node.store.account(tanaka.id).await, Ok(Some(tanaka.clone())));
    assert_eq!(node.store.account_named("tanaka").await, Ok(Some(tanaka.clone())));
    tanaka.name = "tanaka2".into();
    tanaka.organisation = None;
    tanaka.roles = BTreeSet::new();
    tanaka.password_hash = Some("$argon2id$…".into());
    tanaka.totp_secret = None;
    tanaka.oidc_subject = Some("https://idp.example 42".into());
    tanaka.disabled = true;
    save(&node, &tanaka).await.expect("is changed");
    assert_eq!(node.store.account_named("tanaka").await, Ok(None));
    assert_eq!(node.store.account_of_subject("https://idp.example 42").await, Ok(Some(tanaka.clone())));
    assert_eq!(node.store.account_of_subject("42").await, Ok(None));
    let abe = account(&node, "abe");
    save(&node, &abe).await.expect("is saved");
    assert_eq!(node.store.accounts().await, Ok(vec![abe, tanaka.clone()]), "by name");
    assert_eq!(node.store.account(ObjectId::named("nobody")).await, Ok(None));
    assert_eq!(verify_journal(&node).await, 3);
    for placed in node.store.entries(0, 10).await.expect("entries") {
        assert_eq!((placed.entry.kind, placed.label), (EntryKind::Account, None));
        assert_eq!(node.kernel.reader(&analyst()).may_see_entry(&placed).await, Ok(false));
    }
}

pub async fn names_and_subjects_belong_to_one(backend: &dyn Backend) {
    let node = Node::start(backend).await;
    let first = Account { oidc_subject: Some("issuer one".into()), ..account(&node, "first") };
    save(&node, &first).await.expect("is saved");
    let same_name = Account { name: "first".into(), ..account(&node, "second") };
    let same_subject = Account { oidc_subject: first.oidc_subject.clone(), ..account(&node, "third") };
    for other in [same_name, same_subject] {
        let refused = save(&node, &other).await;
        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
        assert_eq!(node.store.account(other.id).await, Ok(None));
    }
    assert_eq!(verify_journal(&node).await, 1, "what was refused left no entry");
    save(&node, &account(&node, "fourth")).await.expect("the next one is saved");
    assert_eq!(verify_journal(&node).await, 2);
}

pub async fn a_one_time_code_works_once(backend: &dyn Backend) {
    let node = Arc::new(Node::start(backend).await);
    let id = account(&node, "tanaka").id;
    save(&node, &account(&node, "tanaka")).await.expect("is saved");
    let tries = (0..10).map(|_| {
        let node = node.clone();
        tokio::spawn(async move { node.store.use_totp_step(id, 100).await.expect("answers") })
    });
    let used = join_all(tries).await.into_iter().filter(|used| *used.as_ref().expect("no panic")).count();
    assert_eq!(used, 1);
    assert_eq!(node.store.use_totp_step(id, 99).await, Ok(false), "an earlier code is worn too");
    assert_eq!(node.store.use_totp_step(id, 101).await, Ok(true));
    assert_eq!(node.store.use_totp_step(ObjectId::named("nobody"), 1).await, Ok(false));
    // Changing the account does not make used codes good again.
    let kept = node.store.account(id).await.expect("answers").expect("is there");
    save(&node, &Account { totp_last_step: 0, ..kept }).await.expect("is changed");
    assert_eq!(node.store.use_totp_step(id, 101).await, Ok(false));
}

pub async fn credentials_expire_and_are_used_once(backend: &dyn Backend) {
    let node = Arc::new(Node::start(backend).await);
    let (store, now) = (node.store.clone(), node.kernel.now());
    let id = account(&node, "tanaka").id;
    save(&node, &account(&node, "tanaka")).await.expect("is saved");
    let credential = |byte: u8, purpose| Credential {
        hash: [byte; 32],
        purpose,
        account: id,
        name: format!("第{byte}"),
        created_at: now.plus_seconds(byte.into()),
        expires_at: now.plus_seconds(60),
    };
    for (byte, purpose) in
        [(1, Purpose::Session), (2, Purpose::Session), (3, Purpose::Token), (4, Purpose::Invitation)]
    {
        store.save_credential(&credential(byte, purpose)).await.expect("is saved");
    }
    assert_eq!(store.credential(&[3; 32], now).await, Ok(Some(credential(3, Purpose::Token))));
    assert_eq!(store.credential(&[9; 32], now).await, Ok(None));
    assert_eq!(store.credential(&[3; 32], now.plus_seconds(60)).await, Ok(None), "it has expired");
    let sessions = store.credentials(id, Purpose::Session).await.expect("credentials");
    assert_eq!(sessions, [credential(1, Purpose::Session), credential(2, Purpose::Session)]);
    let uses = (0..8).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { store.remove_credential(&[4; 32]).await.expect("answers") })
    });
    let used = join_all(uses).await.into_iter().filter(|used| *used.as_ref().expect("no panic")).count();
    assert_eq!(used, 1, "an invitation is used by one");
    // A session that goes on lives longer.
    let longer = Credential { expires_at: now.plus_seconds(600), ..credential(1, Purpose::Session) };
    store.save_credential(&longer).await.expect("is prolonged");
    store.remove_expired(now.plus_seconds(60)).await.expect("removes");
    assert_eq!(store.credentials(id, Purpose::Session).await, Ok(vec![longer.clone()]));
    assert_eq!(store.credentials(id, Purpose::Token).await, Ok(vec![]));
    store.save_credential(&credential(5, Purpose::Session)).await.expect("is saved");
    store.save_credential(&credential(6, Purpose::Token)).await.expect("is saved");
    store.remove_credentials(id, Purpose::Session, Some(&[5; 32])).await.expect("removes");
    assert_eq!(store.credentials(id, Purpose::Session).await.map(|c| c.len()), Ok(1));
    store.remove_credentials(id, Purpose::Session, None).await.expect("removes");
    assert_eq!(store.credentials(id, Purpose::Session).await, Ok(vec![]));
    assert_eq!(store.credentials(id, Purpose::Token).await.map(|c| c.len()), Ok(1));
}
