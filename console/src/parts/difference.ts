// What differs between two bodies, value by value.
export interface Change {
  /** Where: `milestones.0.title`. */
  readonly path: string;
  /** `undefined` where there was nothing. */
  readonly before: unknown;
  readonly after: unknown;
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

/** Every leaf that was added, removed or changed, in the order of the newer body. */
export function differences(before: unknown, after: unknown, path = ''): Change[] {
  if (!isTree(before) && !isTree(after)) {
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }];
  }
  const [old, now] = [isTree(before) ? before : {}, isTree(after) ? after : {}];
  const names = [...new Set([...Object.keys(now), ...Object.keys(old)])];
  const inside = names.flatMap((name) => differences(old[name], now[name], path === '' ? name : `${path}.${name}`));
  // A single value that became a list or the reverse: the value itself went or came, too.
  if (!isTree(before) && isLeaf(before)) inside.unshift({ path, before, after: undefined });
  if (!isTree(after) && isLeaf(after)) inside.push({ path, before: undefined, after });
  return inside;
}

function isLeaf(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

export function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
