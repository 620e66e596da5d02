import { expect, it } from 'vitest';
import type { Agreement, Measure } from '../../api/types';
import { byDisagreement, dots } from './agreement';
import { cellsOf, matrixRows } from './matrix';
import { toMeasureForm, toMeasureInput } from './measure_form';
import { MEASURES, toScores, toSheet } from './score_sheet';
import programme from '../../../../data/programme.json';

const measure: Measure = {
  no: 4, strategy: 1, printed_row: 'prevention', printed_column: 'critical_infrastructure', group_heading: 'x',
  group_heading_en: 'x', effective_phase: 'prevention', title_ja: 'x', title_en: 'x', status: 'planned', owner: 'METI',
  partners: ['a', 'b'], milestones: [{ title: 'm', due: '2026-12-01' }, { title: 'n', due: '2026-01-01', done_on: '2026-01-02' }],
  budget: { amount: 5, currency: 'JPY', fiscal_year: 2026, source: 's' }, evidence: [{ title: 'e', url: 'https://e.example/' }], note: '',
};

it('sends a measure back as it was read when nothing was typed', () => {
  const { status, owner, partners, milestones, budget, evidence, note } = measure;
  expect(toMeasureInput(toMeasureForm(measure), 3)).toEqual({ version: 3, status, owner, partners, milestones, budget, evidence, note });
});

it('places each of the 42 measures of the strategy in exactly one cell of the board', () => {
  const measures = programme.measures.map((printed) => ({ ...printed, status: 'unknown', indicators: [] }) as never);
  const cells = matrixRows.flatMap((row) => cellsOf(row, measures));
  expect(cells.map((cell) => cell.measures.length)).toEqual([3, 2, 10, 2, 4, 12, 3, 3, 3]);
});

it('sends what was scored, a conflict without its score, and no empty row', () => {
  const sheet = toSheet([{ measure: 2, score: 3, comment: 'c', conflict: false }]);
  expect(sheet).toHaveLength(MEASURES);
  const [first, , third] = sheet;
  if (!first || !third) throw new Error('the sheet is short');
  first.score = 0;
  third.score = 4;
  third.conflict = true;
  expect(toScores(sheet)).toEqual([
    { measure: 1, score: 0, comment: '', conflict: false },
    { measure: 2, score: 3, comment: 'c', conflict: false },
    { measure: 3, comment: '', conflict: true },
  ]);
});

it('puts disagreement first and counts members at each score', () => {
  const row = (no: number, scores: number[], disagrees: boolean) => ({ no, scores, conflicts: 0, disagrees, spread: Math.max(...scores) - Math.min(...scores) });
  const agreement: Agreement = { alpha: 0.5, members: 3, pairable: 6, by_measure: [row(1, [2, 2], false), row(2, [0, 4], true), row(3, [1, 4], true)] };
  const sorted = byDisagreement(agreement);
  expect(sorted.map((one) => one.no)).toEqual([2, 3, 1]);
  expect(dots(sorted)).toEqual([[0, 0, 1], [0, 4, 1], [1, 1, 1], [1, 4, 1], [2, 2, 2]]);
});
