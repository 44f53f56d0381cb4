/** A JSON value as text, coloured, with long ones cut until asked for. Everything is text: nothing in it becomes markup. */
import { Button } from '@mantine/core';
import { type ReactNode, useMemo, useState } from 'react';

/** Characters that are shown at first. */
const SHOWN = 20_000;
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|-?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b/g;

export function Json({
  value,
  label,
  names = {},
}: {
  value: unknown;
  label: string;
  names?: Readonly<Record<string, string>>;
}) {
  const [all, setAll] = useState(false);
  const text = useMemo(() => textOf(value), [value]);
  const shown = all ? text : text.slice(0, SHOWN);
  return (
    <>
      <section className="code" aria-label={label}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be within reach of the keyboard */}
        <pre tabIndex={0}>{coloured(shown, names)}</pre>
      </section>
      {shown.length < text.length && (
        <Button size="compact-xs" variant="light" onClick={() => setAll(true)}>
          Show all {text.length.toLocaleString('en')} characters
        </Button>
      )}
    </>
  );
}

/** A form is shown as what it means; any other text as it is. */
function textOf(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value, null, 2) ?? '';
  if (!/^[\w.-]+=[^\s]*$/.test(value)) return value;
  return JSON.stringify(Object.fromEntries(new URLSearchParams(value)), null, 2);
}

function coloured(text: string, names: Readonly<Record<string, string>>): ReactNode[] {
  const parts: ReactNode[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [whole, quoted, colon] = match;
    parts.push(text.slice(end, match.index));
    const kind = colon ? 'name' : quoted ? kindOfText(quoted) : 'literal';
    const owner = quoted && !colon ? names[quoted.slice(1, -1).toLowerCase()] : undefined;
    parts.push(
      <span key={match.index} className={`json-${kind}`}>
        {whole}
      </span>,
    );
    if (owner) {
      parts.push(
        <span key={`${match.index}-owner`} className="json-owner">
          {` ← ${owner}`}
        </span>,
      );
    }
    end = match.index + whole.length;
  }
  return [...parts, text.slice(end)];
}

const kindOfText = (quoted: string) => (quoted.startsWith('"fingerprint:') ? 'fingerprint' : 'text');
