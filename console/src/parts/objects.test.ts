import { expect, it, vi } from 'vitest';

vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined });
const { pageOf } = await import('./objects');

it.each([
  ['measure', 'M07 title', '/programme/measures/7'],
  ['measure', 'a title of another shape', '/objects/x'],
  ['incident', 'M07 title', '/registry/incidents/x'],
  ['council_report', 'title', '/programme/council/reports/x'],
  ['reading', 'title', '/objects/x'],
])('%s “%s” is shown at %s', (kind, title, page) => {
  expect(pageOf({ id: 'x', kind, title })).toBe(page);
});
