/** A UE registers at home, roams, and registers again: what `npm start` shows, in every variant that the lab has, with and without SCPs. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fingerprint } from '@twincore/sbi';
import {
  assertRegistered,
  conformanceTest,
  HOME,
  isNas,
  isSbi,
  recordsOf,
  startTestLab,
  type TestLab,
  UE,
  VISITED,
} from './support/lab.ts';

for (const communication of ['direct', 'C', 'D'] as const) {
  describe(`registration, communication ${communication}`, () => {
    let lab: TestLab;
    before(async () => {
      lab = await startTestLab({ communication });
    });
    after(() => lab.end());

    const amfKamf = async (traceId: string) =>
      (await recordsOf(lab, traceId))
        .filter(isNas)
        .map((record) => (record.detail as { kamfFingerprint?: string } | undefined)?.kamfFingerprint)
        .findLast((found) => found !== undefined);

    for (const [scheme, supi] of Object.entries(UE)) {
      test(`with SUCI (${scheme}) at home and then roaming, with the same KAMF on both sides`, async () => {
        const ue = lab.ue(supi);
        const [first, second] = supi === UE.ofVisited ? [VISITED, HOME] : [HOME, VISITED];
        const seen = new Set<string>();
        for (const plmnId of [first, second]) {
          const outcome = await ue.register(plmnId, { identity: 'suci' });
          assertRegistered(outcome);
          assert.ok(outcome.kamfFingerprint);
          assert.equal(await amfKamf(outcome.traceId), outcome.kamfFingerprint);
          seen.add(outcome.kamfFingerprint);
          await ue.deregister();
        }
        assert.equal(seen.size, 2, 'a KAMF belongs to one authentication in one network');
      });
    }

    test('by 5G-GUTI in the network that gave it, and by a foreign one after an identity request', async () => {
      const ue = lab.ue(UE.profileA);
      assertRegistered(await ue.register(HOME, { identity: 'suci' }));
      const again = await ue.register(HOME, { identity: 'guti' });
      assertRegistered(again);
      assert.ok(!again.steps.some(({ message }) => message === 'Identity request'), 'the AMF knows its GUTI');
      const abroad = await ue.register(VISITED, { identity: 'guti' });
      assertRegistered(abroad);
      assert.ok(
        abroad.steps.some(({ message }) => message === 'Identity request'),
        'this AMF does not',
      );
      await ue.deregister();
    });

    test('gives each registration a fresh 5G-GUTI', async () => {
      const ue = lab.ue(UE.profileB);
      const gutis = [];
      for (let i = 0; i < 3; i++) {
        const outcome = await ue.register(HOME, { identity: i === 0 ? 'suci' : 'guti' });
        assertRegistered(outcome);
        gutis.push(JSON.stringify(outcome.fiveGGuti));
      }
      assert.equal(new Set(gutis).size, 3);
      await ue.deregister();
    });

    test('abroad: the token comes from the home NRF, is verified by the home AUSF, and crosses both SEPPs', async () => {
      const ue = lab.ue(UE.profileA);
      const { traceId } = await ue.register(VISITED, { identity: 'suci' });
      const records = (await recordsOf(lab, traceId)).filter(isSbi);
      const challenge = records.filter(
        ({ operation, method }) => operation === 'Nausf_UEAuthentication_Authenticate' && method === 'POST',
      );
      assert.deepEqual(
        challenge.map(({ to }) => `${to.nfType} ${to.plmn}`),
        ['AUSF 001-01'],
      );
      const claims = challenge[0]?.token?.claims;
      assert.equal(challenge[0]?.token?.verdict, 'verified');
      assert.equal(claims?.iss, lab.nf('home', 'nrf').config.nfInstanceId);
      assert.equal(claims?.sub, lab.nf('visited', 'amf').config.nfInstanceId);
      assert.equal(claims?.aud, 'AUSF');
      assert.equal(claims?.scope, 'nausf-auth');
      assert.deepEqual(claims?.consumerPlmnId, VISITED);
      assert.deepEqual(claims?.producerPlmnId, HOME);
      const hops = records.filter(({ n32, uri }) => n32 && uri.startsWith('/nausf-auth/'));
      assert.deepEqual(hops.map(({ n32, to }) => `${n32?.role} ${to.plmn}`).slice(0, 2), [
        'cSEPP 999-70',
        'pSEPP 001-01',
      ]);
      // Nobody in the home asks anyone in the visited network by another way than the SEPPs.
      for (const record of records) {
        if (record.from.plmn !== record.to.plmn)
          assert.deepEqual([record.from.nfType, record.to.nfType], ['SEPP', 'SEPP']);
      }
      await ue.deregister();
    });

    test('shows no key, token or SUPI in a record or a log', async () => {
      const ue = lab.ue(UE.profileA);
      assertRegistered(await ue.register(HOME, { identity: 'suci' }));
      const text = JSON.stringify(await lab.trace());
      const { readFileSync } = await import('node:fs');
      const logs = lab.nfs.map(({ logFile }) => readFileSync(logFile, 'utf8')).join('\n');
      for (const usim of lab.usims) {
        for (const secret of [usim.k, usim.opc]) {
          assert.ok(!text.includes(secret) && !logs.includes(secret));
        }
        assert.ok(!logs.includes(usim.supi.slice('imsi-'.length)), 'a SUPI is personal data');
      }
      assert.doesNotMatch(`${text}\n${logs}`, /eyJhbGciOiJFUzI1NiI/, 'an access token');
      assert.match(text, /"kseaf":"fingerprint:[0-9a-f]{8}"/);
      assert.equal(fingerprint('x').length, 8);
      await ue.deregister();
    });

    conformanceTest(() => lab);
  });
}
