// The filters of the list as the address keeps them.
import type { OrganisationQuery } from '../../api/types';
import { sectors } from '../registry/words';
import { prefectures } from '../registry/prefectures';
import { healthFilters, inventories, organisationKinds, sizes } from './words';

export const filterNames = ['q', 'kind', 'sector', 'prefecture', 'hub', 'size', 'inventory', 'health'] as const;

function oneOf<T extends string>(words: readonly T[], text: string | null): T | undefined {
  return words.find((word) => word === text);
}

/** What of the address is a filter; words that no list knows are left out. */
export function readFilters(query: URLSearchParams): OrganisationQuery {
  const text = (name: string): string | undefined => query.get(name)?.trim() || undefined;
  const filters = {
    q: text('q'),
    kind: oneOf(organisationKinds, query.get('kind')),
    sector: oneOf(sectors, query.get('sector')),
    prefecture: oneOf(prefectures, query.get('prefecture')),
    hub: text('hub'),
    size: oneOf(sizes, query.get('size')),
    inventory: oneOf(inventories, query.get('inventory')),
    health: oneOf(healthFilters, query.get('health')),
    after: text('after'),
  };
  return Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined));
}

/** The same filters for the file, which knows neither pages nor the text search nor the health of contacts. */
export function exportQuery(query: URLSearchParams, format: string): string {
  const { after: _after, q: _q, health: _health, ...filters } = readFilters(query);
  const entries = Object.entries(filters).map(([name, value]): [string, string] => [name, String(value)]);
  return new URLSearchParams([['format', format], ...entries]).toString();
}
