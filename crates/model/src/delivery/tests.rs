use shinayaka_kernel::object::read_body;

use super::*;

fn delivery() -> Delivery {
    read_body(1, include_str!("../../tests/samples/delivery-1.json")).unwrap()
}

fn answer() -> Answer {
    read_body(1, include_str!("../../tests/samples/answer-1.json")).unwrap()
}

#[test]
fn the_frozen_samples_of_schema_1_load_whole() {
    delivery().validate().unwrap();
    answer().validate().unwrap();
    let part: AudiencePart = read_body(1, include_str!("../../tests/samples/audience_part-1.json")).unwrap();
    part.validate().unwrap();
    assert_eq!(part.recipients.len(), 1);
}

#[test]
fn a_failure_says_why_and_cannot_goes_with_a_reason() {
    let mut failed = delivery();
    failed.state = DeliveryState::Failed;
    assert!(failed.validate().is_err());
    failed.reason = Some("550 no such user".into());
    failed.validate().unwrap();
    let mut done = answer();
    done.choice = Choice::Done;
    assert!(done.validate().is_err());
    done.reason = None;
    done.validate().unwrap();
}

#[test]
fn a_delivery_made_again_has_the_same_id_and_another_rung_another() {
    let (one, mut other) = (delivery(), delivery());
    assert_eq!(one.id(), other.id());
    other.rung = Rung::Reminder;
    assert_ne!(one.id(), other.id());
}

#[test]
fn changes_sort_by_time_within_a_warning() {
    let warning = delivery().warning;
    let early = change_key(warning, Timestamp::from_microseconds(9));
    let late = change_key(warning, Timestamp::from_microseconds(10));
    assert!(early < late && late.len() <= 64);
}
