/** Communication through SCPs: who talks to whom, a producer that is killed, one that is overloaded, and loops. */
import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { PROJECT_ROOT } from '@twincore/lab';
import { CALLBACK, OCI, type SbiTraceRecord } from '@twincore/sbi';
import { testNf } from './support/client.ts';
import {
  assertRegistered,
  conformanceTest,
  eventually,
  HOME,
  isSbi,
  recordsOf,
  startTestLab,
  type TestLab,
  UE,
  VISITED,
} from './support/lab.ts';

const PROXIES = new Set(['SCP', 'SEPP']);

/** The lab's topology with a second AUSF at home; the first one finds a request a second enough. */
function deployWithTwoAusfs(): string {
  const deploy = mkdtempSync(join(tmpdir(), 'twincore-deploy-'));
  cpSync(join(PROJECT_ROOT, 'deploy'), deploy, { recursive: true });
  const file = join(deploy, 'home.yaml');
  const text = readFileSync(file, 'utf8');
  const first = /- \{ name: ausf,.*\}/;
  assert.match(text, first);
  writeFileSync(
    file,
    text.replace(first, '- { name: ausf, type: AUSF, port: 17105, config: { load: { capacity: 1 } } }'),
  );
  appendFileSync(file, '  - { name: ausf2, type: AUSF, port: 17108 }\n');
  return deploy;
}

for (const mode of ['direct', 'C', 'D'] as const) {
  describe(`communication ${mode}, with two AUSFs at home`, () => {
    const deploy = deployWithTwoAusfs();
    let lab: TestLab;
    let records: SbiTraceRecord[] = [];
    before(async () => {
      lab = await startTestLab({ deploy, communication: mode });
      const ue = lab.ue(UE.profileA);
      for (const plmnId of [HOME, VISITED, HOME]) assertRegistered(await ue.register(plmnId, { identity: 'suci' }));
      // The AMF abroad hears that the UE has gone.
      await eventually('the deregistration notification', async () => (await sbiRecords()).some(isNotificationAbroad));
      records = await sbiRecords();
      await ue.deregister();
    });
    after(async () => {
      await lab.end();
      rmSync(deploy, { recursive: true });
    });
    const sbiRecords = async () => (await lab.trace()).filter(isSbi);
    const isNotificationAbroad = ({ to, status }: SbiTraceRecord) =>
      to.nfType === 'AMF' && to.plmn === '999-70' && status === 204;
    const authentications = (among: readonly SbiTraceRecord[], name: string) =>
      among.filter(
        ({ operation, method, to }) =>
          operation === 'Nausf_UEAuthentication_Authenticate' &&
          method === 'POST' &&
          to.nfInstanceId === lab.nf('home', name).config.nfInstanceId,
      ).length;

    if (mode !== 'direct') {
      test('every producer and every callback is reached through a proxy, the NRF alone directly', () => {
        const reached = records.filter(({ to }) => !['NRF', 'RANSIM', 'SCP', 'SEPP'].includes(to.nfType));
        assert.ok(reached.some(({ to }) => to.nfType === 'AMF'));
        for (const { from, to, operation } of reached) {
          if (operation === 'Nnrf_NFManagement_NFStatusNotify') assert.equal(from.nfType, 'NRF');
          else assert.ok(PROXIES.has(from.nfType), `${from.nfType} → ${to.nfType} ${operation}`);
        }
      });

      test('the consumer is known by its token and its assertion, not by the SCP', () => {
        const byScp = records.filter(({ from, token }) => from.nfType === 'SCP' && token);
        assert.ok(byScp.length > 10);
        const instances = new Map(lab.nfs.map(({ config }) => [config.nfInstanceId, config.nfType]));
        for (const { token, requestHeaders } of byScp) {
          assert.equal(token?.verdict, 'verified');
          assert.match(instances.get(token?.claims?.sub ?? '') ?? '', /^(AMF|AUSF|UDM)$/);
          assert.match(String(requestHeaders['3gpp-sbi-client-credentials']), /^fingerprint:/);
        }
      });

      test(`producers and tokens are asked for by ${mode === 'C' ? 'the consumers' : 'the SCPs alone'}`, () => {
        const asked = records.filter(
          ({ to, operation }) => to.nfType === 'NRF' && /^Nnrf_(NFDiscovery_Request|AccessToken_Get)$/.test(operation),
        );
        const askers = new Set(asked.map(({ from }) => from.nfType));
        for (const consumer of ['AMF', 'AUSF', 'UDM']) assert.equal(askers.has(consumer), mode === 'C', consumer);
        assert.ok(askers.has('SCP'));
      });

      test('the SCP says what it did, and every hop is one trace', () => {
        const hops = records.filter(({ to }) => to.nfType === 'SCP');
        // Who is notified is never discovered.
        assert.ok(hops.every(({ scp, requestHeaders }) => scp?.mode === (requestHeaders[CALLBACK] ? 'C' : mode)));
        assert.equal(
          hops.some(({ scp }) => scp?.producer !== undefined && scp.token !== undefined),
          mode === 'D',
        );
        assert.ok(hops.some(({ scp }) => scp?.toSepp));
        for (const hop of hops) {
          const next = records.find(
            ({ traceId, at, from, uri }) =>
              traceId === hop.traceId && at >= hop.at - 5 && PROXIES.has(from.nfType) && uri === hop.uri,
          );
          assert.ok(next, `${hop.method} ${hop.uri} went no further`);
        }
      });

      test('a request that goes round is stopped', async () => {
        const nf = await testNf(lab, HOME, 'AMF');
        const scp = lab.nf('home', 'scp');
        const answer = await nf.send({
          method: 'GET',
          url: `${scp.apiRoot}/nausf-auth/v1/x`,
          headers: { '3gpp-sbi-target-apiroot': scp.apiRoot },
        });
        assert.equal(answer.status, 400);
        assert.equal((answer.body as { cause: string }).cause, 'MSG_LOOP_DETECTED');
        assert.equal(answer.headers.server, `SCP-${scp.config.fqdn}`);
        await nf.close();
      });
    }

    test('an AUSF that has too much to do says so, and is spared', async () => {
      const ues = [UE.profileA, UE.profileB, UE.nullScheme].map((supi) => lab.ue(supi));
      const registerAll = () =>
        Promise.all(
          ues.map(async (ue) => {
            assertRegistered(await ue.register(HOME, { identity: 'suci' }));
            await ue.deregister();
          }),
        );
      // Somebody else keeps it busy.
      const busybody = await testNf(lab, HOME, 'AMF');
      const url = `${lab.nf('home', 'ausf').apiRoot}/nausf-auth/v1/nothing`;
      const pump = setInterval(() => busybody.send({ method: 'GET', url }).catch(() => {}), 100);
      try {
        const announcement = async () =>
          (await sbiRecords()).find(
            ({ from, to, responseHeaders }) =>
              to.nfType === 'AUSF' && responseHeaders[OCI] && from.nfInstanceId !== busybody.nfInstanceId,
          );
        for (let i = 0; i < 20 && !(await announcement()); i++) await registerAll();
        const overload = await announcement();
        assert.match(String(overload?.responseHeaders[OCI]), /Overload-Reduction-Metric: [1-9]\d*%; NF-Instance: /);
        const before = (await sbiRecords()).length;
        for (let i = 0; i < 2; i++) await registerAll();
        const since = (await sbiRecords()).slice(before);
        const [spared, other] = ['ausf', 'ausf2'].map((name) => authentications(since, name));
        assert.ok(Number(other) > 3 * Number(spared), `${spared} to the overloaded one, ${other} to the other`);
      } finally {
        clearInterval(pump);
        await busybody.close();
      }
    });

    test('when an AUSF is killed, the other one takes over at once, at home and for roamers', async () => {
      const ue = lab.ue(UE.profileA);
      // The one that is preferred since, so that its end is noticed.
      await lab.nf('home', 'ausf2').kill9();
      let failures = 0;
      let lost = 0;
      const register = async (plmnId: typeof HOME) => {
        const outcome = await ue.register(plmnId, { identity: 'suci' });
        return { outcome, seen: (await recordsOf(lab, outcome.traceId)).filter(isSbi) };
      };
      for (let i = 0; i < 5 && failures === 0; i++) {
        for (const plmnId of [HOME, VISITED]) {
          let { outcome, seen } = await register(plmnId);
          failures += seen.filter(metTheDead).length;
          // Sent before the end of the connection was noticed, it may have been processed, and nobody may send it again.
          if (outcome.result === 'rejected') {
            assert.ok(seen.some(metTheDead), 'rejected for another reason');
            lost++;
            ({ outcome, seen } = await register(plmnId));
          }
          assertRegistered(outcome);
          assert.ok(authentications(seen, 'ausf') > 0);
          await ue.deregister();
        }
      }
      assert.ok(failures > 0, 'the dead one was never tried');
      assert.ok(lost <= 1, `${lost} requests were lost at one death`);
    });
    const metTheDead = ({ scp, status, uri }: SbiTraceRecord) =>
      uri.startsWith('/nausf-auth/') && (status === 504 || status === 0 || scp?.failed !== undefined);

    conformanceTest(() => lab, { allowRefused: true });
  });
}
