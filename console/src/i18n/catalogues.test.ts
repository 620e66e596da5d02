import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import en from '../../../i18n/en.json';
import ja from '../../../i18n/ja.json';
import { fill } from './fill';

const places = (message: string): string[] => [...message.matchAll(/\{([a-z_]+)\}/g)].map((match) => match[1] ?? '').sort();

describe('the two catalogues', () => {
  it('have the same keys', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(ja).sort());
  });

  it('say each sentence with the same places', () => {
    const wrong = (Object.keys(ja) as (keyof typeof ja)[]).filter((key) => places(en[key]).join() !== places(ja[key]).join());
    expect(wrong).toEqual([]);
  });

  it('leave no sentence empty except a unit that English does not write', () => {
    const empty = (catalogue: Record<string, string>): string[] => Object.keys(catalogue).filter((key) => catalogue[key]?.trim() === '');
    expect(empty(ja)).toEqual([]);
    expect(empty(en)).toEqual(['programme.unit.count']);
  });

  it('have no key of the console that nothing reads', () => {
    const root = join(import.meta.dirname, '..');
    const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(svelte|ts)$/.test(name) && !name.endsWith('.test.ts'));
    const code = names.map((name) => readFileSync(join(root, name), 'utf8')).join('\n');
    // A list of words is read by the name of the list: `word('console.role', …)` or `console.row.${…}`.
    const used = (key: string): boolean =>
      code.includes(`'${key}'`) || code.includes(`'${key.replace(/\.[^.]+$/, '')}'`) || code.includes(`\`${key.replace(/\.[^.]+$/, '')}.\${`);
    const unread = Object.keys(ja).filter((key) => key.startsWith('console.') && !used(key));
    expect(unread).toEqual([]);
  });
});

describe('fill', () => {
  it('puts values into their places and leaves a place without a value visible', () => {
    expect(fill('{n} of {all}', { n: 3 })).toBe('3 of {all}');
    expect(fill('{n}{n}', { n: 0 })).toBe('00');
  });
});
