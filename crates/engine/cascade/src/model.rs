//! The dependence model: what exists, what it needs to run, to start and to be repaired, and what was promised.

mod duration;
mod gate;
mod patch;
mod read;
mod timing;

pub use duration::Duration;
pub use gate::{EdgeGrade, Gate, Supplier, Terms};
pub use jiff::civil::Date;
pub use patch::apply_patch;
pub use read::{MAXIMUM_BYTES, read_json, read_yaml};
pub use timing::{Evidence, EvidenceGrade, Law, Timing};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The name and version of the model's form; a file may leave it out.
pub const SCHEMA: &str = "shinayaka.cascade/1";

/// A whole model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// `shinayaka.cascade/1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default)]
    pub nodes: Vec<Node>,
    /// Limited resources that repair: teams and vendors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub crews: Vec<Crew>,
    /// Facts about shared-cause tags; a tag used by a node or an edge need not be listed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
    /// What happens in a run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Organisation,
    /// A sector or a function of one (the 15 sectors, the national critical functions).
    Sector,
    Function,
    Service,
    Process,
    System,
    Product,
    Component,
    Supplier,
    Site,
    /// A person's role.
    Role,
    /// Fuel, a spare part.
    Resource,
    DataSet,
    Contract,
    Jurisdiction,
}

/// One thing that can be up or down.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Node {
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// For concentration: the market this node is a provider in (`os`, `dns`, `carrier`, `gnss` ...).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// A stable name of the product: a package URL or a CPE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// Needed at every moment to stay up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Gate>,
    /// Needed, besides `run`, while it starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Gate>,
    /// Needed while it is repaired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repair: Option<Gate>,
    /// Time from "everything needed is there" until it is up. Default 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restart: Option<Timing>,
    /// Time a repair takes when the fault does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repair_time: Option<Timing>,
    /// The crew that repairs it; without one, repair waits for nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crew: Option<String>,
    /// Rank in the crew's queue among faults of the same time; lower is earlier. Default 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub priority: i32,
    /// Shared causes that take this node down (its product, update channel, building, jurisdiction).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
    /// Probability that a Monte Carlo trial begins with a fault of this node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_probability: Option<f64>,
    /// Weight in totals of service-hours lost. Default 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
    /// How many dependents more this provider could take over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spare_capacity: Option<f64>,
    /// Dependents a day by which the spare capacity can grow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub growth_per_day: Option<f64>,
    /// Recovery time objective.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rto: Option<Duration>,
    /// Maximum tolerable period of disruption.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mtpd: Option<Duration>,
    /// Recovery point objective.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rpo: Option<Duration>,
    /// Minimum business continuity objective: performance, 0..1, below which the promise is broken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_performance: Option<f64>,
    /// Facts of the plan that the linter reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Box<Plan>>,
}

fn is_zero(number: &i32) -> bool {
    *number == 0
}

/// What a continuity plan says about its node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Whether a plan for leaving this supplier exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_plan: Option<bool>,
    /// The day the contact was last confirmed; a node that names a contact needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<Backup>,
    /// Ids of roles that this node's recovery occupies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// For a role: the people who can fill it at the same time. Default 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hands: Option<u32>,
}

/// Whom to call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The day somebody last reached it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub confirmed: Option<Date>,
}

/// A backup of the node's data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Backup {
    /// Time between two backups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Duration>,
    /// How long a restore took when it was last timed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restore: Option<Timing>,
}

/// A team or a vendor with a number of hands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Crew {
    pub id: String,
    /// Repairs it can do at the same time.
    pub size: u32,
    #[serde(default, skip_serializing_if = "is_strict")]
    pub order: CrewOrder,
}

fn is_strict(order: &CrewOrder) -> bool {
    *order == CrewOrder::Strict
}

/// How a crew takes jobs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CrewOrder {
    /// By time of fault, then priority, then id; nobody overtakes. More hands never make anything later.
    #[default]
    Strict,
    /// The first job by priority that can be worked on now. Shorter on average, but more hands can make
    /// a single job later (the scheduling anomaly of Graham 1969).
    Greedy,
}

/// A shared-cause tag with what is known of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    pub id: String,
    /// Probability that a Monte Carlo trial begins with this cause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_probability: Option<f64>,
    /// Repair time of each node it takes down, when the node has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repair_time: Option<Timing>,
}

/// Something breaks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The node that breaks; or `cause`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// The shared cause that strikes: every node that carries it breaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// When, from the start of the run. Default 0.
    #[serde(default)]
    pub at: Duration,
    /// How long the repair takes; without it the node's `repair_time`, and without that it is never repaired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repair: Option<Timing>,
}
