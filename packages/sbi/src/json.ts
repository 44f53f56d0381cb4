/** Limits of JSON input that a parser alone does not have. */

/**
 * Depth of the deepest array or object of a JSON text, found without parsing it; stops as soon as it exceeds `limit`.
 * Text that is not JSON gives some depth, and the parser refuses it afterwards.
 */
export function exceedsNesting(text: string, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === 0x5c) i++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) {
      inString = true;
    } else if (code === 0x7b || code === 0x5b) {
      if (++depth > limit) return true;
    } else if (code === 0x7d || code === 0x5d) {
      depth--;
    }
  }
  return false;
}
