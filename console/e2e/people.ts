// The people of the tests and what they may do.
export interface Person {
  readonly roles: readonly string[];
  readonly password: string;
  readonly organisation?: string;
}

const person = (roles: readonly string[], organisation?: string): Person => ({
  roles,
  password: 'correct horse battery staple',
  ...(organisation ? { organisation } : {}),
});

export const people = {
  'e2e-director': person(['director']),
  'e2e-analyst': person(['analyst']),
  'e2e-officer': person(['officer'], 'e2e-ministry'),
  'e2e-council-1': person(['council']),
  'e2e-council-2': person(['council']),
  'e2e-council-3': person(['council']),
  'e2e-guard': person(['analyst']),
} as const;

export type Name = keyof typeof people | 'operator' | 'nobody';
