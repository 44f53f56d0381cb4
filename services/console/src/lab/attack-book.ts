/** The catalogue of attacks, as the page shows it and as it is run against the lab that is attached to. */
import {
  type AttackDescription,
  type AttackedLab,
  CATALOGUE,
  describeAttack,
  findAttack,
  runAttacks,
} from '@twincore/attacks';
import { type Lab, type LabClient, LabError, type LabNf, type NfInfo } from '@twincore/lab';
import type { NfConfig } from '@twincore/sbi';
import type { AttackBook } from './attack-runs.ts';

/** `dir` is the lab directory; `lab` gives the client of the lab that runs in it. */
export function attackBook(dir: string, lab: () => Promise<LabClient>): AttackBook {
  let described: Promise<AttackDescription[]> | undefined;
  return {
    targetOf(id) {
      const attack = findAttack(id);
      return attack && `${attack.target.toUpperCase()} 001-01`;
    },
    describe() {
      // The same for as long as the lab directory is: what is done by hand takes half a second to write down.
      described ??= Promise.all(CATALOGUE.map((attack) => describeAttack(attack, dir)));
      described.catch(() => {
        described = undefined;
      });
      return described;
    },
    async run(id, { withoutDefence, onProgress, onStopped }) {
      const attack = findAttack(id);
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

/** What the attacks need of a lab, by way of its client. */
async function stageOf(client: LabClient): Promise<AttackedLab> {
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
