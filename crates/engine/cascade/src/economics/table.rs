//! Input-output tables from CSV.

use std::io::Read;

use nalgebra::{DMatrix, DVector};

use super::{MAXIMUM_SECTORS, matrix};
use crate::error::{Error, Result};

/// A square input-output table in money.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub sectors: Vec<String>,
    /// What sector i sells to sector j.
    pub flows: DMatrix<f64>,
    /// Final demand, exports less imports, by sector.
    pub final_demand: DVector<f64>,
    /// Total output by sector: the row totals.
    pub output: DVector<f64>,
    /// Largest difference between the row and the column total of a sector.
    pub imbalance: f64,
}

impl Table {
    /// Technical coefficients A: a_ij = z_ij / x_j.
    pub fn coefficients(&self) -> DMatrix<f64> {
        self.scaled(|_, j| j)
    }

    /// The demand-side interdependence matrix A* of Santos & Haimes (2004): a*_ij = z_ij / x_i.
    pub fn interdependence(&self) -> DMatrix<f64> {
        self.scaled(|i, _| i)
    }

    fn scaled(&self, by: impl Fn(usize, usize) -> usize) -> DMatrix<f64> {
        let n = self.sectors.len();
        DMatrix::from_fn(n, n, |i, j| {
            let output = self.output[by(i, j)];
            if output == 0.0 { 0.0 } else { self.flows[(i, j)] / output }
        })
    }

    /// Place of the sector whose label contains `name`.
    ///
    /// # Errors
    /// `NotFound`, also when the name fits several.
    pub fn sector(&self, name: &str) -> Result<usize> {
        let mut found = (0..self.sectors.len()).filter(|at| self.sectors[*at].contains(name));
        match (found.next(), found.next()) {
            (Some(at), None) => Ok(at),
            _ => Err(Error::not_found("single sector", name)),
        }
    }
}

/// Reads a wide table: the first column and the header hold labels; those that begin with `industry/` are sectors,
/// rows of other kinds are value added, columns of other kinds final demand.
///
/// # Errors
/// `Parse` with line and column for a number that is none; `Invalid` when rows and columns do not name the same
/// sectors.
pub fn read_table(input: impl Read) -> Result<Table> {
    let mut reader = csv::ReaderBuilder::new().from_reader(input);
    let bad = |line: u64, column: usize, message: String| Error::Parse {
        format: "input-output table",
        line: line as usize,
        column,
        message,
    };
    let header = reader.headers().map_err(|error| bad(1, 1, error.to_string()))?.clone();
    let is_sector = |label: &str| label.starts_with("industry/");
    let columns: Vec<usize> = (1..header.len()).filter(|at| is_sector(&header[*at])).collect();
    if columns.len() > MAXIMUM_SECTORS {
        return Err(Error::invalid("header", format!("more than {MAXIMUM_SECTORS} sectors")));
    }
    let (mut sectors, mut flows, mut demand) = (Vec::new(), Vec::new(), Vec::new());
    let mut column_totals = vec![0.0; columns.len()];
    for record in reader.records() {
        let record = record
            .map_err(|error| bad(error.position().map_or(0, csv::Position::line), 1, error.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let number = |at: usize| -> Result<f64> {
            let text = record.get(at).unwrap_or("").trim();
            let value: f64 =
                text.parse().map_err(|_| bad(line, at + 1, format!("`{text}` is not a number")))?;
            if value.is_finite() { Ok(value) } else { Err(bad(line, at + 1, "not a finite number".into())) }
        };
        let row: Vec<f64> = columns.iter().map(|at| number(*at)).collect::<Result<_>>()?;
        column_totals.iter_mut().zip(&row).for_each(|(total, value)| *total += value);
        if is_sector(&record[0]) {
            let all: f64 = (1..header.len()).map(number).sum::<Result<f64>>()?;
            demand.push(all - row.iter().sum::<f64>());
            sectors.push(record[0].trim_start_matches("industry/").to_owned());
            flows.push(row);
        }
    }
    let named: Vec<&str> = columns.iter().map(|at| header[*at].trim_start_matches("industry/")).collect();
    if sectors != named {
        return Err(Error::invalid(
            "table",
            "rows and columns do not name the same sectors in the same order",
        ));
    }
    let flows = matrix(&flows)?;
    let final_demand = DVector::from_vec(demand);
    let output = DVector::from_iterator(sectors.len(), flows.row_iter().map(|row| row.sum())) + &final_demand;
    let imbalance =
        output.iter().zip(&column_totals).map(|(row, column)| (row - column).abs()).fold(0.0, f64::max);
    Ok(Table { sectors, flows, final_demand, output, imbalance })
}
