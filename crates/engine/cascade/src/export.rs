//! Pictures and graphs of a model and of a run.

mod dot;
mod graphml;
mod timeline;

pub use dot::dot;
pub use graphml::graphml;
pub use timeline::timeline;

use crate::model::{Gate, Node, Supplier};

/// One edge with the name of its group of alternatives, if it is in one.
pub(crate) struct Edge<'m> {
    pub phase: &'static str,
    pub supplier: &'m Supplier,
    pub group: Option<String>,
    /// How many of the group are needed.
    pub at_least: u32,
}

/// The edges of a node. Alternatives inside alternatives are shown as one group.
pub(crate) fn edges(node: &Node) -> Vec<Edge<'_>> {
    let mut found = Vec::new();
    for (phase, gate) in [("run", &node.run), ("start", &node.start), ("repair", &node.repair)] {
        let mut groups = 0;
        let mut open: Vec<&Gate> = gate.iter().collect();
        while let Some(gate) = open.pop() {
            match gate {
                Gate::Supplier(supplier) => found.push(Edge { phase, supplier, group: None, at_least: 1 }),
                Gate::All(of) => open.extend(of.iter().rev()),
                Gate::Any(_) | Gate::KOfN { .. } | Gate::Weighted { .. } => {
                    groups += 1;
                    let at_least = if let Gate::KOfN { k, .. } = gate { *k } else { 1 };
                    let edge = |supplier| Edge {
                        phase,
                        supplier,
                        group: Some(format!("{phase}{groups}")),
                        at_least,
                    };
                    found.extend(gate.suppliers().into_iter().map(edge));
                }
            }
        }
    }
    found
}

/// Text safe inside XML, without characters that XML forbids.
pub(crate) fn xml(text: &str) -> String {
    let allowed: String = text.chars().filter(|c| !c.is_control() || "\t\n".contains(*c)).collect();
    quick_xml::escape::escape(&allowed).into_owned()
}
