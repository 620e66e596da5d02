//! Organisations to CSV: UTF-8 with a byte order mark (spreadsheets need it for Japanese), CRLF, RFC 4180 quotes.

use csv::{Terminator, WriterBuilder};
use serde_json::Value;
use shinayaka_kernel::{Error, Result};
use shinayaka_model::{
    citizen_service::CitizenService, contact::Contact, organisation::Organisation,
    product_in_use::ProductInUse, spreadsheet::guard,
};

use super::{COLUMNS, Part};

/// An organisation with what hangs on it, as it is written.
pub struct Written<'a> {
    pub organisation: &'a Organisation,
    pub synthetic: bool,
    pub contacts: Vec<&'a Contact>,
    pub services: Vec<&'a CitizenService>,
    pub products: Vec<&'a ProductInUse>,
}

/// The first line of a file.
pub fn header() -> Vec<u8> {
    let names = COLUMNS.map(|column| column.name).join(",");
    format!("\u{feff}{names}\r\n").into_bytes()
}

/// The lines of some organisations.
///
/// # Errors
/// [`Error::Unavailable`] if a line cannot be written, which memory alone could cause.
pub fn lines(organisations: &[Written<'_>]) -> Result<Vec<u8>> {
    let unwritten = |error: String| Error::Unavailable(format!("CSV: {error}"));
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    for written in organisations {
        let rows = written.contacts.len().max(written.services.len()).max(written.products.len()).max(1);
        let organisation = members(written.organisation)?;
        for row in 0..rows {
            let contact = written.contacts.get(row).map(members).transpose()?;
            let service = written.services.get(row).map(members).transpose()?;
            let product = written.products.get(row).map(members).transpose()?;
            let cells = COLUMNS.iter().map(|column| {
                let part = match column.part {
                    // Further rows only say to whom they belong.
                    Part::Organisation if row > 0 && column.name != "code" => None,
                    Part::Organisation if column.name == "synthetic" => {
                        return written.synthetic.to_string();
                    }
                    Part::Organisation => Some(&organisation),
                    Part::Contact => contact.as_ref(),
                    Part::Service => service.as_ref(),
                    Part::Product => product.as_ref(),
                };
                part.map_or_else(String::new, |part| guard(&cell(&part[column.member])))
            });
            writer.write_record(cells).map_err(|error| unwritten(error.to_string()))?;
        }
    }
    writer.into_inner().map_err(|error| unwritten(error.to_string()))
}

fn members<T: serde::Serialize>(record: T) -> Result<Value> {
    serde_json::to_value(record).map_err(|error| Error::Unavailable(format!("JSON: {error}")))
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(cell).collect::<Vec<_>>().join("; "),
        other => other.to_string(),
    }
}
