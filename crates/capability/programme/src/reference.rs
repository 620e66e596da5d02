//! The strategy of 2003 as data: `data/programme.json` and `data/indicators.json`, built into the program.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use shinayaka_kernel::Result;
use shinayaka_model::{
    indicator::Indicator,
    measure::{Measure, MeasureStatus, PrintedColumn, PrintedRow},
};

static PROGRAMME: LazyLock<Programme> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../../data/programme.json"))
        .expect("the reference data is built in and a test reads it")
});

static INDICATORS: LazyLock<Vec<Indicator>> = LazyLock::new(|| {
    let all: Indicators = serde_json::from_str(include_str!("../../../../data/indicators.json"))
        .expect("the reference data is built in and a test reads it");
    all.indicators
});

/// The programme as printed.
pub fn programme() -> &'static Programme {
    &PROGRAMME
}

/// The definitions of all indicators, by subject and position.
pub fn indicators() -> &'static [Indicator] {
    &INDICATORS
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Programme {
    pub source: String,
    pub remark: String,
    pub strategies: Vec<Strategy>,
    pub measures: Vec<PrintedMeasure>,
    pub items: Vec<Item>,
    pub base_year: BaseYear,
    pub dependencies: Vec<Dependency>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Indicators {
    #[serde(rename = "remark")]
    _remark: String,
    indicators: Vec<Indicator>,
}

/// One of the three strategies.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Strategy {
    pub no: u8,
    pub title_ja: String,
    pub title_en: String,
}

/// A measure as the annex table prints it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrintedMeasure {
    pub no: u8,
    pub strategy: u8,
    pub printed_row: PrintedRow,
    pub printed_column: PrintedColumn,
    pub group_heading_ja: String,
    pub group_heading_en: String,
    /// Given where it differs from the printed row.
    pub effective_phase: Option<PrintedRow>,
    pub title_ja: String,
    pub title_en: String,
    pub same_title_as: Option<u8>,
}

impl PrintedMeasure {
    /// The record with which a node begins: nobody has said anything about it yet.
    pub fn record(&self) -> Measure {
        Measure {
            no: self.no,
            strategy: self.strategy,
            printed_row: self.printed_row,
            printed_column: self.printed_column,
            group_heading: self.group_heading_ja.clone(),
            group_heading_en: self.group_heading_en.clone(),
            effective_phase: self.effective_phase.unwrap_or(self.printed_row),
            title_ja: self.title_ja.clone(),
            title_en: self.title_en.clone(),
            same_title_as: self.same_title_as,
            owner: None,
            partners: std::collections::BTreeSet::new(),
            status: MeasureStatus::Unknown,
            milestones: Vec::new(),
            budget: None,
            evidence: Vec::new(),
            note: String::new(),
        }
    }
}

/// Something that the strategy asks for outside the annex table.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// `S1` to `S6`.
    pub id: String,
    pub strategy: u8,
    pub title_ja: String,
    pub title_en: String,
}

/// The strategy's own comparison of security staff by country.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BaseYear {
    pub year: u16,
    pub remark_ja: String,
    pub remark_en: String,
    pub rows: Vec<StaffRow>,
}

#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StaffRow {
    /// ISO 3166-1, two letters.
    pub country: String,
    pub body: String,
    pub body_ja: String,
    /// Persons; null when the body did not publish it.
    #[serde(default)]
    pub staff: Option<u32>,
    /// The persons serve part-time.
    #[serde(default)]
    pub part_time: bool,
    pub source: String,
}

/// That a measure cannot work before others do.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Dependency {
    pub measure: u8,
    pub needs: Vec<u8>,
    pub reason_ja: String,
    pub reason_en: String,
}

/// The records of all measures as printed.
///
/// # Errors
/// When one of them does not pass its own check.
pub fn printed_measures() -> Result<Vec<Measure>> {
    use shinayaka_kernel::object::Record;
    let records: Vec<Measure> = programme().measures.iter().map(PrintedMeasure::record).collect();
    records.iter().try_for_each(Record::validate)?;
    Ok(records)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use shinayaka_kernel::object::Record;
    use shinayaka_model::indicator::Method;

    use super::*;

    #[test]
    fn the_table_has_42_cells_and_39_titles() {
        let measures = printed_measures().unwrap();
        assert!(measures.iter().map(|measure| measure.no).eq(1..=42));
        let mut cells = BTreeMap::new();
        for measure in &measures {
            *cells.entry((measure.printed_row, measure.printed_column)).or_insert(0) += 1;
        }
        let rows = |row| cells.iter().filter(|((r, _), _)| *r == row).map(|(_, n)| *n).collect::<Vec<i32>>();
        assert_eq!(rows(PrintedRow::Prevention), [3, 2, 10]);
        assert_eq!(rows(PrintedRow::Response), [2, 4, 12]);
        assert_eq!(rows(PrintedRow::Base), [3, 3, 3]);
        let titles: BTreeSet<&str> = measures.iter().map(|measure| measure.title_ja.as_str()).collect();
        assert_eq!(titles.len(), 39);
        assert_eq!(measures.iter().map(|m| m.title_en.as_str()).collect::<BTreeSet<_>>().len(), 42);
    }

    #[test]
    fn same_titles_point_to_the_first() {
        let measures = printed_measures().unwrap();
        let repeated: Vec<(u8, u8)> =
            measures.iter().filter_map(|measure| Some((measure.no, measure.same_title_as?))).collect();
        assert_eq!(repeated, [(21, 17), (26, 3), (30, 17)]);
        for (no, first) in repeated {
            assert_eq!(measures[usize::from(no) - 1].title_ja, measures[usize::from(first) - 1].title_ja);
        }
    }

    #[test]
    fn measures_22_to_28_stand_in_the_response_row_and_prevent() {
        for measure in printed_measures().unwrap() {
            let differs = measure.effective_phase != measure.printed_row;
            assert_eq!(differs, (22..=28).contains(&measure.no), "M{:02}", measure.no);
            assert!(!differs || measure.effective_phase == PrintedRow::Prevention);
        }
    }

    #[test]
    fn the_base_year_has_the_numbers_of_the_strategy() {
        let rows = &programme().base_year.rows;
        assert!(rows.iter().all(|row| !row.source.is_empty()));
        let staff = |body: &str| rows.iter().find(|row| row.body.contains(body)).unwrap().staff;
        let expected = [
            ("NIST", 50),
            ("CESG", 300),
            ("BSI", 390),
            ("KISA", 300),
            ("DCSSI", 90),
            ("JPCERT/CC", 10),
            ("IPA", 30),
        ];
        for (body, persons) in expected {
            assert_eq!(staff(body), Some(persons), "{body}");
        }
        assert_eq!((staff("Cabinet Secretariat IT"), staff("NSA")), (Some(9), None));
        let part_time: Vec<_> = rows.iter().filter(|row| row.part_time).map(|row| row.staff).collect();
        assert_eq!(part_time, [Some(17), Some(11)]);
    }

    #[test]
    fn three_strategies_six_items_and_dependencies_between_measures_that_exist() {
        let programme = programme();
        assert_eq!(programme.strategies.iter().map(|strategy| strategy.no).collect::<Vec<_>>(), [1, 2, 3]);
        let items: Vec<&str> = programme.items.iter().map(|item| item.id.as_str()).collect();
        assert_eq!(items, ["S1", "S2", "S3", "S4", "S5", "S6"]);
        assert!(!programme.source.is_empty() && !programme.remark.is_empty());
        for dependency in &programme.dependencies {
            assert!((1..=42).contains(&dependency.measure));
            assert!(dependency.needs.iter().all(|no| (1..=42).contains(no) && *no != dependency.measure));
        }
    }

    #[test]
    fn every_measure_and_item_has_a_tested_indicator_and_every_measure_a_query() {
        let (mut subjects, mut ids) = (BTreeMap::<&str, Vec<&Indicator>>::new(), BTreeSet::new());
        for indicator in indicators() {
            indicator.validate().unwrap();
            assert!(ids.insert(indicator.id()), "{} {}", indicator.subject.as_str(), indicator.key);
            subjects.entry(indicator.subject.as_str()).or_default().push(indicator);
        }
        assert_eq!(subjects.len(), 48);
        for (subject, of_subject) in &subjects {
            let places: Vec<usize> = of_subject.iter().map(|one| usize::from(one.position)).collect();
            assert_eq!(places, (1..=of_subject.len()).collect::<Vec<_>>(), "{subject}");
            let query = of_subject.iter().any(|one| matches!(one.method, Method::Query { .. }));
            assert!(query || subject.starts_with('S'), "{subject} has no query");
        }
    }
}
