// Checks in the browser that an entry is in the journal: RFC 9162, 2.1.3.2, over SHA-256 as RFC 6962 hashes.
import type { Proof } from '../../api/types';

function fromHex(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^([0-9a-f]{2})*$/i.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index += 1) {
    bytes[index] = Number.parseInt(text.slice(2 * index, 2 * index + 2), 16);
  }
  return bytes;
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function nodeHash(left: Uint8Array, right: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const input = new Uint8Array(1 + left.length + right.length);
  input[0] = 1;
  input.set(left, 1);
  input.set(right, 1 + left.length);
  return new Uint8Array(await crypto.subtle.digest('SHA-256', input));
}

type InclusionProof = Pick<Proof, 'leaf' | 'path' | 'position' | 'root' | 'size'>;

export async function provesInclusion(proof: InclusionProof): Promise<boolean> {
  // Numbers of the journal stay far below 2^53; division keeps them whole where bit operators would cut at 2^32.
  let node = proof.position;
  let last = proof.size - 1;
  let hash = fromHex(proof.leaf);
  if (!hash || node > last || node < 0) return false;
  for (const text of proof.path) {
    const sibling = fromHex(text);
    if (!sibling || last === 0) return false;
    if (node % 2 === 1 || node === last) {
      hash = await nodeHash(sibling, hash);
      while (node % 2 === 0 && node !== 0) {
        node = Math.floor(node / 2);
        last = Math.floor(last / 2);
      }
    } else {
      hash = await nodeHash(hash, sibling);
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && toHex(hash) === proof.root.toLowerCase();
}
