//! What to do first: decision tables, exploit knowledge, and a decision with its due date and reasons.

pub mod decision;
pub mod intelligence;
pub mod table;

pub use decision::{Priority, prioritise};
pub use intelligence::{Intelligence, Known, likelihood_of_past_exploitation};
pub use table::{Table, TableError};
