use shinayaka_kernel::object::read_body;

use super::*;

fn sample() -> Warning {
    read_body(1, include_str!("../../tests/samples/warning-1.json")).unwrap()
}

#[test]
fn the_frozen_samples_of_schema_1_load_whole() {
    let warning = sample();
    warning.validate().unwrap();
    assert_eq!(warning.editions.len(), 2);
    assert_eq!(warning.title(), "VPN機器の更新をしてください");
    let template: WarningTemplate =
        read_body(1, include_str!("../../tests/samples/warning_template-1.json")).unwrap();
    template.validate().unwrap();
    assert_eq!(template.content, warning.content);
}

#[test]
fn the_ladder_of_levels_has_five_steps_that_carry_their_number() {
    for number in 1..=5 {
        let level = Level::new(number).unwrap();
        assert!(level.name_ja().starts_with(&format!("レベル{number}")));
        assert!(level.name_en().starts_with(&format!("Level {number} ")));
    }
    assert!(Level::new(0).is_err() && Level::new(6).is_err());
}

#[test]
fn an_issued_warning_must_say_what_to_do_whence_it_comes_and_what_is_not_known() {
    type Change = fn(&mut Content);
    let cases: [(&str, Change); 6] = [
        ("content.headline.en", |content| content.headline.en.clear()),
        ("content.actions.affected", |content| {
            content.actions.remove(&ActionFor::Affected);
        }),
        ("content.actions.public", |content| {
            content.actions.remove(&ActionFor::Public);
        }),
        ("content.sources", |content| content.sources.clear()),
        ("content.plain.ja", |content| content.plain.ja.clear()),
        ("content.not_known", |content| {
            content.not_known.clear();
            content.next_update = None;
        }),
    ];
    for (field, change) in cases {
        let mut warning = sample();
        change(&mut warning.content);
        match warning.validate() {
            Err(Error::Invalid { field: found, .. }) => assert_eq!(found, field),
            other => panic!("{field}: {other:?}"),
        }
        warning.state = State::Draft;
        warning.validate().unwrap();
    }
}

#[test]
fn the_number_of_a_certainty_fits_its_word() {
    for (word, percent, fits) in [
        (CertaintyWord::Observed, 99, false),
        (CertaintyWord::Observed, 100, true),
        (CertaintyWord::Likely, 49, false),
        (CertaintyWord::Likely, 70, true),
        (CertaintyWord::Possible, 34, true),
        (CertaintyWord::Unlikely, 34, false),
        (CertaintyWord::Unknown, 34, false),
    ] {
        let certainty = Certainty { word, percent: Some(percent) };
        assert_eq!(certainty.check().is_ok(), fits, "{word} {percent}");
    }
}

#[test]
fn times_ladders_and_prefectures_are_checked() {
    let refused = |change: fn(&mut Content)| {
        let mut warning = sample();
        change(&mut warning.content);
        warning.validate().is_err()
    };
    assert!(refused(|content| content.valid_until = content.valid_from));
    assert!(refused(|content| content.ladder.reverse()));
    assert!(refused(|content| {
        content.target.prefectures.insert("48".into());
    }));
    assert!(refused(|content| content.level = 6));
    assert!(refused(|content| content.headline.ja.push('\n')));
}
