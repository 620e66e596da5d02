import { expect, it } from 'vitest';
import { sparkline } from './sparkline';

it('puts readings into the box by time, the greatest at the top', () => {
  const readings = [
    { at: '2026-03-01T00:00:00Z', value: 30 },
    { at: '2026-01-01T00:00:00Z', value: 10 },
    { at: '2026-01-30T12:00:00Z', value: 20 },
  ];
  expect(sparkline(readings, 100, 20)).toEqual([
    { x: 0, y: 20 },
    { x: 50, y: 10 },
    { x: 100, y: 0 },
  ]);
});

it('puts a flat line in the middle and leaves out what is no reading', () => {
  expect(sparkline([{ at: '2026-01-01T00:00:00Z', value: 5 }, { at: 'soon', value: 9 }], 100, 20)).toEqual([{ x: 50, y: 10 }]);
  expect(sparkline([], 100, 20)).toEqual([]);
});
