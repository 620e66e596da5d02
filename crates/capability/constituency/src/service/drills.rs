//! Reach drills: starting one, and asking whoever delivers warnings to deliver it.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error, Kernel, Label, ObjectId, Principal, Result,
    access::{FilterValue, Keep},
    clock::Timestamp,
    event::NewJob,
    label::{Action, Audience, Pap, Party, ReleaseView, Role, Tlp},
    object::Record,
};
use shinayaka_model::{
    drill::{Drill, DrillAudience},
    organisation::Organisation,
};

/// The job that closes a drill.
pub const CLOSE_DRILL: &str = "constituency.close_drill";
/// Hours for which a drill is open unless said otherwise.
const DEFAULT_HOURS: u16 = 24;
/// The longest time for which a drill can be open: thirty days.
const MAXIMUM_HOURS: u16 = 720;

/// The question to whoever delivers warnings: send this as a notice that travels the same road.
#[async_trait]
pub trait Dispatch: Send + Sync {
    /// Issues the notice of a drill and returns its id. The principal may start the drill: that has been decided.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when this node delivers nothing.
    async fn send(&self, kernel: &Kernel, principal: &Principal, call: &DrillCall) -> Result<ObjectId>;
}

/// What is to be sent.
#[derive(Debug, Clone)]
pub struct DrillCall {
    pub drill: ObjectId,
    pub title: String,
    pub audience: DrillAudience,
    pub closes_at: Timestamp,
    /// Everybody in the register is invented, and so is the drill.
    pub synthetic: bool,
}

/// For a node without a room that delivers.
pub struct NoDispatch;

#[async_trait]
impl Dispatch for NoDispatch {
    async fn send(&self, _: &Kernel, _: &Principal, _: &DrillCall) -> Result<ObjectId> {
        Err(Error::Unavailable("this node delivers no messages: nothing was sent".into()))
    }
}

/// A drill to be started.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDrill {
    pub title: String,
    /// Everybody when it names nothing.
    #[serde(default)]
    pub audience: DrillAudience,
    /// For how long answers count; 24 when left out.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 720)]
    pub hours: Option<u16>,
}

/// Which drill was started.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct StartedDrill {
    pub id: ObjectId,
    pub notice: ObjectId,
    pub closes_at: Timestamp,
}

/// Who sees a drill: the house, and the hub that it asked.
pub fn label(audience: &DrillAudience) -> Label {
    let hub = audience.hub.iter().cloned().map(Party::Community);
    Label {
        tlp: Tlp::Amber,
        audience: Audience::any_of(hub.chain([Party::House])),
        pap: Pap::Amber,
        view: ReleaseView::Technical,
    }
}

/// Sends a drill and remembers it. It closes by itself.
///
/// # Errors
/// [`Error::Forbidden`] for whoever may not, a secretary outside their own hubs included; [`Error::Invalid`] naming the
/// field; [`Error::Unavailable`] when nothing could be sent.
pub async fn start(
    kernel: &Kernel,
    principal: &Principal,
    dispatch: &dyn Dispatch,
    new: NewDrill,
) -> Result<StartedDrill> {
    let mut writer = kernel.writer(principal);
    writer.reader().demand::<Drill>(Action::Create)?;
    demand_hub(principal, &new.audience)?;
    let hours = new.hours.unwrap_or(DEFAULT_HOURS);
    if !(1..=MAXIMUM_HOURS).contains(&hours) {
        return Err(Error::invalid("hours", format!("must be from 1 to {MAXIMUM_HOURS}")));
    }
    let started_at = writer.at();
    let closes_at = started_at.plus_seconds(i64::from(hours) * 3_600);
    let id = ObjectId::new(started_at, kernel.entropy());
    let mut drill = Drill {
        title: new.title.trim().to_owned(),
        audience: new.audience,
        started_at,
        closes_at,
        notice: None,
        result: None,
    };
    drill.validate()?;
    let synthetic = is_demonstration(kernel).await?;
    let (title, audience) = (drill.title.clone(), drill.audience.clone());
    let call = DrillCall { drill: id, title, audience, closes_at, synthetic };
    let notice = dispatch.send(kernel, principal, &call).await?;
    drill.notice = Some(notice);
    let keep = Keep { label: label(&drill.audience), owner: principal.organisation.clone(), synthetic };
    writer.create_with_id(id, &drill, &keep).await?;
    writer.enqueue(NewJob {
        name: CLOSE_DRILL.to_owned(),
        payload: serde_json::json!({ "drill": id }).to_string(),
        run_at: closes_at,
        unique_key: Some(format!("{CLOSE_DRILL}/{id}")),
    });
    writer.commit().await?;
    Ok(StartedDrill { id, notice, closes_at })
}

/// True if the register holds inventions and nothing else.
async fn is_demonstration(kernel: &Kernel) -> Result<bool> {
    let node = Principal::node();
    let reader = kernel.reader(&node);
    let real = ("synthetic", FilterValue::Text("false".into()));
    let real = reader.count::<Organisation>(Some(real)).await?;
    Ok(real == 0 && reader.count::<Organisation>(None).await? > 0)
}

/// The secretary of a hub asks the hub's members and nobody else.
fn demand_hub(principal: &Principal, audience: &DrillAudience) -> Result<()> {
    let house = [Role::Director, Role::Analyst].iter().any(|role| principal.has_role(*role));
    let own = audience.hub.as_ref().is_some_and(|hub| principal.communities.contains(hub));
    if house || own {
        return Ok(());
    }
    Err(Error::Forbidden("a secretary holds drills of their own hub: name it in the audience".into()))
}
