import { expect, it } from 'vitest';
import type { Problem } from '../api/problem';
import { errorAt, fieldPath } from './fields';

const problem = (field: string): Problem => ({ name: 'invalid', status: 400, title: 'wrong', title_ja: '', detail: 'why', field });

it('reads the two ways in which the server names a place', () => {
  expect(fieldPath('record.costs[0].currency')).toBe('costs.0.currency');
  expect(fieldPath('milestones[12].title')).toBe('milestones.12.title');
});

it('gives the reason at the field, and at the field around it, but nowhere else', () => {
  expect(errorAt(problem('record.place.country'), 'place.country')).toBe('why');
  expect(errorAt(problem('place.country'), 'place')).toBe('why');
  expect(errorAt(problem('placement'), 'place')).toBeUndefined();
  expect(errorAt(undefined, 'place')).toBeUndefined();
});
