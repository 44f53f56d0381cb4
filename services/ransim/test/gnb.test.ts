import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { N2Message } from '@twincore/n2';
import { freePort } from '@twincore/testkit';
import { equip, HOME, type Lab, startLab, until } from './support/lab.ts';
import { identify, registration, ScriptedAmf } from './support/scripted-amf.ts';

describe('gNB', () => {
  let lab: Lab;
  before(async () => {
    lab = await startLab();
    await lab.provision();
  });
  after(() => lab.close());

  test('tells its AMF in NG SETUP REQUEST what it is', async () => {
    await until(() => lab.home.setups.length === 1, 'NG setup');
    const supported = { plmnId: HOME, taiSliceSupportList: [{ sst: 1, sd: '000001' }] };
    assert.deepEqual(lab.home.setups[0], {
      message: 'NGSetupRequest',
      globalRanNodeId: { plmnId: HOME, gnbId: '000101' },
      ranNodeName: 'gnb-home',
      supportedTaList: [{ tac: '000001', broadcastPlmnList: [supported] }],
    });
  });

  test('tells where its UE is, and numbers its UEs', async () => {
    const seen = [];
    for (let i = 0; i < 2; i++) {
      await lab.register({ identity: 'suci' });
      seen.push(lab.home.ues.at(-1)?.initial);
      await lab.deregister();
    }
    assert.deepEqual(seen[0]?.userLocationInformation, {
      nrCgi: { plmnId: HOME, nrCellId: '000101001' },
      tai: { plmnId: HOME, tac: '000001' },
    });
    assert.notEqual(seen[0]?.ranUeNgapId, seen[1]?.ranUeNgapId);
    assert.equal(seen[0]?.ueContextRequest, 'requested');
  });

  test('answers ids of no UE of its own with ERROR INDICATION', async () => {
    await lab.register({ identity: 'suci' });
    const ue = lab.home.ues.at(-1);
    assert.ok(ue);
    const { amfUeNgapId, ranUeNgapId } = ue.ids;
    const nasPdu = '7e005b01';
    for (const [ids, value] of [
      [{ amfUeNgapId, ranUeNgapId: 999_999 }, 'unknown-local-UE-NGAP-ID'],
      [{ amfUeNgapId: amfUeNgapId + 1, ranUeNgapId }, 'inconsistent-remote-UE-NGAP-ID'],
    ] as const) {
      ue.sendN2({ message: 'DownlinkNASTransport', ...ids, nasPdu });
      const inbox: typeof ue.n2 = ids.ranUeNgapId === ranUeNgapId ? ue.n2 : lab.home.others;
      const cause = { group: 'radioNetwork', value };
      assert.deepEqual(await inbox.take('ERROR INDICATION'), { message: 'ErrorIndication', ...ids, cause });
    }
    ue.sendN2({
      message: 'NGSetupRequest',
      globalRanNodeId: { plmnId: HOME, gnbId: '000001' },
      supportedTaList: [{ tac: '000001', broadcastPlmnList: [{ plmnId: HOME, taiSliceSupportList: [{ sst: 1 }] }] }],
    });
    const cause = { group: 'protocol', value: 'message-not-compatible-with-receiver-state' };
    assert.deepEqual(await lab.home.others.take('ERROR INDICATION'), { message: 'ErrorIndication', cause });
    await lab.deregister();
  });

  test('a UE whose AMF says that it does not know it ends its registration at once', async () => {
    lab.home.script = async (ue) => {
      await ue.next();
      const cause = { group: 'radioNetwork', value: 'unknown-local-UE-NGAP-ID' } as const;
      ue.sendN2({ message: 'ErrorIndication', ranUeNgapId: ue.ids.ranUeNgapId, cause });
    };
    const outcome = await lab.register({ identity: 'suci' });
    assert.equal(outcome.result, 'rejected');
    assert.match(outcome.reason ?? '', /released/);
    lab.home.script = registration();
  });

  test('registering anew releases the connection that the UE had', async () => {
    await lab.register({ identity: 'suci' });
    const old = lab.home.ues.at(-1);
    await lab.register({ identity: 'guti' });
    const { cause } = (await old?.expectN2('UEContextReleaseRequest')) ?? {};
    assert.deepEqual(cause, { group: 'radioNetwork', value: 'radio-connection-with-ue-lost' });
    await old?.release();
    assert.equal((await lab.view()).connected, true);
    assert.equal((await lab.deregister()).result, 'deregistered');
  });
});

describe('a gNB whose AMF goes away', () => {
  const start = async (port: number, ngSetup?: () => N2Message | undefined) => {
    const amf = await ScriptedAmf.start({ plmnId: HOME, port, ...(ngSetup ? { ngSetup } : {}) });
    equip(amf);
    return amf;
  };
  const labWithout = async (port: number) => {
    const gnb = { name: 'gnb', plmnId: HOME, gnbId: '000101', tac: '000001', nrCellId: '000101001' };
    const amf = { host: '127.0.0.1', port };
    const lab = await startLab({ gnbs: [{ ...gnb, sNssais: [{ sst: 1 }], amf }] });
    await lab.provision();
    return lab;
  };

  test('says so, comes back by itself, and then registers UEs again', async () => {
    const port = await freePort();
    const lab = await labWithout(port);
    try {
      const refused = await lab.send('POST', '/imsi-001010000000001/registrations', { plmnId: HOME });
      assert.equal(refused.status, 504);
      assert.equal((refused.body as { cause: string }).cause, 'AMF_NOT_REACHABLE');
      assert.equal((await lab.view()).state, '5GMM-DEREGISTERED');
      for (let round = 0; round < 2; round++) {
        const amf = await start(port);
        assert.equal((await lab.register({ identity: 'suci' })).result, 'registered');
        await amf.close();
        await until(async () => !(await lab.view()).connected, 'the loss');
        // The UE does not know that the network forgot it.
        assert.equal((await lab.view()).state, '5GMM-REGISTERED');
      }
    } finally {
      await lab.close();
    }
  });

  test('in the middle of a registration: the outcome comes at once', async () => {
    const port = await freePort();
    const lab = await labWithout(port);
    try {
      const amf = await start(port);
      amf.script = async (ue) => {
        await identify(ue, amf, await ue.next());
        await amf.close();
      };
      const outcome = await lab.register({ identity: 'suci' });
      assert.equal(outcome.result, 'rejected');
      assert.equal(outcome.rejectedBy, undefined);
      assert.match(outcome.reason ?? '', /lost its AMF/);
      const again = await start(port);
      assert.equal((await lab.register({ identity: 'suci' })).result, 'registered');
      await again.close();
    } finally {
      await lab.close();
    }
  });

  test('asks again when NG setup is refused or not answered', async () => {
    const port = await freePort();
    const answers: (N2Message | undefined)[] = [
      { message: 'NGSetupFailure', cause: { group: 'misc', value: 'unknown-PLMN-or-SNPN' } },
      undefined,
    ];
    const gnb = { name: 'gnb', plmnId: HOME, gnbId: '000101', tac: '000001', nrCellId: '000101001' };
    const lab = await startLab({
      gnbs: [{ ...gnb, sNssais: [{ sst: 1 }], amf: { host: '127.0.0.1', port } }],
      n2: { minRetryMs: 20, maxRetryMs: 50, setupTimeoutMs: 100, waitMs: 2_000 },
    });
    const held: { amf?: ScriptedAmf } = {};
    held.amf = await start(port, () => (answers.length > 0 ? answers.shift() : held.amf?.setupResponse()));
    try {
      await lab.provision();
      assert.equal((await lab.register({ identity: 'suci' })).result, 'registered');
      assert.equal(held.amf.setups.length, 3);
    } finally {
      await held.amf.close();
      await lab.close();
    }
  });
});
