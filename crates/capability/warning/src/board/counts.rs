//! The five numbers, and what of them the public may see.

use serde::Serialize;
use shinayaka_model::warning::Choice;

use super::Row;

/// Organisations. `affected` is everybody addressed; each of them is in exactly one of acted, cannot, call and silent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Counts {
    pub affected: u32,
    /// At least one channel delivered, or they answered.
    pub reached: u32,
    pub acted: u32,
    pub cannot: u32,
    /// They asked to be called.
    pub call: u32,
    pub silent: u32,
}

impl Counts {
    pub fn add(&mut self, row: &Row) {
        self.affected += 1;
        self.reached += u32::from(row.is_reached());
        match row.choice() {
            Some(Choice::Done) => self.acted += 1,
            Some(Choice::Cannot) => self.cannot += 1,
            Some(Choice::Call) => self.call += 1,
            Some(Choice::Withdrawn) | None => self.silent += 1,
        }
    }
}

/// Counts with the small ones left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ProtectedCounts {
    pub affected: Option<u32>,
    pub reached: Option<u32>,
    pub acted: Option<u32>,
}

/// What may be told to those who may not see single organisations: no count below `limit`, and none whose rest to the
/// whole is below it (whoever knows the whole would know the rest). Nothing, or nobody, tells nothing and may be told.
pub fn protected(counts: &Counts, limit: u32) -> ProtectedCounts {
    let small = |count: u32| count > 0 && count < limit;
    if small(counts.affected) {
        return ProtectedCounts::default();
    }
    let part = |count: u32| (!small(count) && !small(counts.affected - count)).then_some(count);
    ProtectedCounts {
        affected: Some(counts.affected),
        reached: part(counts.reached),
        acted: part(counts.acted),
    }
}

/// The cells of a table that may be told together with its total: when exactly one had to be left out, the smallest of
/// the others is left out too, since the total would give the first away.
pub fn protected_cells(cells: &[(String, Counts)], limit: u32) -> Vec<(String, ProtectedCounts)> {
    let mut told: Vec<(String, ProtectedCounts)> =
        cells.iter().map(|(name, counts)| (name.clone(), protected(counts, limit))).collect();
    type Pick = (fn(&mut ProtectedCounts) -> &mut Option<u32>, fn(&Counts) -> u32);
    let picks: [Pick; 3] = [
        (|cell| &mut cell.affected, |counts| counts.affected),
        (|cell| &mut cell.reached, |counts| counts.reached),
        (|cell| &mut cell.acted, |counts| counts.acted),
    ];
    for (cell_of, count_of) in picks {
        let cells_hidden = told.iter_mut().map(|(_, cell)| cell_of(cell).is_none());
        let hidden = cells_hidden.filter(|hidden| *hidden).count();
        if hidden != 1 {
            continue;
        }
        let shown = told.iter_mut().zip(cells).filter_map(|((_, cell), (_, counts))| {
            let place = cell_of(cell);
            place.is_some().then_some((count_of(counts), place))
        });
        if let Some((_, place)) = shown.min_by_key(|(count, _)| *count) {
            *place = None;
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(affected: u32, reached: u32, acted: u32) -> Counts {
        Counts { affected, reached, acted, silent: affected - acted, ..Counts::default() }
    }

    #[test]
    fn small_counts_and_small_rests_are_not_told() {
        assert_eq!(protected(&of(9, 9, 0), 10), ProtectedCounts::default());
        let told = protected(&of(100, 95, 50), 10);
        assert_eq!((told.affected, told.reached, told.acted), (Some(100), None, Some(50)));
        assert_eq!(protected(&of(100, 100, 3), 10).acted, None);
        assert_eq!(protected(&of(0, 0, 0), 10).affected, Some(0));
    }

    #[test]
    fn the_total_does_not_give_a_single_hidden_cell_away() {
        let cells = [("a", of(3, 3, 3)), ("b", of(40, 40, 40)), ("c", of(90, 90, 90))];
        let cells: Vec<(String, Counts)> = cells.map(|(name, counts)| (name.to_owned(), counts)).into();
        let told = protected_cells(&cells, 10);
        assert_eq!(told.iter().filter(|(_, cell)| cell.affected.is_none()).count(), 2);
        assert_eq!(told[2].1.affected, Some(90));
    }
}
