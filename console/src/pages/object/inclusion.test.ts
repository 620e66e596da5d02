import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { provesInclusion } from './inclusion';

const sha256 = (...parts: Buffer[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
const leaf = (data: string): Buffer => sha256(Buffer.from([0]), Buffer.from(data));
const node = (left: Buffer, right: Buffer): Buffer => sha256(Buffer.from([1]), left, right);

/** RFC 6962, 2.1 and 2.1.1, as they are written: the tree head and the path, by splitting at the power of two. */
function head(leaves: Buffer[]): Buffer {
  const [only, ...more] = leaves;
  if (only && more.length === 0) return only;
  const k = split(leaves.length);
  return node(head(leaves.slice(0, k)), head(leaves.slice(k)));
}

function path(position: number, leaves: Buffer[]): Buffer[] {
  if (leaves.length <= 1) return [];
  const k = split(leaves.length);
  return position < k
    ? [...path(position, leaves.slice(0, k)), head(leaves.slice(k))]
    : [...path(position - k, leaves.slice(k)), head(leaves.slice(0, k))];
}

function split(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

it('holds for every entry of every tree up to 33 entries, and for nothing else', async () => {
  for (let size = 1; size <= 33; size += 1) {
    const leaves = Array.from({ length: size }, (_, index) => leaf(`entry ${index}`));
    const root = head(leaves).toString('hex');
    for (const [position, own] of leaves.entries()) {
      const proof = { position, size, root, leaf: own.toString('hex'), path: path(position, leaves).map((hash) => hash.toString('hex')) };
      expect(await provesInclusion(proof)).toBe(true);
      expect(await provesInclusion({ ...proof, leaf: leaf('another').toString('hex') })).toBe(false);
      expect(await provesInclusion({ ...proof, path: [...proof.path, root] })).toBe(false);
      if (size > 1) expect(await provesInclusion({ ...proof, path: proof.path.slice(1) })).toBe(false);
    }
  }
});

it('holds for the empty-string leaf of RFC 6962 alone in its tree', async () => {
  const hash = '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d';
  expect(await provesInclusion({ position: 0, size: 1, root: hash, leaf: hash, path: [] })).toBe(true);
  expect(await provesInclusion({ position: 1, size: 1, root: hash, leaf: hash, path: [] })).toBe(false);
  expect(await provesInclusion({ position: 0, size: 1, root: hash, leaf: 'zz', path: [] })).toBe(false);
});
