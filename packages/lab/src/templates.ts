/** `${...}` in topology files. */
import { LabError } from './errors.ts';

/**
 * A copy of `value` where each `${name}` in a text is replaced by `variables[name]`; a text that is nothing but one
 * template takes the variable's type, so that a port stays a number. `where` names the place for the error.
 */
export function expand(value: unknown, variables: Readonly<Record<string, string | number>>, where: string): unknown {
  const lookUp = (name: string) => {
    const found = variables[name];
    if (found === undefined) {
      const known = Object.keys(variables).map((known) => `\${${known}}`);
      throw new LabError(`${where} uses \${${name}}, which does not exist`, `There are: ${known.join(' ')}`);
    }
    return found;
  };
  if (typeof value === 'string') {
    const whole = /^\$\{([^}]+)\}$/.exec(value)?.[1];
    return whole ? lookUp(whole) : value.replace(/\$\{([^}]+)\}/g, (_text, name: string) => String(lookUp(name)));
  }
  if (Array.isArray(value)) return value.map((item) => expand(item, variables, where));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, expand(member, variables, where)]));
}
