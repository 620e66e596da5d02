use serde_json::json;
use shinayaka_model::organisation::Organisation;

use super::{
    read::{RowFault, read},
    schema::{json_schema, page},
    write::{Written, header, lines},
};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../docs/schema/organisation.csv.md");
const SCHEMA: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../../docs/schema/organisation.csv.schema.json");

#[test]
fn the_published_pages_are_fresh() {
    let schema = format!("{}\n", serde_json::to_string_pretty(&json_schema()).unwrap());
    if std::env::var_os("SHINAYAKA_UPDATE_GOLDEN").is_some() {
        std::fs::write(PAGE, page()).unwrap();
        std::fs::write(SCHEMA, &schema).unwrap();
    }
    assert_eq!(std::fs::read_to_string(PAGE).unwrap_or_default(), page(), "set SHINAYAKA_UPDATE_GOLDEN=1");
    assert_eq!(std::fs::read_to_string(SCHEMA).unwrap_or_default(), schema, "set SHINAYAKA_UPDATE_GOLDEN=1");
}

#[test]
fn cells_become_members_of_their_record() {
    let file = "\u{feff}code,name_ja,prefecture,municipality,hubs,contact_channel,contact_address,contact_order,\
                product_name,synthetic\r\n\
                a,あ市,1,011002,x; y,telephone,'+81-11-000-0000,2,Gateway,true\r\n\r\n\
                b,い市,,1100,,,,,,\r\n";
    let (rows, faults) = read(file.as_bytes());
    assert_eq!(faults, []);
    assert_eq!(rows[0].organisation["prefecture"], "01");
    assert_eq!(rows[0].organisation["municipality"], "01100");
    assert_eq!(rows[0].organisation["hubs"], json!(["x", "y"]));
    assert_eq!(rows[0].contacts[0]["address"], "+81-11-000-0000");
    assert_eq!(rows[0].contacts[0]["order"], 2);
    assert!(rows[0].synthetic && rows[0].services.is_empty());
    assert_eq!((rows[1].line, &rows[1].organisation["municipality"]), (4, &json!("01100")));
    assert!(!rows[1].organisation.contains_key("hubs"), "an empty cell says nothing");
}

#[test]
fn every_bad_cell_is_named_and_reading_goes_on() {
    let file = "code,kind,contact_channel,contact_address,contact_order,municipality\n\
                a,castle,,,x,131017\n\
                b\n\
                c,hub,,x@y.example,,\n\
                d,hub,email,x@y.example,1,13101\n";
    let (rows, faults) = read(file.as_bytes());
    assert_eq!(rows.len(), 1);
    let told: Vec<(u64, &str)> = faults.iter().map(|fault| (fault.line, fault.field.as_str())).collect();
    assert_eq!(
        told,
        [(2, "kind"), (2, "municipality"), (2, "contact_order"), (3, "row"), (4, "contact_channel")]
    );
    assert!(faults[0].reason.contains("municipality, operator"));
}

#[test]
fn a_table_that_is_none_is_refused_at_its_head() {
    let field = |bytes: &[u8]| -> Vec<RowFault> { read(bytes).1 };
    assert_eq!(field(b"").first().unwrap().field, "row");
    assert_eq!(field(b"code,nmae\na,b\n").first().unwrap().field, "nmae");
    assert_eq!(field(b"kind\nhub\n").first().unwrap().field, "code");
    assert_eq!(field(b"code,code\n").first().unwrap().reason, "is named twice");
    assert!(field(b"\xff\xfec\0").first().unwrap().reason.contains("UTF-16"));
    assert!(field(b"\x96\xbc\x8f\xcc\n").first().unwrap().reason.contains("Shift_JIS"));
    let endless = format!("code\n\"{}", "x".repeat(70_000));
    assert!(field(endless.as_bytes()).first().unwrap().reason.contains("quotation mark"));
}

#[test]
fn what_is_written_reads_back() {
    let organisation = Organisation {
        code: "a".into(),
        name_ja: "=あ,\"市\"".into(),
        hubs: ["x".to_owned(), "y".to_owned()].into(),
        note: "one\ntwo".into(),
        ..Organisation::default()
    };
    let contact: Contact =
        serde_json::from_value(json!({"organisation": "a", "channel": "telephone", "address": "+81-3"}))
            .unwrap();
    let product: ProductInUse =
        serde_json::from_value(json!({"organisation": "a", "name": "@scope"})).unwrap();
    let written = Written {
        organisation: &organisation,
        synthetic: true,
        contacts: vec![&contact, &contact],
        services: vec![],
        products: vec![&product],
    };
    let file = [header(), lines(&[written]).unwrap()].concat();
    let (rows, faults) = read(&file);
    assert_eq!(faults, []);
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].organisation["name_ja"], "=あ,\"市\"");
    assert_eq!(rows[0].organisation["note"], "one\ntwo");
    assert_eq!(rows[0].products[0]["name"], "@scope");
    assert_eq!(rows[1].organisation.len(), 1, "further rows only say to whom they belong");
    assert_eq!(rows[1].contacts[0]["address"], "+81-3");
}

use shinayaka_model::{contact::Contact, product_in_use::ProductInUse};
