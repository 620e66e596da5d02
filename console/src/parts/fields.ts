// Which field of a form a problem speaks of.
import type { Problem } from '../api/problem';

/** `record.costs[0].currency` and `costs.0.currency` are the same place. */
export function fieldPath(field: string): string {
  return field.replaceAll(/\[(\d+)\]/g, '.$1').replace(/^record\./, '');
}

/** What is wrong at a field, if the problem is about it or about something inside it. */
export function errorAt(problem: Problem | undefined, path: string): string | undefined {
  if (problem?.field === undefined) return undefined;
  const field = fieldPath(problem.field);
  if (field !== path && !field.startsWith(`${path}.`)) return undefined;
  return problem.detail ?? problem.title;
}
