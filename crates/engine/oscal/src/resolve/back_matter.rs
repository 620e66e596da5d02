//! Resources of the sources and of the profile, each once.

use super::import::is_kept;
use crate::tree::{Node, Object};

/// Adds the profile's own resources after those of its imports, and leaves one of each UUID: the last, or the last of
/// those that are marked to be kept.
pub(super) fn add(resources: &mut Vec<Node>, profile: &Object) {
    let back_matter = profile.get("back-matter").and_then(Node::as_object);
    resources.extend(back_matter.map_or(&[][..], |back| back.items("resources")).iter().cloned());
    let uuid = |node: &Node| node.get("uuid").and_then(Node::as_text).map(str::to_owned);
    let mut out: Vec<Node> = Vec::new();
    for resource in resources.drain(..) {
        let before =
            uuid(&resource).and_then(|id| out.iter().position(|known| uuid(known).as_deref() == Some(&id)));
        match before {
            Some(at) if is_kept(&out[at]) && !is_kept(&resource) => {}
            Some(at) => {
                out.remove(at);
                out.push(resource);
            }
            None => out.push(resource),
        }
    }
    *resources = out;
}
