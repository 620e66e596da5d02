// Sentences live in the catalogues: what a component writes itself is markup, signs and names of things.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, type AST } from 'svelte/compiler';
import { describe, expect, it } from 'vitest';

const root = import.meta.dirname;
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(svelte|ts)$/.test(name));
const components = files.filter((name) => name.endsWith('.svelte'));

/** Attributes whose text a person reads or hears. */
const spoken = new Set(['title', 'alt', 'placeholder', 'aria-label', 'aria-description', 'label', 'hint']);
const letters = /[\p{Letter}]{2,}/u;
const japanese = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u;

/** What is said in a template by itself, with the line where. */
function literals(source: string): string[] {
  const found: string[] = [];
  const note = (text: string, start: number): void => {
    if (letters.test(text)) found.push(`${source.slice(0, start).split('\n').length}: ${text.trim()}`);
  };
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if (Array.isArray(node)) return node.forEach(visit);
    const part = node as AST.BaseNode & { data?: string; name?: string; value?: unknown };
    if (part.type === 'Text' && part.data !== undefined) note(part.data, part.start);
    if (part.type === 'Attribute') {
      if (spoken.has(part.name ?? '')) visit(part.value);
      else if (Array.isArray(part.value)) part.value.filter((one: AST.BaseNode) => one.type !== 'Text').forEach(visit);
      else visit(part.value);
      return;
    }
    for (const [key, value] of Object.entries(part)) if (key !== 'metadata') visit(value);
  };
  visit(parse(source, { modern: true }).fragment);
  return found;
}

describe('components', () => {
  it('are found', () => {
    expect(components.length).toBeGreaterThan(40);
  });

  it('the search itself finds a literal sentence and an attribute that is spoken', () => {
    const source = '<p class="card">Hello there</p>\n<img alt="a house" src="/x.svg" />\n<p>{t("console.save")} ▾ → α</p>';
    expect(literals(source)).toEqual(['1: Hello there', '2: a house']);
  });

  it.each(components)('%s writes no sentence of its own', (name) => {
    expect(literals(readFileSync(join(root, name), 'utf8'))).toEqual([]);
  });

  it.each(components)('%s has no style attribute, which the content security policy refuses', (name) => {
    expect(readFileSync(join(root, name), 'utf8')).not.toMatch(/\sstyle=|\{@html/);
  });

  it.each(files.filter((name) => !name.endsWith('.test.ts')))('%s has no Japanese outside comments', (name) => {
    const code = readFileSync(join(root, name), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    expect(code.match(japanese)?.[0]).toBeUndefined();
  });
});
