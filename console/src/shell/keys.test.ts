import { expect, it, vi } from 'vitest';

vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined });
const { keys, pressed } = await import('./keys.svelte');

it('writes what was pressed as the table does', () => {
  const event = { key: 'k', metaKey: false, ctrlKey: false, altKey: false };
  expect(pressed({ ...event, metaKey: true })).toBe('⌘K');
  expect(pressed({ ...event, ctrlKey: true })).toBe('Ctrl K');
  expect(pressed({ ...event, altKey: true })).toBe('');
  expect(pressed({ ...event, key: '?' })).toBe('?');
});

it('gives no key two meanings', () => {
  const all = keys.flatMap((key) => key.keys);
  expect(new Set(all).size).toBe(all.length);
});
