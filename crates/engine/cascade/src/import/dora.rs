//! The register of information of Regulation (EU) 2022/2554 (DORA): the XBRL-CSV package of tables B_01.01 to B_99.01.
//!
//! Functions run on the providers of their contracts (B_02.02), providers on their subcontractors (B_05.02). Recovery
//! objectives come from B_06.01, exit plans from B_07.01. Codes are those of the EBA's taxonomy 4.0.

use std::collections::HashMap;
use std::io::{Cursor, Read};

use super::Imported;
use super::links::{Link, Links, note};
use crate::error::{Error, Result};
use crate::graph::Phase;
use crate::model::{Duration, EdgeGrade, Kind, Plan, Terms};

const FORMAT: &str = "DORA register";
/// Bounds of the package: files, and bytes of one table once unpacked.
const MAXIMUM_FILES: usize = 256;
const MAXIMUM_TABLE: u64 = 256 << 20;
/// Levels of reliance (B_02.02 c0180) that do not stop the function: not significant, low.
const LIGHT_RELIANCE: [&str; 2] = ["eba_ZZ:x794", "eba_ZZ:x795"];
/// "No" in yes-or-no columns (B_07.01 c0080).
const NO: [&str; 3] = ["eba_BT:x29", "false", "no"];
const YES: [&str; 3] = ["eba_BT:x28", "true", "yes"];

/// Reads the zip package.
///
/// # Errors
/// `Invalid` when it is not a zip or a needed table is absent, `Parse` with table, line and column for a broken row or
/// a duplicate key, `TooLarge` beyond the bounds.
pub fn read_dora(bytes: &[u8]) -> Result<Imported> {
    let broken =
        |error: zip::result::ZipError| Error::invalid("register", format!("not a readable zip: {error}"));
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    if archive.len() > MAXIMUM_FILES {
        return Err(Error::TooLarge {
            what: "files of the register".into(),
            limit: MAXIMUM_FILES as u64,
            advice: "a register has 19".into(),
        });
    }
    let mut tables = HashMap::new();
    for at in 0..archive.len() {
        let file = archive.by_index(at).map_err(broken)?;
        let name = file.name().map_err(broken)?.rsplit('/').next().unwrap_or("").to_ascii_lowercase();
        if !(name.starts_with("b_") && name.ends_with(".csv")) {
            continue;
        }
        let mut text = String::new();
        let read = file.take(MAXIMUM_TABLE + 1).read_to_string(&mut text);
        read.map_err(|error| Error::invalid(&name, error.to_string()))?;
        if text.len() as u64 > MAXIMUM_TABLE {
            return Err(Error::TooLarge {
                what: format!("bytes of {name}"),
                limit: MAXIMUM_TABLE,
                advice: "split the register".into(),
            });
        }
        tables.insert(name.trim_end_matches(".csv").to_owned(), Table::parse(&name, &text)?);
    }
    Register { tables, links: Links::default(), unknown_level: 0 }.read()
}

/// One table: rows of values by column code.
struct Table {
    name: String,
    columns: HashMap<String, usize>,
    /// Line in the file, and values.
    rows: Vec<(usize, csv::StringRecord)>,
}

impl Table {
    fn parse(name: &str, text: &str) -> Result<Self> {
        let bad = |line: usize, message: String| Error::Parse {
            format: FORMAT,
            line,
            column: 1,
            message: format!("{name}: {message}"),
        };
        let mut reader =
            csv::ReaderBuilder::new().from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let header = reader.headers().map_err(|error| bad(1, error.to_string()))?;
        let columns =
            header.iter().enumerate().map(|(at, code)| (code.trim().to_ascii_lowercase(), at)).collect();
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| {
                bad(error.position().map_or(1, |position| position.line() as usize), error.to_string())
            })?;
            rows.push((record.position().map_or(1, |position| position.line() as usize), record));
        }
        Ok(Self { name: name.trim_end_matches(".csv").to_owned(), columns, rows })
    }

    fn error(&self, line: usize, column: &str, message: impl std::fmt::Display) -> Error {
        let place = self.columns.get(column).map_or(1, |at| at + 1);
        Error::Parse {
            format: FORMAT,
            line,
            column: place,
            message: format!("{} {column}: {message}", self.name),
        }
    }

    fn value<'r>(&self, row: &'r (usize, csv::StringRecord), column: &str) -> Option<&'r str> {
        let value = row.1.get(*self.columns.get(column)?)?.trim();
        (!value.is_empty()).then_some(value)
    }

    fn need<'r>(&self, row: &'r (usize, csv::StringRecord), column: &str) -> Result<&'r str> {
        self.value(row, column).ok_or_else(|| self.error(row.0, column, "is empty or absent"))
    }

    fn hours(&self, row: &(usize, csv::StringRecord), column: &str) -> Result<Option<Duration>> {
        let Some(value) = self.value(row, column) else { return Ok(None) };
        match value.parse::<f64>() {
            Ok(hours) if hours.is_finite() && hours >= 0.0 => Ok(Some(Duration::from_hours(hours))),
            _ => Err(self.error(row.0, column, format!("`{value}` is not a number of hours"))),
        }
    }

    /// Strict portals refuse duplicate key rows; so does this reader.
    fn check_keys(&self, key: &[&str]) -> Result<()> {
        let mut seen = HashMap::new();
        for row in &self.rows {
            let values: Vec<&str> = key.iter().map(|column| self.value(row, column).unwrap_or("")).collect();
            if let Some(first) = seen.insert(values, row.0) {
                return Err(self.error(row.0, key[0], format!("the key stands in line {first} already")));
            }
        }
        Ok(())
    }
}

struct Register {
    tables: HashMap<String, Table>,
    links: Links,
    unknown_level: usize,
}

impl Register {
    fn read(mut self) -> Result<Imported> {
        self.functions()?;
        self.providers()?;
        let exit_plans = self.exit_plans()?;
        self.contracts(&exit_plans)?;
        self.subcontractors()?;
        let notes =
            note(self.unknown_level, "levels of reliance are absent or unknown; read as full reliance");
        let title = Some("DORA register of information".to_owned());
        Ok(Imported { model: self.links.model(title), notes: notes.into_iter().collect() })
    }

    fn table(&self, name: &str) -> Result<&Table> {
        self.tables
            .get(name)
            .ok_or_else(|| Error::invalid("register", format!("the table {name}.csv is absent")))
    }

    fn functions(&mut self) -> Result<()> {
        let Some(table) = self.tables.remove("b_06.01") else {
            return Err(Error::invalid("register", "the table b_06.01.csv is absent"));
        };
        table.check_keys(&["c0010", "c0040"])?;
        for row in &table.rows {
            let number = self.links.node(&function_id(table.need(row, "c0010")?))?;
            let (rto, rpo) = (table.hours(row, "c0080")?, table.hours(row, "c0090")?);
            let node = &mut self.links.nodes[number];
            node.kind = Some(Kind::Function);
            node.name = table.value(row, "c0030").map(str::to_owned);
            (node.rto, node.rpo) = (rto, rpo);
        }
        Ok(())
    }

    fn providers(&mut self) -> Result<()> {
        let Some(table) = self.tables.remove("b_05.01") else { return Ok(()) };
        for row in &table.rows {
            let number = self.provider(table.need(row, "c0010")?)?;
            self.links.nodes[number].name = table.value(row, "c0050").map(str::to_owned);
        }
        Ok(())
    }

    fn provider(&mut self, id: &str) -> Result<usize> {
        let number = self.links.node(&format!("provider:{id}"))?;
        self.links.nodes[number].kind = Some(Kind::Supplier);
        Ok(number)
    }

    /// By contract and provider: whether an exit plan exists.
    fn exit_plans(&self) -> Result<HashMap<(String, String), bool>> {
        let mut plans = HashMap::new();
        let Some(table) = self.tables.get("b_07.01") else { return Ok(plans) };
        table.check_keys(&["c0010", "c0020", "c0040"])?;
        for row in &table.rows {
            let key = (table.need(row, "c0010")?.to_owned(), table.need(row, "c0020")?.to_owned());
            match table.value(row, "c0080") {
                Some(value) if NO.contains(&value) => {
                    plans.insert(key, false);
                }
                Some(value) if YES.contains(&value) => {
                    plans.entry(key).or_insert(true);
                }
                Some(value) => {
                    return Err(table.error(row.0, "c0080", format!("`{value}` is not yes or no")));
                }
                None => {}
            }
        }
        Ok(plans)
    }

    fn contracts(&mut self, exit_plans: &HashMap<(String, String), bool>) -> Result<()> {
        let table = self
            .tables
            .remove("b_02.02")
            .ok_or_else(|| Error::invalid("register", "the table b_02.02.csv is absent"))?;
        let mut known: HashMap<(usize, usize), ()> = HashMap::new();
        for row in &table.rows {
            let (contract, provider) = (table.need(row, "c0010")?, table.need(row, "c0030")?);
            let supplier = self.provider(provider)?;
            if let Some(service) = table.value(row, "c0060") {
                self.links.nodes[supplier].layer.get_or_insert_with(|| service.to_owned());
            }
            let Some(function) = table.value(row, "c0050") else { continue };
            let dependent = self.links.node(&function_id(function))?;
            self.links.nodes[dependent].kind = Some(Kind::Function);
            let level = table.value(row, "c0180");
            let light = level.is_some_and(|level| LIGHT_RELIANCE.contains(&level));
            self.unknown_level += usize::from(level.is_none_or(|level| !level.starts_with("eba_ZZ:x79")));
            let exit_plan = exit_plans.get(&(contract.to_owned(), provider.to_owned())).copied();
            if known.insert((dependent, supplier), ()).is_some() {
                continue;
            }
            let grade = if light { EdgeGrade::Degrading } else { EdgeGrade::Hard };
            let terms = Terms { grade, exit_plan, ..Terms::default() };
            if let Some(plan) = exit_plan {
                let facts = self.links.nodes[supplier].plan.get_or_insert_with(Box::<Plan>::default);
                facts.exit_plan = Some(facts.exit_plan.unwrap_or(true) && plan);
            }
            self.links.add(Link {
                dependent,
                supplier,
                phase: Phase::Run,
                terms,
                group: None,
                at_least: 1,
            })?;
        }
        Ok(())
    }

    /// A subcontractor of rank r serves the provider of rank r - 1 that receives its service.
    fn subcontractors(&mut self) -> Result<()> {
        let Ok(table) = self.table("b_05.02") else { return Ok(()) };
        table.check_keys(&["c0010", "c0020", "c0030", "c0050", "c0060"])?;
        let mut pairs = Vec::new();
        for row in &table.rows {
            let rank = table.need(row, "c0050")?;
            let rank: u32 =
                rank.parse().map_err(|_| table.error(row.0, "c0050", format!("`{rank}` is not a rank")))?;
            if rank > 1 {
                pairs.push((table.need(row, "c0060")?.to_owned(), table.need(row, "c0030")?.to_owned()));
            }
        }
        pairs.sort();
        pairs.dedup();
        for (recipient, provider) in pairs {
            let (dependent, supplier) = (self.provider(&recipient)?, self.provider(&provider)?);
            self.links.plain(dependent, supplier)?;
        }
        Ok(())
    }
}

fn function_id(id: &str) -> String {
    format!("function:{id}")
}
