//! C_p and I_p of Kashaf, Sekar & Agarwal (IMC 2020): who uses a provider, and who cannot do without it.

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;

use crate::blast::Scalar;
use crate::graph::Graph;

/// Users of one provider; the provider itself is not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProviderImpact {
    /// Nodes that name the provider directly.
    pub direct: usize,
    /// C_p: nodes that use it directly or through others, critically or not.
    pub concentration: usize,
    /// I_p: nodes that go down with it, alternatives honoured.
    pub impact: usize,
}

/// C_p and I_p of each provider.
pub fn impacts(graph: &Graph, providers: &[u32]) -> Vec<ProviderImpact> {
    let one = |(scalar, seen): &mut (Scalar<'_>, Vec<bool>), provider: &u32| {
        let impact = scalar.fail(&[*provider], &[]).len() - 1;
        seen.fill(false);
        seen[*provider as usize] = true;
        let mut open = vec![*provider];
        let (mut direct, mut users) = (0, 0);
        while let Some(node) = open.pop() {
            for edge in graph.run_out(node) {
                let user = graph.gates[edge.gate as usize].node;
                if !std::mem::replace(&mut seen[user as usize], true) {
                    users += 1;
                    direct += usize::from(node == *provider);
                    open.push(user);
                }
            }
        }
        ProviderImpact { direct, concentration: users, impact }
    };
    providers.par_iter().map_init(|| (Scalar::new(graph), vec![false; graph.len()]), one).collect()
}
