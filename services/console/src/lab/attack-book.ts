/** The catalogue of attacks, as the page shows it and as it is run against the lab that is attached to. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Lab, type LabClient, LabError, type LabNf, type NfInfo, PROJECT_ROOT } from '@twincore/lab';
import { DEFENCES, type NfConfig } from '@twincore/sbi';
// The catalogue stands beside the tests and is no package yet: it is there in a checkout, not in an image.
import type * as Catalogue from '../../../../e2e/attacks/index.ts';
import type { AttackView } from '../wire.ts';
import type { AttackBook } from './attack-runs.ts';

type Attack = Catalogue.Attack;
const CATALOGUE_FILE = join(PROJECT_ROOT, 'e2e/attacks/index.ts');

const GROUPS: readonly { readonly sign: RegExp; readonly group: string }[] = [
  { sign: /^A/, group: 'known from other cores' },
  { sign: /^B/, group: 'bad input' },
  { sign: /^G/, group: 'one check each' },
];

function viewOf(attack: Attack): AttackView {
  const { id, title, gain, clause, references, target, defence, refusal, steps } = attack;
  return {
    id,
    title,
    group: GROUPS.find(({ sign }) => sign.test(id))?.group ?? '',
    story: [`${title}.`, `Whoever succeeds has ${gain}.`],
    attacker: '',
    gain,
    clause,
    references,
    target: `${target.toUpperCase()} 001-01`,
    defence,
    withoutDefence: DEFENCES[defence],
    refusal: refusalText(refusal),
    steps: steps.map(({ does }) => does),
    byHand: [],
  };
}

function refusalText(refusal: Attack['refusal']): string {
  if ('tls' in refusal) return 'the TLS handshake fails';
  if ('nothing' in refusal) return '200 with nothing in it';
  return [refusal.status, refusal.cause, refusal.challenge].filter((part) => part !== undefined).join(' ');
}

/** `lab` gives the client of the running lab. Without the catalogue there are no attacks. */
export async function attackBook(lab: () => Promise<LabClient>): Promise<AttackBook> {
  if (!existsSync(CATALOGUE_FILE)) return { attacks: [], run: async () => Promise.reject(new Error('no catalogue')) };
  const { CATALOGUE, runAttacks } = (await import(pathToFileURL(CATALOGUE_FILE).href)) as typeof Catalogue;
  return {
    attacks: CATALOGUE.map(viewOf),
    async run(id, { withoutDefence, onProgress, onStopped }) {
      const attack = CATALOGUE.find((one) => one.id === id);
      if (!attack) throw new LabError(`there is no attack ${id}`, 'Choose one from the list.');
      const stage = await stageOf(await lab());
      const [first] = await runAttacks(stage, [attack], onProgress, { withoutDefence: false });
      onStopped();
      const [second] = withoutDefence ? await runAttacks(stage, [attack], onProgress) : [];
      const found = second ?? first;
      if (!found) throw new LabError('the attack has no result', 'Run it again.');
      return {
        withDefence: { outcome: found.refusedWith, asExpected: found.refused },
        ...(second ? { withoutDefence: { outcome: second.without, asExpected: second.succeeded } } : {}),
        serving: found.serving,
      };
    },
  };
}

type Stage = Catalogue.AttackedLab;

/** What the attacks need of a lab, by way of its client. */
async function stageOf(client: LabClient): Promise<Stage> {
  const nfs = await Promise.all(client.info.nfs.map((nf) => nfOf(client, nf)));
  const nf: Lab['nf'] = (site, name) => {
    const index = client.info.nfs.findIndex((one) => one.name === name && (one.site === site || one.plmn === site));
    const found = nfs[index];
    if (found) return found;
    throw new LabError(`there is no NF ${site}/${name}`, 'The attacks are made for the topology in deploy/.');
  };
  return { dir: client.info.dir, nfs, nf, ue: (supi) => client.ue(supi), trace: () => client.trace() };
}

async function nfOf(client: LabClient, { label, apiRoot, logFile }: NfInfo): Promise<LabNf> {
  const config = (await client.config(label)) as unknown as NfConfig;
  const pidNow = async () => (await client.status()).nfs.find((nf) => nf.label === label)?.pid;
  let pid = await pidNow();
  const restart: LabNf['restart'] = async (changes) => {
    await (changes ? client.setConfig(label, changes) : client.resetConfig(label));
    pid = await pidNow();
  };
  return {
    label,
    apiRoot,
    config,
    logFile,
    get pid() {
      return pid;
    },
    kill9: () => client.kill(label),
    stop: () => client.kill(label),
    start: restart,
    restart,
  };
}
