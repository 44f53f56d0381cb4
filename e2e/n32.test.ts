/** Roaming over N32-f in each of its forms, as deploy/*.yaml chooses it: TLS, PRINS from SEPP to SEPP, PRINS by way of two IPX providers. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createSecureServer, type ServerHttp2Stream } from 'node:http2';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import type { PrinsDetail, SbiTraceRecord } from '@twincore/sbi';
import { type TestNf, testNf } from './support/client.ts';
import { addIpx, changedDeploy, type Deploy, type SiteYaml } from './support/deploy.ts';
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

/** What our IPXs may do, and do: a header of their own in both directions. */
const PERMISSIONS = [
  { ieLoc: 'HEADER', reqIe: 'x-ipx-trace', rspIe: 'x-ipx-trace' },
  { ieLoc: 'HEADER', reqIe: 'accept' },
];
const mediations = (name: string) => [
  { on: 'request', header: 'x-ipx-trace', set: name },
  { on: 'response', header: 'x-ipx-trace', set: name },
];
const HIDDEN = { fqdns: true, addresses: true, instanceIds: true };

interface Mode {
  readonly security: 'TLS' | 'PRINS';
  readonly ipx: boolean;
  readonly hiding: boolean;
  readonly change: (site: SiteYaml, name: 'home' | 'visited') => void;
}

const MODES: Readonly<Record<string, Mode>> = {
  'TLS, topology hidden': {
    security: 'TLS',
    ipx: false,
    hiding: true,
    change: (site) => {
      site.n32 = { security: 'TLS', topologyHiding: HIDDEN };
    },
  },
  PRINS: {
    security: 'PRINS',
    ipx: false,
    hiding: false,
    change: (site) => {
      site.n32 = { security: 'PRINS' };
    },
  },
  'PRINS by way of cIPX and pIPX, topology hidden': {
    security: 'PRINS',
    ipx: true,
    hiding: true,
    change: (site, name) => {
      site.n32 = { topologyHiding: HIDDEN };
      addIpx(site, name, { permissions: PERMISSIONS, mediations: mediations(name) });
    },
  },
};

/** Where `nf` takes notifications, and the events in them. */
async function notificationsTo({ fqdn, tls }: TestNf) {
  const events: string[] = [];
  const server = createSecureServer({
    key: readFileSync(tls.key),
    cert: readFileSync(tls.cert),
    ca: readFileSync(tls.ca),
    requestCert: true,
  });
  server.on('stream', async (stream: ServerHttp2Stream) => {
    events.push((JSON.parse(await text(stream)) as { event: string }).event);
    stream.respond({ ':status': 204 }, { endStream: true });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return { events, uri: `https://${fqdn}:${port}/namf-callback/v1/nf-status`, close: () => server.close() };
}

for (const [title, mode] of Object.entries(MODES)) {
  describe(`N32-f with ${title}`, () => {
    let deploy: Deploy;
    let lab: TestLab;
    before(async () => {
      deploy = changedDeploy(mode.change);
      lab = await startTestLab({ deploy: deploy.dir });
    });
    after(async () => {
      await lab?.end();
      deploy.remove();
    });

    const hops = async (traceId: string, nfType: string) =>
      (await recordsOf(lab, traceId)).filter(isSbi).filter((record) => record.n32 && record.to.nfType === nfType);
    const challengeOf = (records: readonly SbiTraceRecord[], role: string) =>
      records.find(
        ({ n32, uri }) => n32?.role === role && `${uri} ${JSON.stringify(n32)}`.includes('ue-authentications'),
      );

    test('a UE of the home registers abroad, and its former AMF hears of it when it comes home', async () => {
      const ue = lab.ue(UE.nullScheme);
      const abroad = await ue.register(VISITED, { identity: 'suci' });
      assertRegistered(abroad);
      const sepps = await hops(abroad.traceId, 'SEPP');
      assert.ok(sepps.length >= 8, `${sepps.length} hops`);
      assert.deepEqual([...new Set(sepps.map(({ n32 }) => n32?.security))], [mode.security]);
      for (const { status, uri } of sepps) assert.ok(status < 400, `${status} ${uri}`);

      assertRegistered(await ue.register(HOME, { identity: 'suci' }));
      await eventually('the visited AMF is told that the UE is gone', async () =>
        (await lab.trace())
          .filter(isSbi)
          .some(
            ({ operation, to, status }) =>
              operation === 'Nudm_UECM_DeregistrationNotification' &&
              to.plmn === '999-70' &&
              to.nfType === 'AMF' &&
              status === 204,
          ),
      );
      await ue.deregister();
    });

    test('and a UE of the visited network in the home', async () => {
      const ue = lab.ue(UE.ofVisited);
      assertRegistered(await ue.register(HOME, { identity: 'suci' }));
      await ue.deregister();
    });

    for (const [own, other] of [
      [VISITED, HOME],
      [HOME, VISITED],
    ] as const) {
      test(`the NRF of ${other.mcc} tells an NF of ${own.mcc} what becomes of its NFs`, async (t) => {
        const subscriber = await testNf(lab, own, 'AMF');
        t.after(() => subscriber.close());
        const notified = await notificationsTo(subscriber);
        t.after(() => notified.close());
        const nrf = lab.nfs.find(({ config }) => config.nfType === 'NRF' && config.plmnId.mcc === own.mcc);
        const subscribed = await subscriber.send({
          method: 'POST',
          url: `${nrf?.apiRoot}/nnrf-nfm/v1/subscriptions`,
          body: {
            nfStatusNotificationUri: notified.uri,
            subscrCond: { nfType: 'AUSF' },
            plmnId: other,
            reqNfType: 'AMF',
            reqNfInstanceId: subscriber.nfInstanceId,
          },
        });
        assert.equal(subscribed.status, 201, JSON.stringify(subscribed.body));
        const watched = await testNf(lab, other, 'AUSF');
        t.after(() => watched.close());
        await eventually('the notification arrives', () => notified.events.length > 0);
        assert.equal(notified.events[0], 'NF_REGISTERED');
      });
    }

    test('nothing else passes the border than what the networks need', async () => {
      const reasons = ['home', 'visited'].map((site) => {
        const file = join(lab.nf(site, 'sepp').config.stateDir, 'n32-audit.ndjson');
        return readFileSync(file, 'utf8');
      });
      assert.deepEqual(reasons, ['', ''], 'the audit logs have no refusal');
    });

    if (mode.security === 'PRINS') {
      test('the trace shows what was clear, what was encrypted, who changed what, and what came out', async () => {
        const ue = lab.ue(UE.nullScheme);
        const { traceId } = await ue.register(VISITED, { identity: 'suci' });
        const at = await hops(traceId, 'SEPP');
        const sent = challengeOf(at, 'cSEPP')?.n32?.prins ?? assert.fail('nothing at the cSEPP');
        const received = challengeOf(at, 'pSEPP') ?? assert.fail('nothing at the pSEPP');
        const prins: PrinsDetail = received.n32?.prins ?? assert.fail('no detail');
        assert.equal(prins.messageId, sent.messageId);
        assert.deepEqual(sent.request.encrypted, ['header authorization', 'body /supiOrSuci']);
        assert.deepEqual(prins.response?.encrypted, ['body /5gAuthData']);
        const { body } = prins.request.reconstructed as { body: Record<string, unknown> };
        assert.equal(body.servingNetworkName, '5G:mnc070.mcc999.3gppnetwork.org');
        // The message as it was on the wire.
        const { supiOrSuci } = body;
        const { aad } = (received.requestBody as { reformattedData: { aad: string } }).reformattedData;
        assert.ok(!Buffer.from(aad, 'base64url').toString().includes(String(supiOrSuci)));
        const signers = prins.request.modifications?.map(({ signer }) => signer.split('.')[0]) ?? [];
        assert.deepEqual(signers, mode.ipx ? ['ipx', 'ipx'] : []);
        await ue.deregister();
      });
    }

    if (mode.ipx) {
      test('a message passes cIPX and pIPX, each of which signs, in both directions', async () => {
        const ue = lab.ue(UE.profileA);
        const { traceId } = await ue.register(VISITED, { identity: 'suci' });
        const first = (await hops(traceId, 'IPX')).slice(0, 2);
        assert.deepEqual(
          first.map(({ from, to }) => `${from.nfType} ${from.plmn} → ${to.nfType} ${to.plmn}`),
          ['SEPP 999-70 → IPX 999-70', 'IPX 999-70 → IPX 001-01'],
        );
        for (const { n32 } of first) {
          assert.equal(n32?.prins?.request.modifications?.length, 1);
          assert.equal(n32?.prins?.response?.modifications?.length, 1);
        }
        await ue.deregister();
      });

      test('an IPX that changes more than it may is refused, and nothing is forwarded', async () => {
        const { config } = lab.nf('visited', 'ipx') as { config: { mediations?: unknown } };
        const allowed = config.mediations;
        const forbidden = [{ on: 'request', header: 'user-agent', set: 'UDM-x' }];
        await lab.nf('visited', 'ipx').restart({ mediations: forbidden });
        const ue = lab.ue(UE.profileB);
        const outcome = await ue.register(VISITED, { identity: 'suci' });
        assert.equal(outcome.result, 'rejected');
        const audit = readFileSync(join(lab.nf('home', 'sepp').config.stateDir, 'n32-audit.ndjson'), 'utf8');
        assert.match(audit, /"partner":"999-70","direction":"in","reason":"n32f"/);
        await lab.nf('visited', 'ipx').restart({ mediations: allowed });
        assertRegistered(await ue.register(VISITED, { identity: 'suci' }));
        await ue.deregister();
      });
    }

    if (mode.hiding) {
      test('neither network sees names, addresses or instance ids of the other', async () => {
        const ids = (mcc: string) =>
          lab.nfs
            .filter(({ config }) => config.plmnId.mcc === mcc && ['AUSF', 'UDM', 'AMF', 'UDR'].includes(config.nfType))
            .flatMap(({ config }) => [config.fqdn, ...(config.nfType === 'UDR' ? [] : [config.nfInstanceId])]);
        const records = (await lab.trace()).filter(isSbi).filter(({ from }) => from.nfType !== 'OPERATOR');
        // Claims of a token are signed: who issued it and for whom it cannot be hidden.
        const seenBy = (plmn: string) =>
          records
            .filter(({ to, from }) => to.plmn === plmn && from.plmn === plmn && !['SEPP', 'IPX'].includes(to.nfType))
            .map(({ token: _token, ...record }) =>
              JSON.stringify(record, (name, value) => (name === 'claims' ? undefined : value)),
            )
            .join('\n');
        for (const [viewer, mcc] of [
          ['999-70', '001'],
          ['001-01', '999'],
        ] as const) {
          const seen = seenBy(viewer);
          assert.ok(seen.length > 1_000);
          for (const own of ids(mcc)) assert.ok(!seen.includes(own), `${viewer} sees ${own}`);
        }
      });
    }

    conformanceTest(() => lab);
  });
}
