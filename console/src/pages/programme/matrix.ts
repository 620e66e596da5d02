// The annex table as a board: where the strategy printed each measure.
import type { Column, MeasureSummary, Row, Status } from '../../api/types';

export const matrixRows: readonly Row[] = ['prevention', 'response', 'base'];

/** The columns of a row: the base row of the strategy has groups of its own. */
export function columnsOf(row: Row): readonly Column[] {
  return row === 'base'
    ? ['sovereignty', 'crime_privacy_international', 'basic_technology']
    : ['government', 'critical_infrastructure', 'firms_individuals'];
}

export interface Cell {
  readonly column: Column;
  readonly measures: readonly MeasureSummary[];
}

export function cellsOf(row: Row, measures: readonly MeasureSummary[]): Cell[] {
  return columnsOf(row).map((column) => ({
    column,
    measures: measures
      .filter((measure) => measure.printed_row === row && measure.printed_column === column)
      .toSorted((a, b) => a.no - b.no),
  }));
}

export const statuses: readonly Status[] = ['not_started', 'planned', 'in_progress', 'achieved', 'blocked', 'unknown'];

export function isStatus(text: string | null): text is Status {
  return statuses.some((status) => status === text);
}

export function countByStatus(measures: readonly MeasureSummary[]): Map<Status, number> {
  const counts = new Map<Status, number>(statuses.map((status) => [status, 0]));
  for (const measure of measures) counts.set(measure.status, (counts.get(measure.status) ?? 0) + 1);
  return counts;
}

/** `M07`: how the annex table's numbers are written everywhere. */
export function measureNumber(no: number): string {
  return `M${String(no).padStart(2, '0')}`;
}
