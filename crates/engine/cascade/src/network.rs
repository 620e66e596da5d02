//! Results of network science with exact answers: percolation, cascades on random graphs, overload.

mod overload;
mod percolation;

pub use overload::overload_cascade;
pub use percolation::{
    Interdependent, MutualGiant, giant_component, interdependent_theory, mutual_giant_component,
    random_graph, watts_window,
};
