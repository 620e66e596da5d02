import { expect, it } from 'vitest';
import { differences } from './difference';

it('names every value that was changed, added or removed', () => {
  const before = { title: 'a', owner: 'x', milestones: [{ due: '2026-01-01' }], budget: { amount: 1 } };
  const after = { title: 'b', owner: 'x', milestones: [{ due: '2026-01-01' }, { due: '2026-02-01' }] };
  expect(differences(before, after)).toEqual([
    { path: 'title', before: 'a', after: 'b' },
    { path: 'milestones.1.due', before: undefined, after: '2026-02-01' },
    { path: 'budget.amount', before: 1, after: undefined },
  ]);
});

it('finds nothing between equals and shows a value that became a list', () => {
  expect(differences({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toEqual([]);
  expect(differences({ a: 'x' }, { a: ['y'] })).toEqual([
    { path: 'a', before: 'x', after: undefined },
    { path: 'a.0', before: undefined, after: 'y' },
  ]);
});
