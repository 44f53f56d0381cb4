/** Parsers for arguments of the commands. */
import { InvalidArgumentError } from 'commander';

/** A whole number, 0 or more. */
export function integer(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('a whole number is needed.');
  return value;
}
