// The one table of pages: what a page is called, where it is, which room it belongs to and what draws it.
import type { Component } from 'svelte';
import type { MessageKey } from './i18n/messages.svelte';

export type Room = 'programme' | 'incident' | 'constituency' | 'operation';

type Draw = () => Promise<{ default: Component<never> }>;

export interface Page<Path extends string = string> {
  readonly path: Path;
  readonly title: MessageKey;
  readonly draw: Draw;
}

function page<const Path extends string>(path: Path, title: MessageKey, draw: Draw): Page<Path> {
  return { path, title, draw };
}

export const pages = {
  opening: page('/', 'console.opening.title', () => import('./pages/Opening.svelte')),
  sign_in: page('/sign-in', 'console.sign_in.title', () => import('./pages/account/SignIn.svelte')),
  welcome: page('/welcome', 'console.welcome.title', () => import('./pages/account/Welcome.svelte')),
  account: page('/account', 'console.account.title', () => import('./pages/account/Account.svelte')),
  accounts: page('/accounts', 'console.accounts.title', () => import('./pages/account/Accounts.svelte')),
  jobs: page('/jobs', 'console.jobs.title', () => import('./pages/account/Jobs.svelte')),
  search: page('/search', 'console.search.title', () => import('./pages/object/Search.svelte')),
  object: page('/objects/:id', 'console.object.title', () => import('./pages/object/ObjectPage.svelte')),
  board: page('/programme', 'console.board.title', () => import('./pages/programme/Board.svelte')),
  measure: page('/programme/measures/:no', 'console.measure.title', () => import('./pages/programme/MeasurePage.svelte')),
  edit_measure: page(
    '/programme/measures/:no/edit',
    'console.measure.edit',
    () => import('./pages/programme/EditMeasure.svelte'),
  ),
  council: page('/programme/council', 'console.council.title', () => import('./pages/programme/Council.svelte')),
  cycle: page('/programme/council/cycles/:id', 'console.cycle.title', () => import('./pages/programme/Cycle.svelte')),
  report: page('/programme/council/reports/:id', 'console.report.title', () => import('./pages/programme/Report.svelte')),
  registry: page('/registry', 'console.registry.title', () => import('./pages/registry/Registry.svelte')),
  add_incident: page('/registry/add', 'console.incident.add', () => import('./pages/registry/EditIncident.svelte')),
  import_incidents: page('/registry/import', 'console.import.title', () => import('./pages/registry/Import.svelte')),
  incident: page('/registry/incidents/:id', 'console.incident.title', () => import('./pages/registry/IncidentPage.svelte')),
  edit_incident: page(
    '/registry/incidents/:id/edit',
    'console.incident.edit',
    () => import('./pages/registry/EditIncident.svelte'),
  ),
  organisations: page('/constituency', 'console.constituency.title', () => import('./pages/constituency/Organisations.svelte')),
  add_organisation: page(
    '/constituency/add',
    'console.constituency.add',
    () => import('./pages/constituency/EditOrganisation.svelte'),
  ),
  import_organisations: page(
    '/constituency/import',
    'console.constituency.import',
    () => import('./pages/constituency/ImportOrganisations.svelte'),
  ),
  drills: page('/constituency/drills', 'console.drill.title', () => import('./pages/constituency/Drills.svelte')),
  organisation: page(
    '/constituency/organisations/:id',
    'console.constituency.organisation',
    () => import('./pages/constituency/OrganisationPage.svelte'),
  ),
  edit_organisation: page(
    '/constituency/organisations/:id/edit',
    'console.constituency.edit',
    () => import('./pages/constituency/EditOrganisation.svelte'),
  ),
} as const;

export type PageName = keyof typeof pages;

/** The names after the colons of a path. */
export type PathParameters<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? { [K in Name]: string } & PathParameters<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? { [K in Name]: string }
    : Record<never, never>;

type ParametersOf<Name extends PageName> = PathParameters<(typeof pages)[Name]['path']>;
type Arguments<Name extends PageName> = keyof ParametersOf<Name> extends never ? [] : [parameters: ParametersOf<Name>];

/** The address of a page. */
export function address<Name extends PageName>(name: Name, ...rest: Arguments<Name>): string {
  const parameters: Record<string, string> = rest[0] ?? {};
  return pages[name].path.replaceAll(/:([a-z]+)/g, (_, key: string) => encodeURIComponent(parameters[key] ?? ''));
}

export interface Match {
  readonly name: PageName;
  readonly parameters: Record<string, string>;
}

/** Which page an address means; `undefined` when there is none. Paths without parameters win. */
export function match(pathname: string): Match | undefined {
  const trimmed = pathname.length > 1 ? pathname.replace(/\/+$/, '') : pathname;
  const names = Object.keys(pages) as PageName[];
  const exact = names.find((name) => pages[name].path === trimmed);
  if (exact) return { name: exact, parameters: {} };
  for (const name of names) {
    const parameters = parametersIn(pages[name].path, trimmed);
    if (parameters) return { name, parameters };
  }
  return undefined;
}

function parametersIn(path: string, pathname: string): Record<string, string> | undefined {
  const wanted = path.split('/');
  const given = pathname.split('/');
  if (!path.includes(':') || wanted.length !== given.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? '';
    if (part.startsWith(':')) {
      if (value === '') return undefined;
      try {
        parameters[part.slice(1)] = decodeURIComponent(value);
      } catch {
        return undefined;
      }
    } else if (part !== value) {
      return undefined;
    }
  }
  return parameters;
}
