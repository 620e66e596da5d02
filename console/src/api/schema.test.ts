import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import openapi, { astToString } from 'openapi-typescript';
import { expect, it } from 'vitest';
import ja from '../../../i18n/ja.json';
import document from '../../../openapi/shinayaka.json';
import { assignableRoles } from '../pages/account/roles';
import {
  contactChannels, contactLanguages, contactRoles, contactStates, delegatedActs, exposures, inventories, organisationKinds, sizes,
} from '../pages/constituency/words';
import { causes, channels, columns, costKinds, effects, malices, sectors, units } from '../pages/registry/words';

const path = join(import.meta.dirname, '../../../openapi/shinayaka.json');

it('the types of the API are generated from the present document (npm run api)', async () => {
  const fresh = astToString(await openapi(new URL(`file://${path}`), { alphabetize: true }));
  const kept = readFileSync(join(import.meta.dirname, 'schema.d.ts'), 'utf8');
  expect(kept.endsWith(fresh)).toBe(true);
}, 30_000);

/** The words of a closed list of the document. */
function words(name: string): string[] {
  const schemas: Record<string, unknown> = document.components.schemas;
  const schema = schemas[name] as { enum?: string[] } | undefined;
  return (schema?.enum ?? []).toSorted();
}

it.each([
  ['Sector', sectors, 'registry.sector'],
  ['Cause', causes, 'registry.cause'],
  ['Effect', effects, 'registry.effect'],
  ['Malice', malices, 'registry.malicious'],
  ['Channel', channels, 'registry.channel'],
  ['CostKind', costKinds, 'registry.cost'],
  ['MagnitudeUnit', units, 'registry.unit'],
  ['Column', columns, 'console.column'],
  ['Role', [...assignableRoles, 'public'], 'console.role'],
  ['OrganisationKind', organisationKinds, 'constituency.kind'],
  ['SizeBand', sizes, 'constituency.size'],
  ['Inventory', inventories, 'constituency.inventory'],
  ['ContactRole', contactRoles, 'constituency.role'],
  ['ContactChannel', contactChannels, 'constituency.channel'],
  ['ContactLanguage', contactLanguages, 'constituency.language'],
  ['ContactState', contactStates, 'constituency.contact_state'],
  ['Exposure', exposures, 'constituency.exposure'],
  ['DelegatedAct', delegatedActs, 'constituency.act'],
] as const)('every word of %s is offered and has a name', (name, list, prefix) => {
  expect([...list].toSorted()).toEqual(words(name));
  for (const one of list) expect(Object.keys(ja)).toContain(`${prefix}.${one}`);
});
