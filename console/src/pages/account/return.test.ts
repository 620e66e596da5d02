import { expect, it } from 'vitest';
import { returnAddress } from './return';

it.each([
  ['/registry?sector=finance', '/registry?sector=finance'],
  ['/programme/measures/4', '/programme/measures/4'],
  [null, '/'],
  ['//evil.example/registry', '/'],
  ['https://evil.example/', '/'],
  ['/\\evil.example', '/'],
  ['javascript:alert(1)', '/'],
  ['/sign-in', '/'],
  ['/nowhere', '/'],
])('after signing in %s leads to %s', (wanted, expected) => {
  expect(returnAddress(wanted)).toBe(expected);
});
