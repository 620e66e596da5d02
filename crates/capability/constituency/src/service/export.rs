//! The constituency as a file, written page by page.

use serde::{Deserialize, Serialize};
use shinayaka_kernel::{
    Error, Reader, Result, access::ListRequest, label::Action, object::Stored, page::MAXIMUM_LIMIT,
};
use shinayaka_model::{
    citizen_service::CitizenService, contact::Contact, organisation::Organisation,
    product_in_use::ProductInUse,
};

use super::{holdings::of, organisations::OrganisationFilter};
use crate::table::write::{Written, header, lines};

/// In which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OrganisationExportFormat)]
pub enum ExportFormat {
    /// The columns of `docs/schema/organisation.csv.md`.
    Csv,
    /// An array that [`super::import`] reads back.
    Json,
}

/// An organisation in a JSON export.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ExportedOrganisation {
    organisation: Organisation,
    contacts: Vec<Contact>,
    services: Vec<CitizenService>,
    products: Vec<ProductInUse>,
    synthetic: bool,
}

/// What the reader may take out of the node, filtered as the list is (the text search and the health left aside).
///
/// # Errors
/// [`Error::Forbidden`] if the principal's roles may not take organisations out of the node.
pub async fn export(
    reader: Reader<'_>,
    format: ExportFormat,
    filter: &OrganisationFilter,
) -> Result<Vec<u8>> {
    reader.demand::<Organisation>(Action::Export)?;
    let mut request = ListRequest {
        filters: filter.values(),
        sort: Some(("code", false)),
        after: None,
        limit: Some(MAXIMUM_LIMIT),
    };
    let mut out = match format {
        ExportFormat::Csv => header(),
        ExportFormat::Json => b"[".to_vec(),
    };
    let mut written = false;
    loop {
        let page = reader.list::<Organisation>(&request).await?;
        for stored in page.items {
            if !reader.may(&stored, Action::Export) {
                continue;
            }
            let one = gather(reader, stored).await?;
            match format {
                ExportFormat::Csv => out.extend(lines(&[one.written()])?),
                ExportFormat::Json => {
                    out.extend_from_slice(if written { b",\n" } else { b"\n" });
                    serde_json::to_writer(&mut out, &one)
                        .map_err(|error| Error::Unavailable(format!("JSON: {error}")))?;
                }
            }
            written = true;
        }
        match page.next {
            Some(next) => request.after = Some(next),
            None => break,
        }
    }
    if format == ExportFormat::Json {
        out.extend_from_slice(b"\n]\n");
    }
    Ok(out)
}

async fn gather(reader: Reader<'_>, stored: Stored<Organisation>) -> Result<ExportedOrganisation> {
    fn records<T>(held: Vec<Stored<T>>) -> Vec<T> {
        held.into_iter().map(|stored| stored.record).collect()
    }
    let code = &stored.record.code;
    let mut contacts = of::<Contact>(reader, code).await?;
    contacts.sort_by_key(|contact| (contact.record.order, contact.id));
    let mut services = of::<CitizenService>(reader, code).await?;
    services.sort_by_key(|service| service.id);
    let mut products = of::<ProductInUse>(reader, code).await?;
    products.sort_by_key(|product| product.id);
    Ok(ExportedOrganisation {
        contacts: records(contacts),
        services: records(services),
        products: records(products),
        synthetic: stored.synthetic,
        organisation: stored.record,
    })
}

impl ExportedOrganisation {
    fn written(&self) -> Written<'_> {
        Written {
            organisation: &self.organisation,
            synthetic: self.synthetic,
            contacts: self.contacts.iter().collect(),
            services: self.services.iter().collect(),
            products: self.products.iter().collect(),
        }
    }
}
