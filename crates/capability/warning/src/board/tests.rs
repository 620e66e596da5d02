use std::collections::BTreeSet;

use shinayaka_kernel::Label;
use shinayaka_model::warning::Purpose;

use super::*;

fn recipient(code: &str, exposure: Exposure) -> Recipient {
    Recipient {
        organisation: code.into(),
        name: code.into(),
        sector: None,
        prefecture: Some("13".into()),
        hubs: BTreeSet::from(["hub".to_owned()]),
        exposure,
    }
}

fn at(microseconds: i64) -> Timestamp {
    Timestamp::from_microseconds(microseconds)
}

fn answer(code: &str, version: u32, choice: Choice, when: i64) -> Stored<Answer> {
    let warning = ObjectId::named("warning");
    Stored {
        id: Answer::id(warning, code),
        version,
        label: Label::members(),
        owner: None,
        author: ObjectId::named("author"),
        created_at: at(when),
        recorded_at: at(when),
        synthetic: false,
        record: Answer {
            warning,
            purpose: Purpose::Warning,
            organisation: code.into(),
            choice,
            reason: (choice == Choice::Cannot).then_some(CannotReason::Other),
            note: String::new(),
            via: AnswerVia::Link,
            by: String::new(),
            delivery: None,
            first_at: at(when),
            at: at(when),
            clicks: version,
        },
    }
}

fn board() -> Board {
    let recipients = vec![
        recipient("a", Exposure::Affected),
        recipient("b", Exposure::Affected),
        recipient("c", Exposure::Unknown),
    ];
    Board::new(ObjectId::named("warning"), 1, recipients)
}

#[test]
fn an_answer_counts_once_however_often_and_in_whatever_order_it_is_seen() {
    let mut board = board();
    let (first, second) = (answer("a", 1, Choice::Cannot, 5), answer("a", 2, Choice::Done, 9));
    for seen in [&second, &first, &second, &first] {
        board.apply_answer(seen);
    }
    let counts = board.counts(|row| row.recipient.exposure == Exposure::Affected);
    let expected = Counts { affected: 2, reached: 1, acted: 1, cannot: 0, call: 0, silent: 1 };
    assert_eq!(counts, expected);
    let revision = board.revision;
    board.apply_answer(&second);
    assert_eq!(board.revision, revision, "nothing new is no change");
}

#[test]
fn whoever_takes_an_answer_back_is_silent_again() {
    let mut board = board();
    board.apply_answer(&answer("a", 1, Choice::Done, 5));
    board.apply_answer(&answer("a", 2, Choice::Withdrawn, 9));
    assert_eq!(board.counts(|_| true).silent, 3);
    assert_eq!(board.counts(|_| true).acted, 0);
}

#[test]
fn each_recipient_is_in_exactly_one_of_the_four() {
    let mut board = board();
    board.apply_answer(&answer("a", 1, Choice::Call, 5));
    board.apply_answer(&answer("c", 1, Choice::Cannot, 6));
    let counts = board.counts(|_| true);
    assert_eq!(counts.acted + counts.cannot + counts.call + counts.silent, counts.affected);
}

#[test]
fn the_past_is_as_it_was() {
    let mut board = board();
    board.apply_answer(&answer("a", 1, Choice::Done, 50));
    assert_eq!(board.counts_at(at(49)).acted, 0);
    assert_eq!(board.counts_at(at(50)).acted, 1);
}
