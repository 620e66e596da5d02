//! Writing.

use super::{Kernel, Reader};
use crate::{
    batch::{Change, Commit, Receipt, Save},
    canonical::to_canonical,
    clock::Timestamp,
    error::{Error, Result},
    event::{Event, NewJob, Ticket},
    id::ObjectId,
    journal::{Hash, commitment},
    label::{Action, Label},
    object::{FieldValues, MAXIMUM_BODY_BYTES, MAXIMUM_FIELDS, Record, Relation, Scope, Stored},
    search,
};

/// How a new object is to be kept.
#[derive(Debug, Clone)]
pub struct Keep {
    pub label: Label,
    pub owner: Option<String>,
    pub synthetic: bool,
}

impl Keep {
    pub fn labelled(label: Label) -> Self {
        Self { label, owner: None, synthetic: false }
    }
}

/// Gathers changes and saves them together. Dropping it without [`Writer::commit`] saves nothing.
pub struct Writer<'a> {
    reader: Reader<'a>,
    at: Timestamp,
    changes: Vec<Change>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(reader: Reader<'a>) -> Self {
        Self { reader, at: reader.now(), changes: Vec::new() }
    }

    pub fn reader(&self) -> Reader<'a> {
        self.reader
    }

    /// The time that everything in this commit carries.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    fn kernel(&self) -> &'a Kernel {
        self.reader.kernel
    }

    fn author(&self) -> Result<ObjectId> {
        let nobody = || Error::Forbidden("sign in first".into());
        self.reader.principal.account.ok_or_else(nobody)
    }

    fn salt(&self) -> [u8; 16] {
        let mut salt = [0; 16];
        self.kernel().entropy.fill(&mut salt);
        salt
    }

    /// Adds a new object. Returns its id, which is valid once the commit has succeeded.
    ///
    /// # Errors
    /// [`Error::Forbidden`] if no role of the principal may create the kind, [`Error::Invalid`] from the record's
    /// own check.
    pub async fn create<T: Record>(&mut self, record: &T, keep: &Keep) -> Result<ObjectId> {
        let id = ObjectId::new(self.at, self.kernel().entropy.as_ref());
        self.create_with_id(id, record, keep).await?;
        Ok(id)
    }

    /// As [`Writer::create`] for reference data whose id is the same on every node.
    ///
    /// # Errors
    /// As [`Writer::create`].
    pub async fn create_with_id<T: Record>(&mut self, id: ObjectId, record: &T, keep: &Keep) -> Result<()> {
        let kind = self.kernel().kind(T::KIND)?;
        let own = keep.owner.is_none() || keep.owner == self.reader.principal.organisation;
        match kind.scope(self.reader.principal, Action::Create) {
            Some(Scope::Any) => {}
            Some(Scope::Own) if own => {}
            _ => return Err(Error::Forbidden(format!("your roles may not create a {}", T::KIND))),
        }
        self.save(id, None, record, keep).await
    }

    /// Saves a new version of an object over the version that was read.
    ///
    /// # Errors
    /// [`Error::Forbidden`] if the principal may not change it, [`Error::Invalid`] from the record's own check. A
    /// version that is no longer the newest is found at commit.
    pub async fn update<T: Record>(&mut self, read: &Stored<T>, record: &T) -> Result<()> {
        self.demand(read, Action::Update)?;
        let keep = Keep { label: read.label.clone(), owner: read.owner.clone(), synthetic: read.synthetic };
        self.save(read.id, Some(read.version), record, &keep).await
    }

    /// As [`Writer::update`], and gives the object to another organisation or marks it as invented. Handing over
    /// needs the right to change objects of every owner; the mark of an invention is never taken away by a save.
    ///
    /// # Errors
    /// As [`Writer::update`].
    pub async fn update_as<T: Record>(
        &mut self,
        read: &Stored<T>,
        record: &T,
        owner: Option<String>,
        synthetic: bool,
    ) -> Result<()> {
        self.demand(read, Action::Update)?;
        let scope = self.kernel().kind(T::KIND)?.scope(self.reader.principal, Action::Update);
        if owner != read.owner && scope != Some(Scope::Any) {
            return Err(Error::Forbidden(format!(
                "your roles may not give this {} to another owner",
                T::KIND
            )));
        }
        let keep = Keep { label: read.label.clone(), owner, synthetic: read.synthetic || synthetic };
        self.save(read.id, Some(read.version), record, &keep).await
    }

    /// As [`Writer::update`] for the decisions that a record asks for (publish, answer, score).
    ///
    /// # Errors
    /// As [`Writer::update`].
    pub async fn decide<T: Record>(&mut self, read: &Stored<T>, record: &T) -> Result<()> {
        self.demand(read, Action::Decide)?;
        let keep = Keep { label: read.label.clone(), owner: read.owner.clone(), synthetic: read.synthetic };
        self.save(read.id, Some(read.version), record, &keep).await
    }

    /// Gives an object another label. A narrower one needs only the right to label; one that lets anybody new see
    /// it, or permits anything new, needs the originator: either as the principal, or by recorded consent.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right or the consent.
    pub async fn relabel<T: Record>(&mut self, read: &Stored<T>, label: Label) -> Result<()> {
        self.demand(read, Action::Label)?;
        if !label.is_at_most_as_wide_as(&read.label) && !self.is_originator(read) {
            let id = self.kernel().label_id(&label).await?;
            if !self.kernel().store.has_consent(read.id, read.version, id).await? {
                return Err(Error::Forbidden("the originator has not consented to a wider label".into()));
            }
        }
        let keep = Keep { label, owner: read.owner.clone(), synthetic: read.synthetic };
        self.save(read.id, Some(read.version), &read.record, &keep).await
    }

    /// As [`Writer::update`] for a kind whose label follows from its content: saves both together. Another label than
    /// the one read needs the right to label objects of every owner.
    ///
    /// # Errors
    /// As [`Writer::update`]; [`Error::Forbidden`] also for a kind whose label does not follow from its content.
    pub async fn update_labelled<T: Record>(
        &mut self,
        read: &Stored<T>,
        record: &T,
        label: Label,
    ) -> Result<()> {
        self.demand(read, Action::Update)?;
        if label != read.label {
            let scope = self.kernel().kind(T::KIND)?.scope(self.reader.principal, Action::Label);
            if !(T::LABEL_FOLLOWS_RECORD && scope == Some(Scope::Any)) {
                return Err(Error::Forbidden(format!("your roles may not change who sees this {}", T::KIND)));
            }
        }
        let keep = Keep { label, owner: read.owner.clone(), synthetic: read.synthetic };
        self.save(read.id, Some(read.version), record, &keep).await
    }

    /// Makes labels known in one step before many records that carry them are created.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the store does not take them.
    pub async fn prepare_labels(&self, labels: &[Label]) -> Result<()> {
        self.kernel().prepare_labels(labels).await
    }

    /// Records the originator's consent to a wider label for the version that was read.
    ///
    /// # Errors
    /// [`Error::Forbidden`] if the principal is not the originator.
    pub async fn consent<T: Record>(&mut self, read: &Stored<T>, label: &Label) -> Result<()> {
        if !self.is_originator(read) {
            return Err(Error::Forbidden("only the originator can consent".into()));
        }
        let text = to_canonical(label)?;
        let commitment = commitment(&self.salt(), &[read.id.as_bytes(), text.as_bytes()]);
        let label = self.kernel().label_id(label).await?;
        self.changes.push(Change::Consent { id: read.id, version: read.version, label, commitment });
        Ok(())
    }

    /// The organisation that owns an object is its originator; without an owner it is the author.
    fn is_originator<T>(&self, read: &Stored<T>) -> bool {
        match &read.owner {
            Some(owner) => self.reader.principal.organisation.as_ref() == Some(owner),
            None => self.reader.principal.account == Some(read.author),
        }
    }

    /// Destroys the content of all versions of an object on a lawful request. That it happened, when and to which
    /// object stays in the journal, and every proof stays valid.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right.
    pub fn erase<T: Record>(&mut self, read: &Stored<T>) -> Result<()> {
        self.demand(read, Action::Erase)?;
        let commitment = commitment(&self.salt(), &[read.id.as_bytes()]);
        self.changes.push(Change::Erase { id: read.id, expected: read.version, commitment });
        Ok(())
    }

    /// Ties two objects together. Both must be visible; the right to change the first is asked.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right, [`Error::NotFound`] if `to` is not there for this principal.
    pub async fn relate<T: Record>(&mut self, from: &Stored<T>, name: &str, to: ObjectId) -> Result<()> {
        self.demand(from, Action::Update)?;
        self.reader.object(to).await?;
        let relation = Relation { from: from.id, name: name.to_owned(), to };
        let commitment = self.commit_to_relation(&relation);
        self.changes.push(Change::Relate { relation, commitment });
        Ok(())
    }

    /// Ties two objects that were created in this same commit, or one of them.
    ///
    /// # Errors
    /// [`Error::Forbidden`] if `from` was not made in this commit.
    pub fn relate_new(&mut self, from: ObjectId, name: &str, to: ObjectId) -> Result<()> {
        let made = |id| {
            let mut saves = self.changes.iter();
            saves.any(
                |change| matches!(change, Change::Save(save) if save.id == id && save.expected.is_none()),
            )
        };
        if !made(from) {
            return Err(Error::Forbidden("only a new object can be tied so".into()));
        }
        let relation = Relation { from, name: name.to_owned(), to };
        let commitment = self.commit_to_relation(&relation);
        self.changes.push(Change::Relate { relation, commitment });
        Ok(())
    }

    /// Ends a relation.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the right to change `from`.
    pub fn unrelate<T: Record>(&mut self, from: &Stored<T>, name: &str, to: ObjectId) -> Result<()> {
        self.demand(from, Action::Update)?;
        let relation = Relation { from: from.id, name: name.to_owned(), to };
        let commitment = self.commit_to_relation(&relation);
        self.changes.push(Change::Unrelate { relation, commitment });
        Ok(())
    }

    fn commit_to_relation(&self, relation: &Relation) -> Hash {
        let parts = [relation.from.as_bytes().as_slice(), relation.name.as_bytes(), relation.to.as_bytes()];
        commitment(&self.salt(), &parts)
    }

    /// Tells followers that something happened: one job for each reaction, in the same transaction.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the payload has no JSON form.
    pub fn emit<P: serde::Serialize>(
        &mut self,
        name: &'static str,
        object: Option<ObjectId>,
        payload: &P,
    ) -> Result<()> {
        let event = Event { name, object, at: self.at, payload: to_canonical(payload)? };
        for reaction in self.kernel().reactions.get(name).into_iter().flatten() {
            let payload = serde_json::json!({ "event": name, "object": object, "at": self.at });
            self.enqueue(NewJob {
                name: (*reaction).to_owned(),
                payload: payload.to_string(),
                run_at: self.at,
                unique_key: None,
            });
        }
        self.changes.push(Change::Event(event));
        Ok(())
    }

    pub fn enqueue(&mut self, job: NewJob) {
        self.changes.push(Change::Job(job));
    }

    /// Makes this commit the effect of a job: it succeeds once only, while the worker holds the lease.
    pub fn complete(&mut self, ticket: Ticket) {
        self.changes.push(Change::Complete(ticket));
    }

    /// Saves everything, or nothing; durable when this returns.
    ///
    /// # Errors
    /// [`Error::Conflict`] when somebody else was faster, [`Error::Unavailable`] when nothing could be saved.
    pub async fn commit(self) -> Result<Receipt> {
        if self.changes.is_empty() {
            return Ok(Receipt::default());
        }
        self.reader.kernel.store.commit(Commit { at: self.at, changes: self.changes }).await
    }

    fn demand<T: Record>(&self, read: &Stored<T>, action: Action) -> Result<()> {
        self.author()?;
        if self.reader.may(read, action) {
            return Ok(());
        }
        let words = format!("{action:?}").to_lowercase();
        Err(Error::Forbidden(format!("your roles may not {words} this {}", T::KIND)))
    }

    async fn save<T: Record>(
        &mut self,
        id: ObjectId,
        expected: Option<u32>,
        record: &T,
        keep: &Keep,
    ) -> Result<()> {
        record.validate()?;
        let author = self.author()?;
        let body = to_canonical(record)?;
        if body.len() > MAXIMUM_BODY_BYTES {
            let reason = format!("is {} bytes long; the limit is {MAXIMUM_BODY_BYTES}", body.len());
            return Err(Error::invalid("body", reason));
        }
        let label = self.kernel().label_id(&keep.label).await?;
        let known = self.kernel().known_label(label).await?;
        let salt = self.salt();
        let mut fields = FieldValues::kept(keep.synthetic);
        record.index(&mut fields);
        fields.0.sort();
        fields.0.dedup();
        if fields.0.len() > MAXIMUM_FIELDS {
            return Err(Error::invalid("body", format!("has more than {MAXIMUM_FIELDS} indexed values")));
        }
        let envelope = Envelope {
            kind: T::KIND,
            schema: T::SCHEMA,
            label: &known.text,
            owner: keep.owner.as_deref(),
            author,
            synthetic: keep.synthetic,
        };
        self.changes.push(Change::Save(Box::new(Save {
            id,
            kind: T::KIND,
            expected,
            schema: T::SCHEMA,
            label,
            owner: keep.owner.clone(),
            author,
            synthetic: keep.synthetic,
            fields: fields.0,
            text: search::document(record.texts()),
            salt,
            commitment: envelope.commitment(&salt, &body),
            body,
        })));
        Ok(())
    }
}

/// What a saved version's commitment covers besides the body.
pub struct Envelope<'a> {
    pub kind: &'a str,
    pub schema: u16,
    /// Canonical JSON of the label.
    pub label: &'a str,
    pub owner: Option<&'a str>,
    pub author: ObjectId,
    pub synthetic: bool,
}

impl Envelope<'_> {
    pub fn commitment(&self, salt: &[u8; 16], body: &str) -> Hash {
        let parts: [&[u8]; 7] = [
            self.kind.as_bytes(),
            &self.schema.to_be_bytes(),
            self.label.as_bytes(),
            self.owner.unwrap_or("").as_bytes(),
            self.author.as_bytes(),
            &[u8::from(self.synthetic)],
            body.as_bytes(),
        ];
        commitment(salt, &parts)
    }
}
