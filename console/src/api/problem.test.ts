import { expect, it } from 'vitest';
import { readProblem } from './problem';

it('takes the name from the type of a problem', () => {
  const body = { type: 'urn:shinayaka:problem:too-many-requests', title: 'Wait', title_ja: '待って', status: 429 };
  expect(readProblem(body, 429)).toMatchObject({ name: 'too-many-requests', status: 429, title: 'Wait' });
});

it.each([['a page of a proxy'], [undefined], [null], [{ type: 7 }]])('makes a problem of %s, too', (body) => {
  expect(readProblem(body, 502)).toMatchObject({ name: 'http-502', status: 502, title: '' });
});
