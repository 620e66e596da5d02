use super::*;
use shinayaka_kernel::object::{MAXIMUM_BODY_BYTES, read_body};

fn cycle() -> CouncilCycle {
    read_body(1, include_str!("../../tests/samples/council_cycle-1.json")).unwrap()
}

fn scores() -> CouncilScore {
    read_body(1, include_str!("../../tests/samples/council_score-1.json")).unwrap()
}

fn proposal() -> CouncilProposal {
    read_body(1, include_str!("../../tests/samples/council_proposal-1.json")).unwrap()
}

fn refused<T: Record>(record: &T) -> String {
    match record.validate() {
        Err(Error::Invalid { field, .. }) => field,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_frozen_samples_of_schema_1_load_whole() {
    let cycle = cycle();
    cycle.validate().unwrap();
    assert_eq!(cycle.agreement.unwrap().by_measure[0].scores, [1, 3]);
    assert_eq!(cycle.snapshot[0].indicators[0].value, Some(41.5));
    scores().validate().unwrap();
    proposal().validate().unwrap();
    let report: CouncilReport =
        read_body(1, include_str!("../../tests/samples/council_report-1.json")).unwrap();
    report.validate().unwrap();
    assert_eq!(report.proposals[0].answer.as_ref().unwrap().answer, AnswerKind::Part);
}

#[test]
fn faults_of_scores_are_named() {
    let mut wrong = scores();
    wrong.scores[1].score = Some(5);
    assert_eq!(refused(&wrong), "scores[1].score");
    let mut missing = scores();
    missing.scores[0].score = None;
    assert_eq!(refused(&missing), "scores[0].score");
    missing.scores[0].conflict = true;
    missing.validate().unwrap();
    let mut twice = scores();
    twice.scores[1].measure = twice.scores[0].measure;
    assert_eq!(refused(&twice), "scores[1].measure");
    let mut long = scores();
    long.scores[0].comment = "長".repeat(201);
    assert_eq!(refused(&long), "scores[0].comment");
}

#[test]
fn a_refusal_has_no_date_and_a_promise_has_one() {
    let mut answered = proposal();
    let answer = answered.answer.as_mut().unwrap();
    answer.date = None;
    assert_eq!(refused(&answered), "date");
    answered.answer.as_mut().unwrap().answer = AnswerKind::Refuse;
    answered.validate().unwrap();
    answered.answer.as_mut().unwrap().reason = " ".into();
    assert_eq!(refused(&answered), "reason");
}

#[test]
fn state_agreement_and_report_go_together() {
    let mut open = cycle();
    open.state = CycleState::Open;
    assert_eq!(refused(&open), "agreement");
    let mut published = cycle();
    published.state = CycleState::Published;
    assert_eq!(refused(&published), "report");
    let mut twice = cycle();
    twice.members.push(twice.members[0].clone());
    assert_eq!(refused(&twice), "members");
}

#[test]
fn the_fullest_cycle_fits_into_a_body() {
    let mut full = cycle();
    // A quotation mark takes two bytes in JSON: no comment can take more for one byte of its own.
    let comments = vec!["\"".repeat(MAXIMUM_COMMENT_BYTES); MAXIMUM_MEMBERS];
    let one = full.agreement.as_ref().unwrap().by_measure[0].clone();
    full.agreement.as_mut().unwrap().by_measure = (1..=MEASURE_COUNT)
        .map(|no| MeasureAgreement { no, comments: comments.clone(), ..one.clone() })
        .collect();
    let measure = full.snapshot[0].clone();
    full.snapshot = (1..=MEASURE_COUNT)
        .map(|no| FrozenMeasure { no, indicators: vec![measure.indicators[0].clone(); 5], ..measure.clone() })
        .collect();
    let body = shinayaka_kernel::canonical::to_canonical(&full).unwrap();
    assert!(body.len() < MAXIMUM_BODY_BYTES, "{} bytes", body.len());
}
