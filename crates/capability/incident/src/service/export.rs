//! The registry as a file, written page by page.

use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error, Reader, Result, access::ListRequest, label::Action, object::Stored, page::MAXIMUM_LIMIT,
};
use shinayaka_model::incident::Incident;

use super::list::{Derived, Filter};
use crate::table::write;

/// In which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// The columns of `docs/schema/incident.csv.md`.
    Csv,
    /// A JSON array of the accidents with their labels and versions.
    Json,
}

/// An accident in a JSON export.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Exported<'a> {
    #[serde(flatten)]
    pub stored: &'a Stored<Incident>,
    pub derived: Derived,
}

/// An export under way.
pub struct Export {
    format: ExportFormat,
    filter: Filter,
    state: State,
}

enum State {
    Beginning,
    /// `true` when an accident has been written before.
    Page(Option<String>, bool),
    Finished,
}

impl Export {
    /// # Errors
    /// [`Error::Forbidden`] if the principal's roles may not take accidents out of the node.
    pub fn begin(reader: Reader<'_>, format: ExportFormat, filter: Filter) -> Result<Self> {
        reader.demand::<Incident>(Action::Export)?;
        Ok(Self { format, filter, state: State::Beginning })
    }

    /// The next piece of the file, or `None` after the last. Accidents whose label forbids taking them out are not in
    /// it.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the store does not answer.
    pub async fn next(&mut self, reader: Reader<'_>) -> Result<Option<Vec<u8>>> {
        let (mut out, after, written) = match std::mem::replace(&mut self.state, State::Finished) {
            State::Finished => return Ok(None),
            State::Beginning => (self.head(), None, false),
            State::Page(after, written) => (Vec::new(), after, written),
        };
        let request =
            ListRequest { filters: self.filter.values(), sort: None, after, limit: Some(MAXIMUM_LIMIT) };
        let page = reader.list::<Incident>(&request).await?;
        let items: Vec<_> = page.items.iter().filter(|stored| reader.may(stored, Action::Export)).collect();
        self.write(&items, written, &mut out)?;
        match page.next {
            Some(next) => self.state = State::Page(Some(next), written || !items.is_empty()),
            None if self.format == ExportFormat::Json => out.extend_from_slice(b"\n]\n"),
            None => {}
        }
        Ok(Some(out))
    }

    fn head(&self) -> Vec<u8> {
        match self.format {
            ExportFormat::Csv => write::header(),
            ExportFormat::Json => b"[".to_vec(),
        }
    }

    fn write(&self, items: &[&Stored<Incident>], mut written: bool, out: &mut Vec<u8>) -> Result<()> {
        if self.format == ExportFormat::Csv {
            let rows = items.iter().map(|stored| (stored.id, stored.synthetic, &stored.record));
            out.extend(write::lines(rows)?);
            return Ok(());
        }
        for stored in items {
            out.extend_from_slice(if written { b",\n" } else { b"\n" });
            written = true;
            let exported = Exported { derived: Derived::of(&stored.record), stored };
            serde_json::to_writer(&mut *out, &exported)
                .map_err(|error| Error::Unavailable(format!("JSON: {error}")))?;
        }
        Ok(())
    }
}

/// A whole export in memory, for the command line.
///
/// # Errors
/// As [`Export::begin`] and [`Export::next`].
pub async fn export_all(reader: Reader<'_>, format: ExportFormat) -> Result<Vec<u8>> {
    let mut export = Export::begin(reader, format, Filter::default())?;
    let mut out = Vec::new();
    while let Some(piece) = export.next(reader).await? {
        out.extend(piece);
    }
    Ok(out)
}
