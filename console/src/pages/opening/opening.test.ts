import { expect, it, vi } from 'vitest';
import { daysUntil } from '../../i18n/days';
import { parseCheckpoint } from './checkpoint';

vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined });
const { milestonesDue, proposalsDue } = await import('./deadlines');

it('reads the size out of a signed note and refuses what is none', () => {
  expect(parseCheckpoint('shinayaka/demo\n412\ncm9vdA==\n\n— key sig\n')).toEqual({ origin: 'shinayaka/demo', size: 412 });
  expect(parseCheckpoint('shinayaka/demo\nmany\n')).toBeUndefined();
  expect(parseCheckpoint('')).toBeUndefined();
});

it('counts whole days in the calendar of the reader', () => {
  const lateEvening = new Date(2026, 10, 22, 23, 59);
  expect(daysUntil('2026-11-22', lateEvening)).toBe(0);
  expect(daysUntil('2026-11-23', lateEvening)).toBe(1);
  expect(daysUntil('2026-10-22', lateEvening)).toBe(-31);
});

it('takes the next milestone of each measure, and the follow-up of each proposal', async () => {
  const measure = { no: 7, synthetic: true, next_milestone: { title: 'guide', due: '2027-01-01' } };
  expect(milestonesDue([measure, { no: 8, synthetic: false }] as never)).toEqual([
    { date: '2027-01-01', title: 'M07 guide', href: '/programme/measures/7', synthetic: true },
  ]);
  const view = { cycle: { id: 'c', synthetic: false }, proposals: [{ follow_up: '2027-02-01', measure: 3, text: 'x' }] };
  expect(proposalsDue(view as never)).toMatchObject([{ date: '2027-02-01', href: '/programme/council/cycles/c', synthetic: false }]);
});
