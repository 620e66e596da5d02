//! The records of the constituency together: frozen samples, bounds, index values.

use shinayaka_kernel::object::read_body;

use super::*;
use crate::{
    citizen_service::CitizenService,
    constituency_policy::ConstituencyPolicy,
    contact::{Channel, Contact, ContactState},
    delegation::{DelegatedAct, Delegation},
    drill::{Drill, DrillOutcome},
    product_in_use::{ProductInUse, product_keys},
};

fn organisation() -> Organisation {
    read_body(1, include_str!("../../tests/samples/organisation-1.json")).unwrap()
}

fn contact() -> Contact {
    read_body(1, include_str!("../../tests/samples/contact-1.json")).unwrap()
}

fn product() -> ProductInUse {
    read_body(1, include_str!("../../tests/samples/product_in_use-1.json")).unwrap()
}

fn delegation() -> Delegation {
    read_body(1, include_str!("../../tests/samples/delegation-1.json")).unwrap()
}

fn loads_whole<T: Record>(sample: &str) {
    let record: T = read_body(1, sample).unwrap();
    record.validate().unwrap();
    let kept: serde_json::Value = serde_json::from_str(sample).unwrap();
    assert_eq!(serde_json::to_value(&record).unwrap(), kept, "{}", T::KIND);
    let mut values = FieldValues::kept(false);
    record.index(&mut values);
    for field in T::FIELDS {
        assert!(values.0.iter().any(|(name, _)| *name == field.name), "{}.{}", T::KIND, field.name);
    }
}

#[test]
fn the_frozen_samples_of_schema_1_load_and_lose_nothing() {
    loads_whole::<Organisation>(include_str!("../../tests/samples/organisation-1.json"));
    loads_whole::<Contact>(include_str!("../../tests/samples/contact-1.json"));
    loads_whole::<CitizenService>(include_str!("../../tests/samples/citizen_service-1.json"));
    loads_whole::<ProductInUse>(include_str!("../../tests/samples/product_in_use-1.json"));
    loads_whole::<Delegation>(include_str!("../../tests/samples/delegation-1.json"));
    loads_whole::<DrillOutcome>(include_str!("../../tests/samples/drill_outcome-1.json"));
    loads_whole::<ConstituencyPolicy>(include_str!("../../tests/samples/constituency_policy-1.json"));
    let drill: Drill = read_body(1, include_str!("../../tests/samples/drill-1.json")).unwrap();
    drill.validate().unwrap();
    assert_eq!(drill.result.unwrap().median_minutes, Some(42.5));
}

fn refused<T: Record + Clone>(record: &T, change: impl FnOnce(&mut T)) -> String {
    let mut record = record.clone();
    change(&mut record);
    match record.validate() {
        Err(Error::Invalid { field, .. }) => field,
        other => panic!("was {other:?}"),
    }
}

#[test]
fn nothing_is_required_of_an_organisation_beyond_a_name() {
    let least = Organisation { code: "a".into(), name_ja: "あ".into(), ..Organisation::default() };
    least.validate().unwrap();
    let read: Organisation = serde_json::from_str(r#"{"code": "a", "name_ja": "あ"}"#).unwrap();
    assert_eq!(read, least);
}

#[test]
fn every_bound_names_its_field() {
    let one = organisation();
    assert_eq!(refused(&one, |o| o.code = "a b".into()), "code");
    assert_eq!(refused(&one, |o| o.code = "x".repeat(65)), "code");
    assert_eq!(refused(&one, |o| (o.name_ja, o.name_en) = Default::default()), "name_ja");
    assert_eq!(refused(&one, |o| o.name_en = " a".into()), "name_en");
    assert_eq!(refused(&one, |o| o.prefecture = Some("48".into())), "prefecture");
    assert_eq!(refused(&one, |o| o.municipality = Some("27100".into())), "municipality");
    assert_eq!(refused(&one, |o| o.hubs = (0..21).map(|n| format!("hub{n}")).collect()), "hubs");
    assert_eq!(refused(&one, |o| o.hubs = ["a;b".to_owned()].into()), "hubs");
    assert_eq!(refused(&one, |o| o.parent = Some(o.code.clone())), "parent");
    assert_eq!(refused(&one, |o| o.website = Some("javascript:x".into())), "website");
    let one = contact();
    assert_eq!(refused(&one, |c| c.order = 0), "order");
    assert_eq!(refused(&one, |c| c.verified_by = None), "verified_by");
    assert_eq!(refused(&ConstituencyPolicy::default(), |p| p.verification_days = 0), "verification_days");
    let one = delegation();
    assert_eq!(refused(&one, |d| d.delegate = d.member.clone()), "delegate");
    assert_eq!(refused(&one, |d| d.acts.clear()), "acts");
    assert_eq!(refused(&one, |d| d.valid_until = "2026-03-31".parse().ok()), "valid_until");
    let one = product();
    assert_eq!(refused(&one, |p| (p.name, p.purl, p.cpe) = Default::default()), "name");
    assert_eq!(refused(&one, |p| p.purl = Some("npm/x".into())), "purl");
    assert_eq!(refused(&one, |p| p.cpe = Some("cpe:/a:acme:x".into())), "cpe");
}

#[test]
fn an_address_is_one_of_its_channel() {
    let with = |channel, address: &str| Contact { channel, address: address.into(), ..contact() }.validate();
    for (channel, address) in [
        (Channel::Inbox, ""),
        (Channel::Email, "a+b@city.example"),
        (Channel::Webhook, "https://hook.example/x"),
        (Channel::Telephone, "+81-3-0000-0000"),
        (Channel::Telephone, "119"),
        (Channel::Telephone, "03(0000)0000"),
    ] {
        with(channel, address).unwrap();
    }
    for (channel, address) in [
        (Channel::Inbox, "a"),
        (Channel::Email, "a"),
        (Channel::Email, "a@b"),
        (Channel::Email, "a@b.example, c@d.example"),
        (Channel::Email, "a@b.example\nBcc: c@d.example"),
        (Channel::Webhook, "ftp://x.example"),
        (Channel::Telephone, ""),
        (Channel::Telephone, "0+1"),
        (Channel::Telephone, "03-ABCD"),
    ] {
        assert!(with(channel, address).is_err(), "{channel} {address}");
    }
}

#[test]
fn a_contact_goes_stale_with_the_days() {
    let at = |text: &str| text.parse().unwrap();
    let alive = Contact { dead: None, ..contact() };
    assert_eq!(alive.state(at("2026-08-01T23:00:00Z")), ContactState::Verified);
    assert_eq!(alive.state(at("2026-08-02T00:00:00Z")), ContactState::Stale);
    assert_eq!(contact().state(at("2026-08-01T00:00:00Z")), ContactState::Dead);
    let never = Contact { verified_at: None, verified_by: None, ..alive };
    assert_eq!(never.state(at("1970-01-01T00:00:00Z")), ContactState::Stale);
}

#[test]
fn a_product_is_found_whatever_its_version() {
    let keys = |purl| product_keys("", Some(purl), None);
    assert_eq!(keys("pkg:npm/%40angular/core@17.0.1"), ["purl:npm/%40angular/core"]);
    assert_eq!(keys("pkg:npm/@angular/core@17.0.1"), ["purl:npm/@angular/core"]);
    assert_eq!(keys("pkg:npm/@angular/core"), ["purl:npm/@angular/core"]);
    assert_eq!(
        keys("pkg:maven/org.apache/log4j-core@2.14?type=jar#x/y@z"),
        ["purl:maven/org.apache/log4j-core"]
    );
    assert!(keys("pkg:npm").is_empty());
    assert_eq!(
        product_keys("  Edge   Gateway ", None, Some("cpe:2.3:a:Acme:Edge\\:Gateway:7:*:*:*:*:*:*:*")),
        ["name:edge gateway", "cpe:acme:edge\\:gateway"]
    );
    assert!(product_keys("", None, Some("cpe:2.3:a:acme:*:7")).is_empty());
    assert_eq!(product().keys().len(), 3);
}

#[test]
fn a_delegation_holds_from_its_first_to_its_last_day() {
    let one = delegation();
    let day = |text: &str| text.parse().unwrap();
    assert!(!one.is_valid_on(day("2026-03-31")));
    assert!(one.permits(DelegatedAct::Answer, day("2026-04-01")));
    assert!(one.permits(DelegatedAct::Answer, day("2027-03-31")));
    assert!(!one.permits(DelegatedAct::Maintain, day("2026-04-01")));
    assert!(!one.is_valid_on(day("2027-04-01")));
    assert!(Delegation { valid_until: None, ..one }.is_valid_on(day("2099-01-01")));
}

#[test]
fn the_house_itself_and_the_hubs_see_an_organisation() {
    let label = organisation().label();
    let parties = label.audience.0.iter().next().unwrap();
    assert!(parties.contains(&Party::House));
    assert!(parties.contains(&Party::Organisation("minato-hospital".into())));
    assert!(parties.contains(&Party::Community("tokyo-council".into())));
    assert_eq!(parties.len(), 4);
}
