use proptest::prelude::*;
use shinayaka_kernel::{ObjectId, object::Record};
use shinayaka_model::{bounds::MAXIMUM_NUMBER, incident::*};

use super::{
    read::{MAXIMUM_ROW_BYTES, MAXIMUM_ROWS, Row, RowFault, read},
    *,
};

const HEADER: &str = "title_ja,date,sector,cause,channel";

fn all(bytes: &[u8]) -> (Vec<Row>, Vec<RowFault>) {
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    read(bytes, |row| match row {
        Ok(row) => rows.push(row),
        Err(found) => faults.extend(found),
    });
    (rows, faults)
}

fn places(faults: &[RowFault]) -> Vec<(u64, &str)> {
    faults.iter().map(|fault| (fault.line, fault.field.as_str())).collect()
}

#[test]
fn a_table_as_a_person_writes_it_is_read() {
    let text = "\u{feff}date,title_ja,title_en,cause,sector,channel,effects,magnitudes,costs,sources,prefecture,country\r\n\
        2003-05,\"停止, 窓口\",,operating_error,municipality,press,availability; safety,\
        \"~; x\",,,,\r\n\
        2003,停止,,nature,water,own,,1;200|flights|about|遅延; 30-180|minutes,,,,\r\n\
        \r\n,,,,,,,,,,,\r\n\
        2003-08-11,停止,Stop,nature,water,own,,\"1,200|flights|about|遅延 \\| 欠航; 30-180|minutes\",\
        \"fraud|5\",報告書|https://example.jp/a|2003-09,1,JP\r\n\
        2003-08-11,停止,Stop,nature,water,own,,\"1,200|flights|about|遅延 \\| 欠航; 30-180|minutes\",\
        \"asset_fraud|16000000|JPY|警察 \\; 発表|3\",報告書|https://example.jp/a|2003-09,1,JP\r\n";
    let (rows, faults) = all(text.as_bytes());
    assert_eq!(places(&faults), [(2, "magnitudes"), (3, "magnitudes"), (6, "costs")]);
    assert!(faults[0].reason.contains("entry 1"), "{}", faults[0].reason);
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    let incident = &row.incident;
    assert_eq!((row.line, incident.place.prefecture.as_deref()), (7, Some("01")));
    assert_eq!(incident.magnitudes[0].value, 1200);
    assert_eq!(incident.magnitudes[0].note, "遅延 | 欠航");
    assert_eq!(incident.magnitudes[1].upper, Some(180));
    assert_eq!((incident.costs[0].source.as_str(), incident.costs[0].n), ("警察 ; 発表", Some(3)));
    assert_eq!(incident.sources[0].date, "2003-09".parse().ok());
}

#[test]
fn every_bad_row_is_told_with_line_column_and_reason() {
    let text = format!(
        "{HEADER}\nよい,2003,water,nature,own\n,2003,water,nature,own\nわるい,2003-13,sea,nature,own\n\
         よい,2003,water,nature,own\n\"two\nlines\",2003,water,nature,own\nよい,2003,water\nよい,,water,gremlins,own\n"
    );
    let (rows, faults) = all(text.as_bytes());
    assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 5]);
    assert_eq!(
        places(&faults),
        [(3, "title_ja"), (4, "date"), (4, "sector"), (6, "title_ja"), (8, "row"), (9, "date"), (9, "cause")]
    );
    assert!(
        faults[2].reason.contains("“sea” must be one of information_communication"),
        "{}",
        faults[2].reason
    );
}

#[test]
fn the_header_is_checked_before_any_row() {
    let told = |header: &str| {
        let text = format!("{header}\nx,2003,water,nature,own\n");
        all(text.as_bytes()).1.into_iter().map(|fault| fault.field).collect::<Vec<_>>()
    };
    assert_eq!(told("title_ja,dates,sector,cause,channel"), ["dates", "date"]);
    assert_eq!(told("title_ja,date,sector,cause,cause"), ["cause", "channel"]);
    assert_eq!(all(b"").1[0].field, "row");
    assert_eq!(told("title_ja,date,sector,cause,channel,"), ["column 6"]);
    assert_eq!(told("\u{feff}title_ja, date ,sector,cause,channel"), Vec::<String>::new());
}

#[test]
fn other_encodings_are_refused_with_a_hint() {
    // 停止 in Shift_JIS.
    let mut shift_jis = format!("{HEADER}\n").into_bytes();
    shift_jis.extend_from_slice(b"\x92\xe2\x8e\x7e,2003,water,nature,own\n");
    let (_, faults) = all(&shift_jis);
    assert_eq!(places(&faults), [(2, "title_ja")]);
    assert!(faults[0].reason.contains("Shift_JIS"), "{}", faults[0].reason);
    let (_, faults) = all(b"\x91\xe8,date\n");
    assert!(faults[0].reason.contains("Shift_JIS"), "{}", faults[0].reason);
    let utf_16: Vec<u8> =
        [0xfeff_u16].into_iter().chain(HEADER.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert!(all(&utf_16).1[0].reason.contains("UTF-16"));
    let mut broken = format!("{HEADER}\n").into_bytes();
    broken.extend_from_slice(b"a\xffb,2003,water,nature,own\nok,2003,water,nature,own\n");
    let (rows, faults) = all(&broken);
    assert_eq!((rows.len(), places(&faults)), (1, vec![(2, "title_ja")]));
    assert!(!faults[0].reason.contains("Shift_JIS"));
}

#[test]
fn rows_and_bytes_are_bounded() {
    let open =
        format!("{HEADER}\n\"never closed,{}", "x,2003,water,nature,own\n".repeat(MAXIMUM_ROW_BYTES / 20));
    assert_eq!(places(&all(open.as_bytes()).1), [(2, "row")]);
    let title = format!("{HEADER}\n{},2003,water,nature,own\n", "x".repeat(1000));
    assert_eq!(places(&all(title.as_bytes()).1), [(2, "title_ja")]);
    let many = format!("{HEADER}\n{}", "x,2003,water,nature,own\n".repeat(MAXIMUM_ROWS + 5));
    let (rows, faults) = all(many.as_bytes());
    assert_eq!((rows.len(), places(&faults)), (MAXIMUM_ROWS, vec![(MAXIMUM_ROWS as u64 + 2, "row")]));
}

#[test]
fn a_formula_is_written_as_text_and_comes_back() {
    for text in ["=1+1", "+81 3", "-x", "@sum", "'=x", "''@", "＝1", "'", "it's", "x=1", ""] {
        let written = guard(text);
        assert!(!written.starts_with(['=', '+', '-', '@', '＝']), "{written}");
        assert_eq!(unguard(&written), text);
    }
    let incident = Incident { title_ja: "=HYPERLINK(\"http://x\")".into(), ..plain() };
    let bytes = write::lines([(ObjectId::named("x"), false, &incident)].into_iter()).unwrap();
    assert!(String::from_utf8(bytes).unwrap().contains("\"'=HYPERLINK"));
}

#[test]
fn the_published_columns_are_those_of_the_program() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../docs/schema/");
    let schema = format!("{}\n", serde_json::to_string_pretty(&schema::json_schema()).unwrap());
    for (name, fresh) in [("incident.csv.schema.json", schema), ("incident.csv.md", schema::page())] {
        let path = format!("{root}{name}");
        if std::env::var_os("SHINAYAKA_WRITE_DOCS").is_some() {
            std::fs::write(&path, &fresh).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == fresh, "{name} is stale: run this test with SHINAYAKA_WRITE_DOCS=1");
    }
}

/// The words that a person reads are there for every word of the record, in both languages.
#[test]
fn every_word_has_a_name_in_both_languages() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../i18n/");
    let lists: [(&str, Vec<&str>); 9] = [
        ("sector", words(Sector::ALL, Sector::as_str)),
        ("cause", words(Cause::ALL, Cause::as_str)),
        ("malicious", words(Malice::ALL, Malice::as_str)),
        ("effect", words(Effect::ALL, Effect::as_str)),
        ("unit", words(Unit::ALL, Unit::as_str)),
        ("channel", words(Channel::ALL, Channel::as_str)),
        ("cost", words(CostKind::ALL, CostKind::as_str)),
        ("column", words(Column::ALL, Column::as_str)),
        ("precision", vec!["year", "month", "day", "time"]),
    ];
    for language in ["ja", "en"] {
        let text = std::fs::read_to_string(format!("{root}{language}.json")).unwrap();
        let messages: std::collections::BTreeMap<String, String> = serde_json::from_str(&text).unwrap();
        for (list, words) in &lists {
            for word in words {
                let key = format!("registry.{list}.{word}");
                assert!(
                    messages.get(&key).is_some_and(|name| !name.is_empty()),
                    "{language}.json lacks {key}"
                );
            }
        }
    }
}

fn plain() -> Incident {
    Incident {
        title_ja: "停止".into(),
        title_en: String::new(),
        summary_ja: String::new(),
        summary_en: String::new(),
        date: "2003-05".parse().unwrap(),
        end: None,
        sector: Sector::Water,
        place: Place::default(),
        cause: Cause::Nature,
        malicious: None,
        effects: [].into(),
        magnitudes: vec![],
        channel: Channel::Own,
        reported_on: None,
        costs: vec![],
        sources: vec![],
        founding: None,
    }
}

fn text() -> impl Strategy<Value = String> {
    let wild = "[-=+@'\"\\\\|;,\r\n\t a-z＝停止事故\u{3000}]{0,12}";
    wild.prop_map(|text| text.replace('\r', "").trim().to_owned())
}

fn line() -> impl Strategy<Value = String> {
    text().prop_map(|text| format!("{text}x").replace(['\n', '\t'], " ").trim().to_owned())
}

fn date() -> impl Strategy<Value = shinayaka_model::partial_date::PartialDate> {
    prop::sample::select(vec!["1999", "2003-08", "2003-08-11", "2003-08-11T09:30:00+09:00"])
        .prop_map(|text| text.parse().unwrap())
}

fn magnitude() -> impl Strategy<Value = Magnitude> {
    (0u64..MAXIMUM_NUMBER - 1, any::<bool>(), prop::sample::select(Unit::ALL), any::<bool>(), text())
        .prop_map(|(value, range, unit, approximate, note)| Magnitude {
            value,
            upper: range.then_some(value + 1),
            unit,
            approximate,
            note,
        })
}

fn cost() -> impl Strategy<Value = Cost> {
    (prop::sample::select(CostKind::ALL), 0..MAXIMUM_NUMBER, "[A-Z]{3}", prop::option::of(1u64..9), line())
        .prop_map(|(kind, amount, currency, n, source)| Cost { kind, amount, currency, n, source })
}

fn source() -> impl Strategy<Value = Source> {
    (line(), prop::option::of("https://[a-z|;\\\\=+]{1,9}"), prop::option::of(date()))
        .prop_map(|(title, url, date)| Source { title, url, date })
}

fn incident() -> impl Strategy<Value = Incident> {
    let texts = (line(), line(), text(), text(), text());
    let words = (
        prop::sample::select(Sector::ALL),
        prop::sample::select(Cause::ALL),
        prop::option::of(prop::sample::select(Malice::ALL)),
        prop::collection::btree_set(prop::sample::select(Effect::ALL), 0..4),
        prop::sample::select(Channel::ALL),
    );
    let lists = (
        prop::collection::vec(magnitude(), 0..3),
        prop::collection::vec(cost(), 0..3),
        prop::collection::vec(source(), 0..3),
    );
    (texts, words, lists, date(), prop::option::of("(0[1-9]|[1-3][0-9]|4[0-7])")).prop_map(
        |(texts, words, lists, date, prefecture)| Incident {
            title_ja: texts.0,
            title_en: texts.1,
            summary_ja: texts.2,
            summary_en: texts.3,
            end: Some(date.clone()),
            reported_on: None,
            date,
            sector: words.0,
            cause: words.1,
            malicious: words.2,
            effects: words.3,
            channel: words.4,
            place: Place { country: prefecture.as_ref().map(|_| "JP".into()), prefecture, text: texts.4 },
            magnitudes: lists.0,
            costs: lists.1,
            sources: lists.2,
            founding: None,
        },
    )
}

proptest! {
    /// Whatever may be saved is the same after export and import.
    #[test]
    fn writing_and_reading_give_the_same(incidents in prop::collection::vec(incident(), 1..4), synthetic: bool) {
        let kept: Vec<_> = incidents.into_iter().filter(|incident| incident.validate().is_ok()).collect();
        let id = ObjectId::named("x");
        let mut bytes = write::header();
        bytes.extend(write::lines(kept.iter().map(|incident| (id, synthetic, incident))).unwrap());
        let (rows, faults) = all(&bytes);
        prop_assert_eq!(faults, vec![]);
        prop_assert_eq!(rows.len(), kept.len());
        for (row, incident) in rows.into_iter().zip(kept) {
            prop_assert_eq!((row.id, row.synthetic), (Some(id), synthetic));
            prop_assert_eq!(row.incident, incident);
        }
    }

    #[test]
    fn anything_is_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), with_header: bool) {
        let mut file = if with_header { format!("{HEADER}\n").into_bytes() } else { Vec::new() };
        file.extend(bytes);
        all(&file);
    }
}
