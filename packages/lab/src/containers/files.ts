/** The directory that an NF's container gets: its configuration and copies of the files that this names, and nobody else's. */
import { chmodSync, chownSync, copyFileSync, lchownSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

const ONLY_OWNER_READS = 0o400;

/**
 * A copy of `value` where each path of a file below one of `roots` is that of a copy in `dir`. A file of the same name that is there
 * already is replaced, whole at every moment, because an NF may be reading it.
 */
export function withOwnFiles(value: unknown, roots: readonly string[], dir: string): unknown {
  if (typeof value === 'string') {
    const root = roots.find((one) => value.startsWith(one + sep));
    return root !== undefined && isFile(value) ? copyOf(value, relative(root, value), dir) : value;
  }
  if (Array.isArray(value)) return value.map((item) => withOwnFiles(item, roots, dir));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withOwnFiles(member, roots, dir)]));
}

function copyOf(file: string, name: string, dir: string): string {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const copy = join(dir, name.replaceAll(sep, '-'));
  copyFileSync(file, `${copy}.new`);
  chmodSync(`${copy}.new`, ONLY_OWNER_READS);
  renameSync(`${copy}.new`, copy);
  return copy;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Gives `dir` and all that is in it to `owner`; only root may. */
export function giveTo({ uid, gid }: Owner, dir: string): void {
  chownSync(dir, uid, gid);
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) giveTo({ uid, gid }, path);
    else lchownSync(path, uid, gid);
  }
}
