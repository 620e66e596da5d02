//! Nelder and Mead's simplex (Computer Journal 7, 1965) with restarts, and curvature by differences: enough for
//! likelihoods of a few parameters.

/// The point of least value found.
pub(crate) fn minimise(start: &[f64], value: &impl Fn(&[f64]) -> f64) -> (Vec<f64>, f64) {
    let mut best = start.to_vec();
    let mut least = value(&best);
    for _ in 0..8 {
        let (point, found) = simplex(&best, value);
        let better = least - found;
        if found < least {
            (best, least) = (point, found);
        }
        if better.is_nan() || better <= 1e-11 * (1.0 + least.abs()) {
            break;
        }
    }
    (best, least)
}

fn simplex(start: &[f64], value: &impl Fn(&[f64]) -> f64) -> (Vec<f64>, f64) {
    let n = start.len();
    let finite = |point: &[f64]| {
        let found = value(point);
        if found.is_nan() { f64::INFINITY } else { found }
    };
    let mut points: Vec<(Vec<f64>, f64)> = vec![(start.to_vec(), finite(start))];
    for index in 0..n {
        let mut point = start.to_vec();
        point[index] += 0.1 * point[index].abs() + 0.1;
        let found = finite(&point);
        points.push((point, found));
    }
    for _ in 0..400 * n {
        points.sort_by(|left, right| left.1.total_cmp(&right.1));
        let spread = points[n].1 - points[0].1;
        if spread.abs() <= 1e-13 * (1.0 + points[0].1.abs()) {
            break;
        }
        let centre: Vec<f64> = (0..n)
            .map(|axis| points[..n].iter().map(|point| point.0[axis]).sum::<f64>() / n as f64)
            .collect();
        let along = |factor: f64| {
            let worst = &points[n].0;
            let point: Vec<f64> = centre.iter().zip(worst).map(|(c, w)| c + factor * (w - c)).collect();
            let found = finite(&point);
            (point, found)
        };
        let reflected = along(-1.0);
        let next = if reflected.1 < points[0].1 {
            let expanded = along(-2.0);
            if expanded.1 < reflected.1 { expanded } else { reflected }
        } else if reflected.1 < points[n - 1].1 {
            reflected
        } else {
            along(if reflected.1 < points[n].1 { -0.5 } else { 0.5 })
        };
        if next.1 < points[n].1 {
            points[n] = next;
            continue;
        }
        let first = points[0].0.clone();
        for (point, found) in &mut points[1..] {
            for (coordinate, anchor) in point.iter_mut().zip(&first) {
                *coordinate = anchor + 0.5 * (*coordinate - anchor);
            }
            *found = finite(point);
        }
    }
    points.sort_by(|left, right| left.1.total_cmp(&right.1));
    points.swap_remove(0)
}

/// Inverse of the matrix of second derivatives at a minimum: the covariance of maximum likelihood estimates.
pub(crate) fn covariance(point: &[f64], value: &impl Fn(&[f64]) -> f64) -> Option<Vec<Vec<f64>>> {
    let n = point.len();
    let steps: Vec<f64> = point.iter().map(|coordinate| 1e-4 * (1.0 + coordinate.abs())).collect();
    let moved = |moves: &[(usize, f64)]| {
        let mut moved = point.to_vec();
        for (axis, times) in moves {
            moved[*axis] += times * steps[*axis];
        }
        value(&moved)
    };
    let mut matrix = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in 0..=i {
            let second = if i == j {
                (moved(&[(i, 1.0)]) - 2.0 * value(point) + moved(&[(i, -1.0)])) / (steps[i] * steps[i])
            } else {
                (moved(&[(i, 1.0), (j, 1.0)]) - moved(&[(i, 1.0), (j, -1.0)]) - moved(&[(i, -1.0), (j, 1.0)])
                    + moved(&[(i, -1.0), (j, -1.0)]))
                    / (4.0 * steps[i] * steps[j])
            };
            matrix[i][j] = second;
            matrix[j][i] = second;
        }
    }
    invert(matrix)
}

/// Gauss-Jordan elimination with pivoting.
fn invert(mut matrix: Vec<Vec<f64>>) -> Option<Vec<Vec<f64>>> {
    let n = matrix.len();
    for (index, row) in matrix.iter_mut().enumerate() {
        row.extend((0..n).map(|column| f64::from(u8::from(column == index))));
    }
    for column in 0..n {
        let pivot =
            (column..n).max_by(|a, b| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs()))?;
        matrix.swap(column, pivot);
        let divisor = matrix[column][column];
        if divisor.is_nan() || divisor.abs() <= 1e-300 {
            return None;
        }
        for value in &mut matrix[column] {
            *value /= divisor;
        }
        let pivot_row = matrix[column].clone();
        for (_, row) in matrix.iter_mut().enumerate().filter(|(index, _)| *index != column) {
            let factor = row[column];
            for (value, pivot) in row.iter_mut().zip(&pivot_row) {
                *value -= factor * pivot;
            }
        }
    }
    Some(matrix.into_iter().map(|row| row[n..].to_vec()).collect())
}
