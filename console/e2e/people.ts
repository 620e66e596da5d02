// The people of the tests and what they may do.
export interface Person {
  readonly roles: readonly string[];
  readonly password: string;
  readonly organisation?: string;
  /** Hubs of which they are the secretary. */
  readonly hubs?: readonly string[];
}

const person = (roles: readonly string[], organisation?: string, hubs: readonly string[] = []): Person => ({
  roles,
  password: 'correct horse battery staple',
  ...(organisation ? { organisation } : {}),
  hubs,
});

export const people = {
  'e2e-director': person(['director']),
  'e2e-analyst': person(['analyst']),
  'e2e-officer': person(['officer'], 'e2e-ministry'),
  'e2e-council-1': person(['council']),
  'e2e-council-2': person(['council']),
  'e2e-council-3': person(['council']),
  'e2e-guard': person(['analyst']),
  'e2e-secretary': person(['secretary'], 'medical-isac', ['medical-isac']),
  'e2e-clerk': person(['clerk'], 'hinode-city'),
} as const;

export type Name = keyof typeof people | 'operator' | 'nobody';
