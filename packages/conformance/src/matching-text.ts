/** Texts that match a regular expression of the documents. */
import { type AST, RegExpParser } from '@eslint-community/regexpp';
import type { Random } from './random.ts';

const parser = new RegExpParser({ ecmaVersion: 2025 });
const parsed = new Map<string, AST.Pattern>();
/** How much more often than it must an element with an open end occurs. */
const MORE = 6;
/** What `.` and negated classes stand for: what no header, path segment or list gives another meaning. */
const PLAIN = [...'abcdefghijklmnopqrstuvwxyz0123456789ABCDEF-_:'];

/** A text that `pattern` matches, unless it has lookarounds or backreferences: the caller tests what comes out. */
export function matchingText(pattern: string, random: Random): string {
  let tree = parsed.get(pattern);
  if (!tree) {
    tree = parser.parsePattern(pattern);
    parsed.set(pattern, tree);
  }
  return oneOf(tree.alternatives, random);
}

function oneOf(alternatives: readonly AST.Alternative[], random: Random): string {
  return random
    .pick(alternatives)
    .elements.map((element) => textOf(element, random))
    .join('');
}

function textOf(element: AST.Element, random: Random): string {
  switch (element.type) {
    case 'Character':
      return String.fromCodePoint(element.value);
    case 'CharacterSet':
    case 'CharacterClass':
      return random.pick(membersOf(element));
    case 'Group':
    case 'CapturingGroup':
      return oneOf(element.alternatives, random);
    case 'Quantifier': {
      const max = Math.min(element.max, element.min + MORE);
      return Array.from({ length: random.integer(element.min, max) }, () => textOf(element.element, random)).join('');
    }
    default:
      return '';
  }
}

const members = new WeakMap<AST.Node, readonly string[]>();

/** The characters that a class stands for, of those that are plain if it stands for too many. */
function membersOf(element: AST.CharacterSet | AST.CharacterClass): readonly string[] {
  let found = members.get(element);
  if (!found) {
    const expression = new RegExp(`^${element.raw}$`);
    const plain = PLAIN.filter((character) => expression.test(character));
    found = plain.length > 0 ? plain : ASCII.filter((character) => expression.test(character));
    members.set(element, found);
  }
  return found;
}
const ASCII = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));
