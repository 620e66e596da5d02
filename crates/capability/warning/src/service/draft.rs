//! From nothing to an approved draft: make, change, check, approve.

use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error, ObjectId, Result,
    access::{FilterValue, Keep, Kernel, ListRequest, Reader, Writer},
    http::Viewer,
    label::Action,
    object::Stored,
    page::Page,
};
use shinayaka_model::warning::{Content, Level, Origin, Purpose, State, Warning};

use super::{
    audience::{self, AudienceSize},
    demand, demand_version,
    duplicate::{self, Likeness},
    plain::{self, Finding},
    signature,
};

/// What a list can be narrowed to.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WarningFilter {
    #[param(inline)]
    pub state: Option<State>,
    /// Issued and not cancelled.
    pub open: Option<bool>,
    #[param(inline)]
    pub purpose: Option<Purpose>,
    pub level: Option<u8>,
}

/// What is said about a draft before it goes out.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Checked {
    /// What is still missing, with the place of the first fault; empty when it can be issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<Missing>,
    pub plain_language: Vec<Finding>,
    pub duplicates: Vec<Likeness>,
    pub audience: AudienceSize,
    /// A second person has to approve.
    pub needs_approval: bool,
    pub level_ja: &'static str,
    pub level_en: &'static str,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Missing {
    pub field: String,
    pub reason: String,
}

/// Saves a new draft.
///
/// # Errors
/// [`Error::Forbidden`] without the right, [`Error::Invalid`] naming the field.
pub async fn make(
    mut writer: Writer<'_>,
    content: Content,
    template: Option<ObjectId>,
    origin: Option<Origin>,
    synthetic: bool,
) -> Result<(ObjectId, u32)> {
    demand::<Warning>(writer.reader(), Action::Create)?;
    let warning = Warning {
        content,
        state: State::Draft,
        drafted: signature(writer.reader(), writer.at())?,
        approvals: Vec::new(),
        pending: None,
        editions: Vec::new(),
        corrections: Vec::new(),
        template,
        origin,
        affected: 0,
        unknown: 0,
    };
    let keep = Keep { label: warning.label(), owner: None, synthetic };
    let id = writer.create(&warning, &keep).await?;
    writer.commit().await?;
    Ok((id, 1))
}

/// Changes a draft. What was approved is no longer, since it says something else now; whoever changes it is its author.
///
/// # Errors
/// [`Error::Conflict`] when it was issued or somebody else was faster.
pub async fn change(
    mut writer: Writer<'_>,
    id: ObjectId,
    version: u32,
    content: Content,
) -> Result<Stored<Warning>> {
    let reader = writer.reader();
    let stored = reader.get::<Warning>(id).await?;
    demand::<Warning>(reader, Action::Update)?;
    demand_version(&stored, version)?;
    if stored.record.state.was_issued() {
        return Err(Error::Conflict("it was issued: tell it anew instead".into()));
    }
    let mut warning = stored.record.clone();
    warning.content = content;
    warning.state = State::Draft;
    warning.approvals.clear();
    warning.drafted = signature(reader, writer.at())?;
    writer.update_labelled(&stored, &warning, warning.label()).await?;
    writer.commit().await?;
    reader.get(id).await
}

/// The second pair of eyes: says yes to a draft, or to the update that waits. Never by whoever wrote it.
///
/// # Errors
/// [`Error::Forbidden`] for the author, [`Error::Invalid`] when something is missing.
pub async fn approve(mut writer: Writer<'_>, id: ObjectId, version: u32) -> Result<Stored<Warning>> {
    let reader = writer.reader();
    let stored = reader.get::<Warning>(id).await?;
    demand::<Warning>(reader, Action::Decide)?;
    demand_version(&stored, version)?;
    let mut warning = stored.record.clone();
    if warning.state != State::Draft {
        return Err(Error::Conflict("only a draft can be approved".into()));
    }
    warning.content.check_complete()?;
    let approval = signature(reader, writer.at())?;
    if approval.account == warning.drafted.account {
        return Err(Error::Forbidden("whoever wrote it cannot approve it: a second person must".into()));
    }
    warning.approvals.push(approval);
    warning.state = State::Approved;
    writer.decide(&stored, &warning).await?;
    writer.commit().await?;
    reader.get(id).await
}

/// Whether this may go out as it stands.
///
/// # Errors
/// [`Error::Forbidden`] above level 3 without a second person.
pub fn demand_approval(warning: &Warning) -> Result<()> {
    let second = warning.approvals.iter().any(|approval| approval.account != warning.drafted.account);
    if warning.content.level <= Level::ALONE || (warning.state == State::Approved && second) {
        return Ok(());
    }
    let name = warning.content.level()?.name_en();
    Err(Error::Forbidden(format!("{name}: a second person must approve it first")))
}

/// What there is to say about a draft.
///
/// # Errors
/// When the store does not answer.
pub async fn check(
    kernel: &Kernel,
    reader: Reader<'_>,
    content: &Content,
    own: Option<ObjectId>,
) -> Result<Checked> {
    demand::<Warning>(reader, Action::Create)?;
    let level = content.level()?;
    let missing = match content.check().and_then(|()| content.check_complete()) {
        Err(Error::Invalid { field, reason }) => Some(Missing { field, reason }),
        _ => None,
    };
    let (_, size) = audience::addressed(kernel, content).await?;
    Ok(Checked {
        missing,
        plain_language: plain::check(content),
        duplicates: duplicate::of(reader, content, own).await?,
        audience: size,
        needs_approval: level.number() > Level::ALONE,
        level_ja: level.name_ja(),
        level_en: level.name_en(),
    })
}

/// Warnings that the viewer may see, newest first. Recipients find theirs in the inbox.
///
/// # Errors
/// [`Error::Invalid`] for a bad page token.
pub async fn list(
    viewer: &Viewer,
    kernel: &Kernel,
    filter: &WarningFilter,
    after: Option<String>,
    limit: Option<u32>,
) -> Result<Page<Stored<Warning>>> {
    let mut filters = Vec::new();
    if let Some(state) = filter.state {
        filters.push(("state", FilterValue::Text(state.to_string())));
    }
    if let Some(open) = filter.open {
        filters.push(("open", FilterValue::Text(open.to_string())));
    }
    if let Some(purpose) = filter.purpose {
        filters.push(("purpose", FilterValue::Text(purpose.to_string())));
    }
    if let Some(level) = filter.level {
        filters.push(("level", FilterValue::Integer(level.into())));
    }
    let request = ListRequest { filters, sort: None, after, limit };
    Ok(viewer.reader(kernel).list::<Warning>(&request).await?.map(|stored| redacted(viewer, stored)))
}

/// A warning as this viewer may know it: who wrote and approved it, and how many it addressed, is for the house.
pub fn redacted(viewer: &Viewer, mut stored: Stored<Warning>) -> Stored<Warning> {
    if super::is_house(&viewer.0) {
        return stored;
    }
    let nobody = ObjectId::from_bytes([0; 16]);
    let blank = |signature: &mut shinayaka_model::warning::Signature| {
        signature.account = nobody;
        signature.name.clear();
    };
    let warning = &mut stored.record;
    blank(&mut warning.drafted);
    warning.approvals.clear();
    warning.pending = None;
    warning.editions.iter_mut().for_each(|edition| blank(&mut edition.by));
    warning.corrections.iter_mut().for_each(|correction| blank(&mut correction.by));
    warning.affected = 0;
    warning.unknown = 0;
    warning.template = None;
    warning.content.target.organisations.clear();
    warning.content.target.hubs.clear();
    warning.content.ladder.clear();
    stored.author = nobody;
    stored
}
