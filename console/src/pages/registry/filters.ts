// The filters of the list as the address keeps them.
import type { IncidentQuery } from '../../api/contract';

export const filterNames = ['sector', 'cause', 'effect', 'column', 'malicious', 'synthetic'] as const;

export type FilterName = (typeof filterNames)[number];

export function sortOf(query: URLSearchParams): 'date' | '-date' | 'recorded' {
  const sort = query.get('sort');
  return sort === 'date' || sort === 'recorded' ? sort : '-date';
}

export function readFilters(query: URLSearchParams): IncidentQuery {
  const filters: Record<string, string> = { sort: sortOf(query) };
  for (const name of [...filterNames, 'after']) {
    const value = query.get(name);
    if (value) filters[name] = value;
  }
  return filters;
}
