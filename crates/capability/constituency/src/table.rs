//! The constituency as a table: a row of a CSV file is an organisation with at most one contact, service and product;
//! more of them stand on further rows of the same organisation. The columns are published in
//! `docs/schema/organisation.csv.md` and, for programs, `docs/schema/organisation.csv.schema.json`; both are written from
//! [`COLUMNS`].
//!
//! Cells that a spreadsheet would run are written guarded ([`shinayaka_model::spreadsheet`]).

pub mod read;
pub mod schema;
pub mod write;

use shinayaka_model::{
    bounds::{MAXIMUM_NOTE_BYTES, MAXIMUM_TITLE_BYTES},
    contact::{Channel, ContactRole, Language, MAXIMUM_ADDRESS_BYTES},
    incident::Sector,
    organisation::{Inventory, MAXIMUM_CODE_BYTES, OrganisationKind, SizeBand},
    product_in_use::{Exposure, MAXIMUM_IDENTIFIER_BYTES},
};

/// To what a column belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Organisation,
    Contact,
    Service,
    Product,
}

/// What a cell may hold.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    Text {
        maximum_bytes: usize,
    },
    Words(fn() -> Vec<&'static str>),
    Pattern(&'static str),
    Number,
    /// Codes separated by `;`.
    Codes,
    Truth,
}

/// A column of the table.
#[derive(Debug, Clone, Copy)]
pub struct TableColumn {
    pub name: &'static str,
    pub part: Part,
    /// Its name in the record.
    pub member: &'static str,
    pub form: Form,
    pub example: &'static str,
    pub meaning: &'static str,
}

const fn column(
    name: &'static str,
    part: Part,
    member: &'static str,
    form: Form,
    example: &'static str,
    meaning: &'static str,
) -> TableColumn {
    TableColumn { name, part, member, form, example, meaning }
}

fn words<T: Copy>(all: &[T], word: fn(T) -> &'static str) -> Vec<&'static str> {
    all.iter().map(|value| word(*value)).collect()
}

const NAME: Form = Form::Text { maximum_bytes: MAXIMUM_TITLE_BYTES };
const URL: Form = Form::Text { maximum_bytes: 1_000 };
const IDENTIFIER: Form = Form::Text { maximum_bytes: MAXIMUM_IDENTIFIER_BYTES };
const TIME: Form = Form::Pattern(r"^(\d{4}-\d{2}-\d{2}(T.+)?)?$");

/// The columns in the order in which they are written. Read by name, in any order.
pub const COLUMNS: [TableColumn; 31] = [
    column(
        "code",
        Part::Organisation,
        "code",
        Form::Text { maximum_bytes: MAXIMUM_CODE_BYTES },
        "hinode-city",
        "Names the organisation for good. A row whose code is registered changes that organisation; without a code the \
         name decides; when neither is known, the organisation is new.",
    ),
    column(
        "name_ja",
        Part::Organisation,
        "name_ja",
        NAME,
        "日の出市",
        "Name in Japanese. One of the names is needed.",
    ),
    column("name_en", Part::Organisation, "name_en", NAME, "Hinode City", "Name in English."),
    column(
        "kind",
        Part::Organisation,
        "kind",
        Form::Words(|| words(OrganisationKind::ALL, OrganisationKind::as_str)),
        "municipality",
        "What sort of body it is.",
    ),
    column(
        "sector",
        Part::Organisation,
        "sector",
        Form::Words(|| words(Sector::ALL, Sector::as_str)),
        "government_services",
        "One of the fifteen critical-infrastructure sectors, or outside them.",
    ),
    column(
        "prefecture",
        Part::Organisation,
        "prefecture",
        Form::Pattern("^(0?[1-9]|[1-3][0-9]|4[0-7])?$"),
        "22",
        "Prefecture, JIS X 0401 (01 to 47). A spreadsheet may drop the leading 0.",
    ),
    column(
        "municipality",
        Part::Organisation,
        "municipality",
        Form::Pattern(r"^(\d{4,6})?$"),
        "22100",
        "Municipality, JIS X 0402: five digits, or six with the check digit. A spreadsheet may drop the leading 0 of the \
         five. It gives the prefecture, too.",
    ),
    column(
        "size",
        Part::Organisation,
        "size",
        Form::Words(|| words(SizeBand::ALL, SizeBand::as_str)),
        "up_to300",
        "How many people work there.",
    ),
    column(
        "hubs",
        Part::Organisation,
        "hubs",
        Form::Codes,
        "medical-isac; minato-council",
        "Codes of the hubs of which it is a member, separated by `;`. Their secretaries see it.",
    ),
    column(
        "parent",
        Part::Organisation,
        "parent",
        Form::Text { maximum_bytes: MAXIMUM_CODE_BYTES },
        "minato-prefecture",
        "Code of the organisation of which it is a part.",
    ),
    column(
        "inventory",
        Part::Organisation,
        "inventory",
        Form::Words(|| words(Inventory::ALL, Inventory::as_str)),
        "partial",
        "How much of what it runs is on its list of products.",
    ),
    column("website", Part::Organisation, "website", URL, "https://hinode.example", "Web site."),
    column(
        "note",
        Part::Organisation,
        "note",
        Form::Text { maximum_bytes: MAXIMUM_NOTE_BYTES },
        "",
        "Anything else.",
    ),
    column(
        "synthetic",
        Part::Organisation,
        "",
        Form::Truth,
        "false",
        "`true` for an invented organisation; it stays marked as such.",
    ),
    column(
        "contact_channel",
        Part::Contact,
        "channel",
        Form::Words(|| words(Channel::ALL, Channel::as_str)),
        "email",
        "By which road the contact is reached. A new organisation needs at least one contact.",
    ),
    column(
        "contact_address",
        Part::Contact,
        "address",
        Form::Text { maximum_bytes: MAXIMUM_ADDRESS_BYTES },
        "soc@hinode.example",
        "E-mail address, URL or telephone number; nothing for the inbox. Channel and address together name the contact.",
    ),
    column(
        "contact_role",
        Part::Contact,
        "role",
        Form::Words(|| words(ContactRole::ALL, ContactRole::as_str)),
        "security",
        "What the contact does there.",
    ),
    column("contact_name", Part::Contact, "name", NAME, "情報係", "Of the person or section."),
    column(
        "contact_language",
        Part::Contact,
        "language",
        Form::Words(|| words(Language::ALL, Language::as_str)),
        "ja",
        "In which language to write.",
    ),
    column(
        "contact_order",
        Part::Contact,
        "order",
        Form::Number,
        "1",
        "Place on the escalation ladder, 1 to 99; 1 is asked first.",
    ),
    column(
        "contact_verified_at",
        Part::Contact,
        "verified_at",
        TIME,
        "2026-08-01",
        "When the contact was last known to work: a day or an RFC 3339 time.",
    ),
    column(
        "service_name_ja",
        Part::Service,
        "name_ja",
        NAME,
        "住民票の交付",
        "A service to citizens, in Japanese.",
    ),
    column("service_name_en", Part::Service, "name_en", NAME, "Resident records", "The same in English."),
    column(
        "service_people_served",
        Part::Service,
        "people_served",
        Form::Number,
        "84000",
        "How many people rely on it, about.",
    ),
    column(
        "service_tolerable_outage_hours",
        Part::Service,
        "tolerable_outage_hours",
        Form::Number,
        "24",
        "Hours without it that people can bear.",
    ),
    column("service_url", Part::Service, "url", URL, "", "Web page of the service."),
    column(
        "product_name",
        Part::Product,
        "name",
        NAME,
        "Edge Gateway",
        "A product that it runs, in its own words.",
    ),
    column(
        "product_version",
        Part::Product,
        "version",
        NAME,
        "7.2",
        "Its version, in the words of its maker.",
    ),
    column("product_purl", Part::Product, "purl", IDENTIFIER, "pkg:generic/edge-gateway@7.2", "Package URL."),
    column(
        "product_cpe",
        Part::Product,
        "cpe",
        IDENTIFIER,
        "cpe:2.3:a:acme:edge_gateway:7.2:*:*:*:*:*:*:*",
        "CPE 2.3 name. The package URL, or else the CPE name, or else the name tells products apart.",
    ),
    column(
        "product_exposure",
        Part::Product,
        "exposure",
        Form::Words(|| words(Exposure::ALL, Exposure::as_str)),
        "internet_facing",
        "Whether the internet can reach it.",
    ),
];

#[cfg(test)]
mod tests;
