//! CSV to rows of members. Every fault is told with its line, column and reason; reading goes on after it.

use csv::{ByteRecord, ReaderBuilder};
use serde::Serialize;
use serde_json::{Map, Value, json};
use shinayaka_model::{area::without_check_digit, spreadsheet::unguard};

use super::{COLUMNS, Form, Part};

/// Rows of one file.
pub const MAXIMUM_ROWS: usize = 50_000;
/// Bytes of one row.
const MAXIMUM_ROW_BYTES: usize = 64 * 1024;

/// What a row says; members that it does not speak of are absent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row {
    /// The line of the file on which the row begins, or the place in a JSON array, from 1.
    pub line: u64,
    pub organisation: Map<String, Value>,
    pub contacts: Vec<Map<String, Value>>,
    pub services: Vec<Map<String, Value>>,
    pub products: Vec<Map<String, Value>>,
    pub synthetic: bool,
}

/// What is wrong with a row, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = OrganisationRowFault)]
pub struct RowFault {
    /// The line of the file on which the row begins, or the place in a JSON array, from 1.
    pub line: u64,
    /// The column, or the path in a JSON record.
    pub field: String,
    pub reason: String,
}

impl RowFault {
    pub fn new(line: u64, field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { line, field: field.into(), reason: reason.into() }
    }
}

/// Reads a table. Ends early after a fault that leaves nothing to read on from.
pub fn read(input: &[u8]) -> (Vec<Row>, Vec<RowFault>) {
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(input);
    let mut record = ByteRecord::new();
    let mut header: Option<Header> = None;
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                faults.push(RowFault::new(reader.position().line(), "row", error.to_string()));
                break;
            }
        }
        let line = record.position().map_or(1, |position| line_of(input, position.byte()));
        if record.as_slice().len() > MAXIMUM_ROW_BYTES {
            let reason = format!("is longer than {MAXIMUM_ROW_BYTES} bytes: is a quotation mark left open?");
            faults.push(RowFault::new(line, "row", reason));
            break;
        }
        let Some(known) = &header else {
            match read_header(&record, line) {
                Ok(columns) => header = Some(columns),
                Err(wrong) => return (rows, wrong),
            }
            continue;
        };
        if record.iter().all(|cell| cell.iter().all(u8::is_ascii_whitespace)) {
            continue;
        }
        if rows.len() + faults.len() >= MAXIMUM_ROWS {
            let reason = format!("the file has more than {MAXIMUM_ROWS} rows: split it");
            faults.push(RowFault::new(line, "row", reason));
            break;
        }
        match read_row(known, &record, line) {
            Ok(row) => rows.push(row),
            Err(wrong) => faults.extend(wrong),
        }
    }
    if header.is_none() && faults.is_empty() {
        let reason = "the file is empty: the first line must name the columns";
        faults.push(RowFault::new(1, "row", reason));
    }
    (rows, faults)
}

/// The line as an editor counts: the reader takes the line ends before a row for a part of it.
fn line_of(input: &[u8], byte: u64) -> u64 {
    let begin = usize::try_from(byte).unwrap_or(usize::MAX).min(input.len());
    let empty = input[begin..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    1 + input[..begin + empty].iter().filter(|byte| **byte == b'\n').count() as u64
}

/// For each column of the table, its place in the rows of the file.
struct Header {
    places: [Option<usize>; COLUMNS.len()],
    width: usize,
}

fn read_header(record: &ByteRecord, line: u64) -> Result<Header, Vec<RowFault>> {
    const SAVE_AS: &str = "save it as CSV UTF-8";
    let first = record.get(0).unwrap_or(b"");
    if first.starts_with(b"\xff\xfe") || first.starts_with(b"\xfe\xff") {
        return Err(vec![RowFault::new(line, "row", format!("the file is UTF-16: {SAVE_AS}"))]);
    }
    let mut header = Header { places: [None; COLUMNS.len()], width: record.len() };
    let mut faults = Vec::new();
    for (place, cell) in record.iter().enumerate() {
        let Ok(name) = std::str::from_utf8(cell) else {
            let reason = format!("the file is not UTF-8, perhaps Shift_JIS: {SAVE_AS}");
            return Err(vec![RowFault::new(line, "row", reason)]);
        };
        let name = name.trim_start_matches('\u{feff}').trim();
        match COLUMNS.iter().position(|column| column.name == name) {
            Some(column) if header.places[column].is_none() => header.places[column] = Some(place),
            Some(_) => faults.push(RowFault::new(line, name, "is named twice")),
            None => faults.push(RowFault::new(line, name, "is not a column of this table")),
        }
    }
    let named =
        |name| COLUMNS.iter().zip(header.places).any(|(one, place)| one.name == name && place.is_some());
    if faults.is_empty() && !named("code") && !named("name_ja") && !named("name_en") {
        faults.push(RowFault::new(line, "code", "the first line must name code, name_ja or name_en"));
    }
    if faults.is_empty() { Ok(header) } else { Err(faults) }
}

fn read_row(header: &Header, record: &ByteRecord, line: u64) -> Result<Row, Vec<RowFault>> {
    if record.len() != header.width {
        let reason =
            format!("has {} cells where the first line names {} columns", record.len(), header.width);
        return Err(vec![RowFault::new(line, "row", reason)]);
    }
    let mut row = Row { line, ..Row::default() };
    let (mut contact, mut service, mut product) = (Map::new(), Map::new(), Map::new());
    let mut faults = Vec::new();
    for (column, place) in COLUMNS.iter().zip(header.places) {
        let bytes = place.and_then(|place| record.get(place)).unwrap_or(b"");
        let Ok(text) = std::str::from_utf8(bytes) else {
            faults.push(RowFault::new(line, column.name, "is not UTF-8, perhaps Shift_JIS"));
            continue;
        };
        let text = unguard(text.trim());
        if text.is_empty() {
            continue;
        }
        let value = match value_of(column.name, column.form, text) {
            Ok(value) => value,
            Err(reason) => {
                faults.push(RowFault::new(line, column.name, reason));
                continue;
            }
        };
        let members = match column.part {
            Part::Organisation if column.name == "synthetic" => {
                row.synthetic = value == json!(true);
                continue;
            }
            Part::Organisation => &mut row.organisation,
            Part::Contact => &mut contact,
            Part::Service => &mut service,
            Part::Product => &mut product,
        };
        members.insert(column.member.to_owned(), value);
    }
    // Half a contact is a slip, not a wish.
    if !contact.is_empty() && !contact.contains_key("channel") {
        faults.push(RowFault::new(line, "contact_channel", "is needed for a contact"));
    }
    for (members, list) in
        [(contact, &mut row.contacts), (service, &mut row.services), (product, &mut row.products)]
    {
        if !members.is_empty() {
            list.push(members);
        }
    }
    if faults.is_empty() { Ok(row) } else { Err(faults) }
}

fn value_of(column: &str, form: Form, text: &str) -> Result<Value, String> {
    match (column, form) {
        ("prefecture", _) => Ok(json!(if text.len() == 1 { format!("0{text}") } else { text.to_owned() })),
        ("municipality", _) => {
            let whole = if text.len() == 4 { format!("0{text}") } else { text.to_owned() };
            without_check_digit(column, &whole).map(Value::from).map_err(|error| match error {
                shinayaka_kernel::Error::Invalid { reason, .. } => reason,
                other => other.to_string(),
            })
        }
        ("contact_verified_at", _) if text.len() == 10 => Ok(json!(format!("{text}T00:00:00Z"))),
        (_, Form::Words(words)) => {
            let words = words();
            if words.contains(&text) {
                return Ok(json!(text));
            }
            Err(format!("must be one of {}", words.join(", ")))
        }
        (_, Form::Number) => {
            let digits = text.replace(',', "");
            let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<u64>().ok());
            number.flatten().map(Value::from).ok_or_else(|| "must be a whole number, in digits".to_owned())
        }
        (_, Form::Codes) => {
            let codes = text.split(';').map(str::trim).filter(|code| !code.is_empty());
            Ok(codes.collect::<Vec<_>>().into())
        }
        (_, Form::Truth) => match text.to_ascii_lowercase().as_str() {
            "true" => Ok(json!(true)),
            "false" => Ok(json!(false)),
            _ => Err("must be true or false".into()),
        },
        _ => Ok(json!(text)),
    }
}

/// The column that holds a member of a record, for telling a fault.
pub fn column_of(part: Part, member: &str) -> String {
    let member = member.split(['.', '[']).next().unwrap_or(member);
    let found = COLUMNS.iter().find(|column| column.part == part && column.member == member);
    found.map_or_else(|| member.to_owned(), |column| column.name.to_owned())
}
