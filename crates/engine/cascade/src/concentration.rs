//! Concentration: how much hangs on few, and how long the others would need to take over.

mod impact;
mod relocation;
mod shares;

pub use impact::{ProviderImpact, impacts};
pub use relocation::{Relocation, relocate};
pub use shares::{Shares, shares};

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::error::Result;
use crate::graph::Graph;
use crate::model::{Gate, Model};

/// The prefix of a shared cause that names an update channel.
pub const UPDATE_CHANNEL: &str = "update:";

/// Concentration of every layer of a model.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Concentration {
    pub layers: Vec<Layer>,
}

/// One market: the providers of a layer and those who use them.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Layer {
    pub layer: String,
    /// Nodes that use a provider of the layer directly; each counts one, split evenly between its providers.
    pub consumers: usize,
    pub shares: Shares,
    /// The same with providers that share an update channel counted as one (cause tags `update:…`).
    pub by_update_channel: Shares,
    /// Update channels with the providers behind each, where there is more than one.
    pub update_channels: BTreeMap<String, Vec<String>>,
    pub providers: Vec<Provider>,
}

/// One provider.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Provider {
    pub node: String,
    /// Share of the consumers' need, 0..1.
    pub share: f64,
    #[serde(flatten)]
    pub impact: ProviderImpact,
    /// How fast its users could be elsewhere.
    pub relocation: Relocation,
}

/// Computes the concentration of every layer that the model's nodes name. Layers and, within one, providers are
/// sorted by name and share.
///
/// # Errors
/// `TooLarge` when a layer has more users and alternatives than the matching can hold.
pub fn concentration(model: &Model, graph: &Graph) -> Result<Concentration> {
    let mut layers: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (number, node) in (0..).zip(&model.nodes) {
        if let Some(layer) = &node.layer {
            layers.entry(layer).or_default().push(number);
        }
    }
    let layers = layers
        .into_iter()
        .map(|(name, providers)| layer(model, graph, name, &providers))
        .collect::<Result<_>>()?;
    Ok(Concentration { layers })
}

fn layer(model: &Model, graph: &Graph, name: &str, providers: &[u32]) -> Result<Layer> {
    let place: BTreeMap<u32, usize> = providers.iter().copied().zip(0..).collect();
    let mut used = vec![0.0; providers.len()];
    let mut consumers = 0;
    for node in &model.nodes {
        let of_layer = providers_of(graph, &place, node.run.as_ref());
        if !of_layer.is_empty() {
            consumers += 1;
            of_layer.iter().for_each(|at| used[*at] += 1.0 / of_layer.len() as f64);
        }
    }
    let impacts = impacts(graph, providers);
    let mut channels: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, provider) in providers.iter().enumerate() {
        let node = &model.nodes[*provider as usize];
        let channel = node.causes.iter().find(|cause| cause.starts_with(UPDATE_CHANNEL));
        let own = || format!("{UPDATE_CHANNEL}{}", node.id);
        channels.entry(channel.cloned().unwrap_or_else(own)).or_default().push(at);
    }
    let joined: Vec<f64> = channels.values().map(|of| of.iter().map(|at| used[*at]).sum()).collect();
    let names = |of: &[usize]| of.iter().map(|at| graph.id(providers[*at]).to_owned()).collect();
    let total: f64 = used.iter().sum();
    let mut rows = Vec::new();
    for ((at, provider), impact) in providers.iter().enumerate().zip(impacts) {
        let share = if total > 0.0 { used[at] / total } else { 0.0 };
        let relocation = relocate(model, graph, *provider, providers)?;
        rows.push(Provider { node: graph.id(*provider).to_owned(), share, impact, relocation });
    }
    rows.sort_by(|a, b| b.share.total_cmp(&a.share).then_with(|| a.node.cmp(&b.node)));
    Ok(Layer {
        layer: name.to_owned(),
        consumers,
        shares: shares(&used),
        by_update_channel: shares(&joined),
        update_channels: channels
            .iter()
            .filter(|(_, of)| of.len() > 1)
            .map(|(id, of)| (id.clone(), names(of)))
            .collect(),
        providers: rows,
    })
}

/// Places in the layer of the providers that a gate names, each once.
fn providers_of(graph: &Graph, place: &BTreeMap<u32, usize>, gate: Option<&Gate>) -> Vec<usize> {
    let edges = gate.into_iter().flat_map(Gate::suppliers);
    let mut found: Vec<usize> =
        edges.filter_map(|edge| place.get(&graph.node(&edge.node).ok()?).copied()).collect();
    found.sort_unstable();
    found.dedup();
    found
}
