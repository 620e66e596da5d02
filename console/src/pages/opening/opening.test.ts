import { expect, it } from 'vitest';
import { daysUntil } from '../../i18n/days';
import { parseCheckpoint } from './checkpoint';

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
