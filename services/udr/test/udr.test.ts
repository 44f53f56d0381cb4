import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { HttpResponse } from '@twincore/sbi';
import { scopeOfAll, type TestClient, type TestPlmn, type TestRequest, testPlmn } from '@twincore/testkit';
import { NUDR_DR } from '../src/api/nudr-dr.ts';
import { udr } from '../src/nf.ts';

const SUPI = 'imsi-001010000000001';
const OTHER = 'imsi-001010000000002';
const UNKNOWN = 'imsi-001019999999999';
const SNN = '5G:mnc070.mcc999.3gppnetwork.org';

const subscribers = (sqn: string) => `
subscribers:
  - supi: ${SUPI}
    gpsi: msisdn-491700000001
    authenticationSubscription:
      { authenticationMethod: 5G_AKA, k: 465b5ce8b199b49faa5f0a2ee238a6bc, opc: cd63cb71954a9f4e48a5994e37a02baf, authenticationManagementField: '8000', sqn: '${sqn}' }
    amData: { nssai: { defaultSingleNssais: [{ sst: 1 }] }, subscribedUeAmbr: { uplink: 1 Gbps, downlink: 2 Gbps } }
    smfSelectionData: { subscribedSnssaiInfos: { '1': { dnnInfos: [{ dnn: internet }] } } }
  - supi: ${OTHER}
    authenticationSubscription:
      { authenticationMethod: 5G_AKA, k: 465b5ce8b199b49faa5f0a2ee238a6bd, opc: cd63cb71954a9f4e48a5994e37a02baf, authenticationManagementField: '8000', sqn: '000000000000' }
    amData: { nssai: { defaultSingleNssais: [{ sst: 1 }] } }
`;

const authEvent = (success: boolean) => ({
  nfInstanceId: '5b1f3f5a-7f0a-4a8e-9d0a-0f4d8f1a2b3c',
  success,
  timeStamp: '2026-11-24T03:00:00.000Z',
  authType: '5G_AKA',
  servingNetworkName: SNN,
});
const registration = {
  amfInstanceId: '6c2f3f5a-7f0a-4a8e-9d0a-0f4d8f1a2b3c',
  deregCallbackUri: 'https://amf.5gc.mnc070.mcc999.3gppnetwork.org/callback',
  guami: { plmnId: { mcc: '999', mnc: '70' }, amfId: '010040' },
  ratType: 'NR',
};

describe('UDR', () => {
  const dir = mkdtempSync(join(tmpdir(), 'twincore-udr-'));
  const file = join(dir, 'subscribers.yaml');
  let plmn: TestPlmn;
  let udm: TestClient;
  let apiRoot: string;
  let restart: (sqnInFile: string) => Promise<void>;

  before(async () => {
    plmn = await testPlmn({ mcc: '001', mnc: '01' });
    udm = await plmn.client('UDM');
    let started: Awaited<ReturnType<typeof plmn.start>> | undefined;
    restart = async (sqnInFile) => {
      await started?.stop();
      writeFileSync(file, subscribers(sqnInFile));
      const stateDir = join(dir, 'state');
      started = await plmn.start(udr, { nfType: 'UDR', stateDir, provisioning: { subscribers: file } });
      apiRoot = started.apiRoot;
    };
    await restart('000000000000');
  });
  after(async () => {
    await plmn.close();
    rmSync(dir, { recursive: true });
  });

  const send = (method: TestRequest['method'], path: string, rest: Partial<TestRequest> = {}, from = udm) =>
    from.send({
      method,
      url: `${apiRoot}/nudr-dr/v2/subscription-data/${path}`,
      token: { scope: scopeOfAll(NUDR_DR), aud: 'UDR' },
      ...rest,
    });
  const patch = (path: string, body: unknown) =>
    send('PATCH', path, { body, contentType: 'application/json-patch+json' });
  const refused = (answer: HttpResponse, status: number, cause?: string) => {
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    assert.match(String(answer.headers['content-type']), /^application\/problem\+json/);
    const problem = answer.body as { status: number; cause?: string };
    assert.equal(problem.status, status);
    assert.equal(problem.cause, cause);
  };
  const sqnOf = async (supi: string) => {
    const { body } = await send('GET', `${supi}/authentication-data/authentication-subscription`);
    return (body as { sequenceNumber: { sqn: string } }).sequenceNumber.sqn;
  };

  test('answers the provisioned credentials in the form of TS 29.505', async () => {
    const answer = await send('GET', `${SUPI}/authentication-data/authentication-subscription`);
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.body, {
      authenticationMethod: '5G_AKA',
      encPermanentKey: '465b5ce8b199b49faa5f0a2ee238a6bc',
      encOpcKey: 'cd63cb71954a9f4e48a5994e37a02baf',
      sequenceNumber: { sqnScheme: 'NON_TIME_BASED', sqn: '000000000000', indLength: 5 },
      authenticationManagementField: '8000',
      algorithmId: 'milenage',
      supi: SUPI,
    });
  });

  test('answers provisioned data, whole or by fields', async () => {
    const amData = await send('GET', `${SUPI}/99970/provisioned-data/am-data`);
    assert.deepEqual(amData.body, {
      gpsis: ['msisdn-491700000001'],
      nssai: { defaultSingleNssais: [{ sst: 1 }] },
      subscribedUeAmbr: { uplink: '1 Gbps', downlink: '2 Gbps' },
    });
    const some = await send('GET', `${SUPI}/00101/provisioned-data/am-data?fields=nssai,gpsis`);
    assert.deepEqual(Object.keys(some.body as object).sort(), ['gpsis', 'nssai']);
    const smf = await send('GET', `${SUPI}/00101/provisioned-data/smf-selection-subscription-data`);
    assert.deepEqual(smf.body, { subscribedSnssaiInfos: { '1': { dnnInfos: [{ dnn: 'internet' }] } } });
  });

  test('tells an unknown user from missing data', async () => {
    for (const path of [
      'authentication-data/authentication-subscription',
      'authentication-data/authentication-status',
      `authentication-data/authentication-status/${SNN}`,
      '00101/provisioned-data/am-data',
      'context-data/amf-3gpp-access',
    ]) {
      refused(await send('GET', `${UNKNOWN}/${path}`), 404, 'USER_NOT_FOUND');
    }
    refused(await send('GET', `${OTHER}/authentication-data/authentication-status`), 404, 'DATA_NOT_FOUND');
    refused(await send('GET', `${OTHER}/context-data/amf-3gpp-access`), 404, 'DATA_NOT_FOUND');
    refused(
      await send('GET', `${OTHER}/00101/provisioned-data/smf-selection-subscription-data`),
      404,
      'DATA_NOT_FOUND',
    );
    refused(
      await send('PUT', `${UNKNOWN}/context-data/amf-3gpp-access`, { body: registration }),
      404,
      'USER_NOT_FOUND',
    );
    refused(
      await send('PUT', `${UNKNOWN}/authentication-data/authentication-status/${SNN}`, { body: authEvent(true) }),
      404,
      'USER_NOT_FOUND',
    );
  });

  test('keeps one authentication status for each serving network', async () => {
    const path = `${SUPI}/authentication-data/authentication-status`;
    assert.equal((await send('PUT', `${path}/${SNN}`, { body: authEvent(true) })).status, 204);
    assert.deepEqual((await send('GET', `${path}/${SNN}`)).body, authEvent(true));
    refused(await send('GET', `${path}/5G:mnc001.mcc001.3gppnetwork.org`), 404, 'DATA_NOT_FOUND');
    refused(await send('GET', path), 404, 'DATA_NOT_FOUND');
    assert.equal((await send('DELETE', `${path}/${SNN}`)).status, 204);
    refused(await send('DELETE', `${path}/${SNN}`), 404, 'DATA_NOT_FOUND');
    assert.equal((await send('PUT', path, { body: authEvent(false) })).status, 204);
    assert.deepEqual((await send('GET', path)).body, authEvent(false));
  });

  test('keeps the AMF registration: created, replaced, patched', async () => {
    const path = `${SUPI}/context-data/amf-3gpp-access`;
    refused(await patch(path, [{ op: 'add', path: '/purgeFlag', value: true }]), 404, 'DATA_NOT_FOUND');
    const created = await send('PUT', path, { body: registration });
    assert.equal(created.status, 201);
    assert.equal(created.headers.location, `${apiRoot}/nudr-dr/v2/subscription-data/${path}`);
    assert.deepEqual(created.body, registration);
    assert.equal((await send('PUT', path, { body: registration })).status, 204);
    const purge = [
      { op: 'test', path: '/guami', value: registration.guami },
      { op: 'add', path: '/purgeFlag', value: true },
    ];
    assert.equal((await patch(path, purge)).status, 204);
    assert.deepEqual((await send('GET', path)).body, { ...registration, purgeFlag: true });
    // How a UDM takes away what may not be there.
    for (const member of ['/backupAmfInfo', '/epsInterworkingInfo', '/ueSrvccCapability', '/ueMINTCapability']) {
      const gone = await patch(path, [
        { op: 'add', path: member, value: null },
        { op: 'remove', path: member },
      ]);
      assert.equal(gone.status, 204, member);
    }
    assert.deepEqual((await send('GET', path)).body, { ...registration, purgeFlag: true });
    refused(await patch(path, [{ op: 'test', path: '/guami', value: {} }, purge[1]]), 409);
    refused(await patch(path, [{ op: 'replace', path: '/guami', value: {} }]), 403, 'MODIFICATION_NOT_ALLOWED');
    refused(await patch(path, [{ op: 'add', path: '/purgeFlag', value: 'yes' }]), 400, 'MANDATORY_IE_INCORRECT');
    refused(await patch(path, [{ op: 'replace', path: '/purgeFlag' }]), 400, 'MANDATORY_IE_MISSING');
  });

  describe('PATCH of the sequence number', () => {
    const path = `${OTHER}/authentication-data/authentication-subscription`;
    const swap = (from: string, to: string) => [
      { op: 'test', path: '/sequenceNumber/sqn', value: from },
      { op: 'replace', path: '/sequenceNumber/sqn', value: to },
    ];

    test('is a compare-and-set: of 50 at once, one wins', async () => {
      const before = await sqnOf(OTHER);
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, n) => patch(path, swap(before, (n + 1).toString(16).padStart(12, '0')))),
      );
      const won = answers.flatMap(({ status }, n) => (status === 204 ? [n + 1] : []));
      assert.equal(won.length, 1);
      assert.ok(answers.every(({ status }) => status === 204 || status === 409));
      assert.equal(await sqnOf(OTHER), won[0]?.toString(16).padStart(12, '0'));
    });

    test('changes nothing when one of its operations is refused', async () => {
      const before = await sqnOf(OTHER);
      const next = '0000000000ff';
      const cases: [unknown, number, string | undefined][] = [
        [
          [...swap(before, next), { op: 'replace', path: '/encPermanentKey', value: '00' }],
          403,
          'MODIFICATION_NOT_ALLOWED',
        ],
        [
          [...swap(before, next), { op: 'add', path: '/__proto__/polluted', value: true }],
          403,
          'MODIFICATION_NOT_ALLOWED',
        ],
        [[{ op: 'copy', from: '/encPermanentKey', path: '/sequenceNumber/sqn' }], 403, 'MODIFICATION_NOT_ALLOWED'],
        [[...swap(before, next), { op: 'test', path: '/constructor/name', value: 'Object' }], 409, undefined],
        [[{ op: 'replace', path: '/sequenceNumber/sqn', value: 'not hex' }], 400, 'MANDATORY_IE_INCORRECT'],
        [{ op: 'replace' }, 400, 'MANDATORY_IE_INCORRECT'],
        [[], 400, 'MANDATORY_IE_INCORRECT'],
      ];
      for (const [body, status, cause] of cases) refused(await patch(path, body), status, cause);
      assert.equal(await sqnOf(OTHER), before);
      assert.equal(({} as { polluted?: boolean }).polluted, undefined);
    });

    test('is of the media type that TS 29.504 names', async () => {
      refused(await send('PATCH', path, { body: swap('0', '1') }), 415);
    });

    test('survives a restart, and the subscribers file does not undo it', async () => {
      assert.equal((await patch(path, swap(await sqnOf(OTHER), '00000000abcd'))).status, 204);
      await restart('000000000777');
      assert.equal(await sqnOf(OTHER), '00000000abcd');
      assert.equal(await sqnOf(SUPI), '000000000000');
    });
  });

  describe('refuses', () => {
    const path = `${SUPI}/authentication-data/authentication-subscription`;
    const claims = { scope: scopeOfAll(NUDR_DR), aud: 'UDR' };

    test('who has no token that covers the request', async () => {
      const missing = await udm.send({ method: 'GET', url: `${apiRoot}/nudr-dr/v2/subscription-data/${path}` });
      refused(missing, 401);
      assert.match(String(missing.headers['www-authenticate']), /^Bearer/);
      const past = Math.floor(Date.now() / 1000) - 1;
      refused(await send('GET', path, { token: { ...claims, exp: past } }), 401);
      refused(await send('GET', path, { token: { ...claims, aud: 'UDM' } }), 401);
      refused(await send('GET', path, { token: { ...claims, iss: udm.nfInstanceId } }), 401);
      refused(await send('GET', path, { token: { ...claims, scope: 'nudm-sdm' } }), 403);
      // The service alone is not enough where there is a scope for the resource, nor is that of another one.
      for (const scope of ['nudr-dr', 'nudr-dr nudr-dr:subscription-data']) {
        refused(await send('GET', path, { token: { ...claims, scope } }), 403);
      }
      const other = await plmn.client('UDM');
      refused(await send('GET', path, { token: { ...claims, sub: other.nfInstanceId } }), 403);
    });

    test('every NF that is no UDM, whatever its token says', async () => {
      for (const nfType of ['AMF', 'AUSF', 'NRF']) {
        refused(await send('GET', path, {}, await plmn.client(nfType)), 403);
      }
    });

    test('malformed input, and goes on serving', async () => {
      const put = (body: unknown, rest: Partial<TestRequest> = {}) =>
        send('PUT', `${SUPI}/context-data/amf-3gpp-access`, { body, ...rest });
      refused(await put('{"amfInstanceId":'), 400, 'INVALID_MSG_FORMAT');
      refused(await put('['.repeat(100) + ']'.repeat(100)), 400, 'INVALID_MSG_FORMAT');
      refused(await put({ ...registration, guami: 5 }), 400, 'MANDATORY_IE_INCORRECT');
      refused(await put({ ...registration, pei: 5 }), 400, 'OPTIONAL_IE_INCORRECT');
      refused(await put({ amfInstanceId: registration.amfInstanceId }), 400, 'MANDATORY_IE_MISSING');
      refused(await put('<x/>', { contentType: 'application/xml' }), 415);
      refused(await put({ ...registration, pei: 'x'.repeat(300_000) }), 413);
      refused(await send('GET', 'nobody/context-data/amf-3gpp-access'), 400, 'MANDATORY_IE_INCORRECT');
      refused(await send('GET', `${SUPI}/0/provisioned-data/am-data`), 400, 'MANDATORY_IE_INCORRECT');
      refused(await send('GET', `${SUPI}/no-such-data`), 404, 'RESOURCE_URI_STRUCTURE_NOT_FOUND');
      assert.equal((await send('GET', path)).status, 200);
    });
  });
});
