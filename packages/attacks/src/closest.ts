/** Names that somebody may have meant. */

/** Up to five of `names`: those that begin like `text` first, then those that differ in one letter. */
export function closest(text: string, names: readonly string[]): string[] {
  const wanted = text.toLowerCase();
  const alike = names.filter((name) => name.toLowerCase().startsWith(wanted) || wanted.startsWith(name.toLowerCase()));
  const near = names.filter((name) => differences(wanted, name.toLowerCase()) === 1);
  return [...new Set([...alike, ...near])].slice(0, 5);
}

/** Letters that differ, at the same place, and the difference in length. */
function differences(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  const differing = Array.from({ length: shorter }, (_, index) => index).filter((index) => a[index] !== b[index]);
  return differing.length + Math.abs(a.length - b.length);
}
