/** The end of `npm start`: what happened, in numbers out of the recorded exchanges, and what to try next. */
import type { Figures, RegistrationOutcome } from '@twincore/lab';

export interface Registration {
  /** `at home, 001-01`. */
  readonly where: string;
  readonly outcome: RegistrationOutcome;
  readonly figures: Figures;
}

/** Registered, and UE and AMF hold the same KAMF. */
export function succeeded({ outcome, figures }: Registration): boolean {
  return outcome.result === 'registered' && sameKamf(outcome, figures);
}

function sameKamf(outcome: RegistrationOutcome, figures: Figures): boolean {
  return outcome.kamfFingerprint !== undefined && outcome.kamfFingerprint === figures.amfKamfFingerprint;
}

const ROWS: readonly { readonly title: string; readonly value: (registration: Registration) => string }[] = [
  { title: 'result', value: ({ outcome }) => resultOf(outcome) },
  { title: 'time', value: ({ outcome }) => `${outcome.durationMs.toFixed(0)} ms` },
  { title: 'NAS messages', value: ({ figures }) => String(figures.nasMessages) },
  { title: 'SBI requests', value: ({ figures }) => String(figures.sbiRequests) },
  { title: 'tokens issued', value: ({ figures }) => String(figures.tokensIssued) },
  { title: 'tokens verified', value: ({ figures }) => String(figures.tokensVerified) },
  { title: 'N32 messages', value: ({ figures }) => String(figures.n32Messages) },
  { title: 'KAMF of the UE', value: ({ outcome }) => outcome.kamfFingerprint ?? 'none' },
  { title: 'KAMF of the AMF', value: ({ outcome, figures }) => amfKamf(outcome, figures) },
];

/** The figures of the registrations side by side. */
export function renderSummary(registrations: readonly Registration[]): string[] {
  const columns = [
    ['', ...ROWS.map(({ title }) => title)],
    ...registrations.map((registration) => [registration.where, ...ROWS.map(({ value }) => value(registration))]),
  ];
  const widths = columns.map((column) => Math.max(...column.map((cell) => cell.length)));
  const line = (row: number) => columns.map((column, at) => (column[row] ?? '').padEnd(widths[at] ?? 0)).join('   ');
  return ['', ...ROWS].map((_, row) => `  ${line(row).trimEnd()}`);
}

function resultOf({ result, fiveGmmCause, rejectedBy }: RegistrationOutcome): string {
  if (result === 'registered') return result;
  return [result, rejectedBy && `by ${rejectedBy}`, fiveGmmCause !== undefined && `5GMM cause ${fiveGmmCause}`]
    .filter(Boolean)
    .join(' ');
}

function amfKamf(outcome: RegistrationOutcome, figures: Figures): string {
  if (figures.amfKamfFingerprint === undefined) return 'none';
  return `${figures.amfKamfFingerprint} ${sameKamf(outcome, figures) ? '(the same)' : '(DIFFERENT)'}`;
}

/** `npm run` commands for a newcomer. */
export const NEXT_STEPS = [
  'What to try next:',
  '  npm run twincore -- trace --procedure registration           every message of both registrations, with its clause',
  '  npm run twincore -- trace --procedure registration --token   the access tokens: who may do what, and for which PLMN',
  '  npm run twincore -- status                                   every network function, and how it is',
  '  npm run twincore -- ue add                                   one more UE; ue register, ue roam let it travel',
  '  npm run twincore -- logs                                     what the network functions have to say',
];
