//! GraphML, in the form that the importer reads back.

use std::fmt::Write;

use super::{edges, xml};
use crate::model::{Law, Model, Timing};
use crate::simulate::Run;

/// The model as GraphML, edges from dependent to supplier; with `run`, times down and up on the nodes.
pub fn graphml(model: &Model, run: Option<&Run>) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n",
    );
    let keys = [("node", "name"), ("node", "restart"), ("node", "down_at_h"), ("node", "up_at_h")];
    let edge_keys = ["phase", "group", "k", "buffer", "switch"].map(|name| ("edge", name));
    for (kind, name) in keys.into_iter().chain(edge_keys) {
        let _ =
            writeln!(text, "  <key id=\"{name}\" for=\"{kind}\" attr.name=\"{name}\" attr.type=\"string\"/>");
    }
    text.push_str("  <graph edgedefault=\"directed\">\n");
    let data = |text: &mut String, key: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = write!(text, "<data key=\"{key}\">{}</data>", xml(&value));
        }
    };
    for node in &model.nodes {
        let _ = write!(text, "    <node id=\"{}\">", xml(&node.id));
        data(&mut text, "name", node.name.clone());
        data(&mut text, "restart", duration(node.restart.as_ref()));
        let fallen = run.and_then(|run| run.nodes.iter().find(|fallen| fallen.node == node.id));
        data(&mut text, "down_at_h", fallen.map(|fallen| fallen.down_at_h.to_string()));
        data(
            &mut text,
            "up_at_h",
            fallen.map(|fallen| fallen.up_at_h.map_or("never".into(), |up| up.to_string())),
        );
        text.push_str("</node>\n");
    }
    for node in &model.nodes {
        for edge in edges(node) {
            let (from, to) = (xml(&node.id), xml(&edge.supplier.node));
            let _ = write!(text, "    <edge source=\"{from}\" target=\"{to}\">");
            data(&mut text, "phase", Some(edge.phase.to_owned()));
            data(
                &mut text,
                "k",
                (edge.group.is_some() && edge.at_least > 1).then(|| edge.at_least.to_string()),
            );
            data(&mut text, "group", edge.group);
            data(&mut text, "buffer", duration(edge.supplier.terms().buffer.as_ref()));
            data(&mut text, "switch", duration(edge.supplier.terms().switch.as_ref()));
            text.push_str("</edge>\n");
        }
    }
    text.push_str("  </graph>\n</graphml>\n");
    text
}

/// GraphML holds the median of an uncertain duration.
fn duration(timing: Option<&Timing>) -> Option<String> {
    timing.map(|timing| match timing.law {
        Law::Fixed(value) => value.to_string(),
        law => law.median().to_string(),
    })
}
