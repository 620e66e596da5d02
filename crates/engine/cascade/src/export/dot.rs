//! Graphviz.

use std::fmt::Write;

use super::edges;
use crate::model::Model;
use crate::simulate::Run;

/// The model as a Graphviz digraph, edges from supplier to dependent; nodes that went down in `run` are marked.
pub fn dot(model: &Model, run: Option<&Run>) -> String {
    let quote =
        |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', " "));
    let fallen = |id: &str| run.and_then(|run| run.nodes.iter().find(|node| node.node == id));
    let mut text = String::from(
        "digraph cascade {\n  rankdir=LR;\n  node [shape=box, style=filled, fillcolor=white];\n",
    );
    for node in &model.nodes {
        let style = match fallen(&node.id) {
            None => String::new(),
            Some(fallen) => {
                let up = fallen.up_at_h.map_or("never".to_owned(), |up| format!("{up:.2} h"));
                let label = format!("{}\\n{:.2} h - {up}", node.id, fallen.down_at_h);
                let colour = if fallen.up_at_h.is_none() { "indianred1" } else { "orange" };
                format!(" [label={}, fillcolor={colour}]", quote(&label).replace("\\\\n", "\\n"))
            }
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {}{style};", quote(&node.id));
    }
    for node in &model.nodes {
        for edge in edges(node) {
            let style = match edge.phase {
                "run" if edge.group.is_none() => "solid",
                "run" => "dashed",
                _ => "dotted",
            };
            let label = match (edge.phase, &edge.group) {
                ("run", None) => String::new(),
                (phase, None) => phase.to_owned(),
                (_, Some(group)) => group.clone(),
            };
            let (from, to) = (quote(&edge.supplier.node), quote(&node.id));
            let _ = writeln!(text, "  {from} -> {to} [style={style}, label={}];", quote(&label));
        }
    }
    text.push_str("}\n");
    text
}
