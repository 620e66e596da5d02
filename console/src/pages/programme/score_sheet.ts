// A member's score sheet: a row for each of the 42 measures, most of them empty at first.
import type { Score } from '../../api/types';

export interface SheetRow {
  /** 0 to 4; null while nothing is chosen. */
  score: number | null;
  comment: string;
  conflict: boolean;
}
export type Sheet = SheetRow[];

export const MEASURES = 42;

export function toSheet(scores: readonly Score[]): Sheet {
  return Array.from({ length: MEASURES }, (_, index) => {
    const given = scores.find((score) => score.measure === index + 1);
    return { score: given?.score ?? null, comment: given?.comment ?? '', conflict: given?.conflict ?? false };
  });
}

/** What is sent: rows with a score or a declared conflict of interest. A conflict carries no score. */
export function toScores(sheet: Sheet): Score[] {
  return sheet.flatMap((row, index): Score[] => {
    const measure = index + 1;
    if (row.conflict) return [{ measure, comment: row.comment, conflict: true }];
    return row.score === null ? [] : [{ measure, score: row.score, comment: row.comment, conflict: false }];
  });
}
