// The filters of the list as the address keeps them.
import type { IncidentQuery } from '../../api/types';
import { causes, columns, effects, malices, sectors } from './words';

export const filterNames = ['sector', 'cause', 'effect', 'malicious', 'column', 'year', 'synthetic'] as const;

export type FilterName = (typeof filterNames)[number];

const sorts = ['-date', 'date', 'recorded'] as const;

function oneOf<T extends string>(words: readonly T[], text: string | null): T | undefined {
  return words.find((word) => word === text);
}

export function sortOf(query: URLSearchParams): (typeof sorts)[number] {
  return oneOf(sorts, query.get('sort')) ?? '-date';
}

/** What of the address is a filter; the rest of it, and words that no list knows, are left out. */
export function readFilters(query: URLSearchParams): IncidentQuery {
  const synthetic = oneOf(['true', 'false'] as const, query.get('synthetic'));
  const year = query.get('year');
  const filters = {
    sector: oneOf(sectors, query.get('sector')),
    cause: oneOf(causes, query.get('cause')),
    effect: oneOf(effects, query.get('effect')),
    malicious: oneOf(malices, query.get('malicious')),
    column: oneOf(columns, query.get('column')),
    year: year !== null && /^\d{4}$/.test(year) ? Number(year) : undefined,
    synthetic: synthetic === undefined ? undefined : synthetic === 'true',
    sort: sortOf(query),
    after: query.get('after') ?? undefined,
  };
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined));
}

/** The same filters for the file: all of it, so neither order nor page. */
export function exportQuery(query: URLSearchParams, format: string): string {
  const { sort: _sort, after: _after, ...filters } = readFilters(query);
  const entries = Object.entries(filters).map(([name, value]): [string, string] => [name, String(value)]);
  return new URLSearchParams([['format', format], ...entries]).toString();
}
