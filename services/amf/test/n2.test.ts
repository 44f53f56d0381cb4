import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { N2Message } from '@twincore/n2';
import { freePort, type StartedNf, type TestPlmn, testPlmn } from '@twincore/testkit';
import type { AmfConfig } from '../src/config.ts';
import { FakeHome, GUAMI, HOME, newUe, ngSetupRequest, SLICE, startAmf, TestGnb, VISITED } from './support.ts';

describe('N2', () => {
  const home = new FakeHome();
  let plmn: TestPlmn;
  let amf: StartedNf<AmfConfig>;
  let gnb: TestGnb;

  before(async () => {
    plmn = await testPlmn(HOME);
    amf = await startAmf(plmn, home, { n2: { host: '127.0.0.1', port: await freePort(), maxUesPerGnb: 3 } });
  });
  after(() => plmn.close());
  beforeEach(async () => {
    home.delayMs = 0;
    gnb = await TestGnb.connect(amf.config, { setUp: false });
  });

  const answerTo = async (message: N2Message): Promise<N2Message | undefined> => {
    const before = gnb.heard.length;
    gnb.association.send(message);
    await gnb.until(() => gnb.heard.length > before);
    return gnb.heard.at(-1);
  };
  const setUp = () => answerTo(ngSetupRequest());

  test('NG setup tells who the AMF is and what it serves', async () => {
    assert.deepEqual(await setUp(), {
      message: 'NGSetupResponse',
      amfName: 'amf.test',
      servedGuamiList: [{ guami: GUAMI }],
      relativeAmfCapacity: 255,
      plmnSupportList: [{ plmnId: HOME, sliceSupportList: [SLICE] }],
    });
  });

  test('NG setup fails for a gNB of another network, or of no tracking area of this AMF', async () => {
    const failure = (value: string) => ({ message: 'NGSetupFailure', cause: { group: 'misc', value } });
    assert.deepEqual(await answerTo(ngSetupRequest(VISITED)), failure('unknown-PLMN-or-SNPN'));
    assert.deepEqual(await answerTo(ngSetupRequest(HOME, '0000ff')), failure('unspecified'));
    assert.equal((await setUp())?.message, 'NGSetupResponse');
  });

  test('nothing else is taken before NG setup, nor what only an AMF sends', async () => {
    const wrong = { group: 'protocol', value: 'message-not-compatible-with-receiver-state' };
    const ue = newUe();
    gnb.attach(ue, ue.registrationRequest());
    await gnb.until(() => gnb.heard.length === 1);
    assert.deepEqual(gnb.heard[0], { message: 'ErrorIndication', cause: wrong });
    await setUp();
    const answer = await answerTo({ message: 'NGSetupFailure', cause: { group: 'misc', value: 'unspecified' } });
    assert.deepEqual(answer, { message: 'ErrorIndication', cause: wrong });
  });

  test('ids that belong to nobody, or not together, are indicated', async () => {
    await setUp();
    const ue = newUe();
    const { ids } = await gnb.register(ue);
    const location = { nrCgi: { plmnId: HOME, nrCellId: '000101001' }, tai: { plmnId: HOME, tac: '000001' } };
    const uplink = { message: 'UplinkNASTransport', nasPdu: '7e0043', userLocationInformation: location } as const;
    const unknown = { amfUeNgapId: 2 ** 39, ranUeNgapId: 77 };
    assert.deepEqual(await answerTo({ ...uplink, ...unknown }), {
      message: 'ErrorIndication',
      ...unknown,
      cause: { group: 'radioNetwork', value: 'unknown-local-UE-NGAP-ID' },
    });
    const mixed = { ...ids, ranUeNgapId: 77 };
    assert.deepEqual(await answerTo({ ...uplink, ...mixed }), {
      message: 'ErrorIndication',
      ...mixed,
      cause: { group: 'radioNetwork', value: 'inconsistent-remote-UE-NGAP-ID' },
    });
    const elsewhere = { ...location, tai: { plmnId: HOME, tac: '000002' } };
    const initial = { ...uplink, message: 'InitialUEMessage', ranUeNgapId: 78, userLocationInformation: elsewhere };
    const answer = await answerTo({ ...initial, rrcEstablishmentCause: 'mo-Signalling' } as N2Message);
    assert.deepEqual(answer, {
      message: 'ErrorIndication',
      ranUeNgapId: 78,
      cause: { group: 'protocol', value: 'semantic-error' },
    });
  });

  test('releases a context that the gNB wants to be rid of; the UE stays registered', async () => {
    await setUp();
    const ue = newUe();
    const attachment = await gnb.register(ue);
    const cause = { group: 'radioNetwork', value: 'user-inactivity' } as const;
    attachment.send({ message: 'UEContextReleaseRequest', ...attachment.ids, cause });
    await gnb.until(() => attachment.released);
    assert.deepEqual(attachment.released, {
      message: 'UEContextReleaseCommand',
      ueNgapIds: attachment.ids,
      cause,
    });
    ue.accepted = undefined;
    home.calls.length = 0;
    await gnb.register(ue);
    assert.deepEqual(home.operations(), ['register', 'amData', 'smfSelectData']);
  });

  test('a failed context setup and an error indication end the connection', async () => {
    await setUp();
    const cause = { group: 'radioNetwork', value: 'unspecified' } as const;
    const ue = newUe();
    const attachment = await gnb.register(ue);
    attachment.send({ message: 'InitialContextSetupFailure', ...attachment.ids, cause });
    await gnb.until(() => attachment.released);
    ue.accepted = undefined;
    const again = await gnb.register(ue);
    again.send({ message: 'ErrorIndication', ...again.ids, cause });
    const { ids } = again;
    const answer = await answerTo({ message: 'UEContextReleaseComplete', ...ids });
    assert.equal(answer?.message, 'ErrorIndication');
  });

  test('takes no more UEs of one gNB than it is configured for', async () => {
    await setUp();
    for (let i = 0; i < 3; i++) {
      const ue = newUe();
      gnb.attach(ue, ue.registrationRequest(), { answers: false });
    }
    const ue = newUe();
    const beyond = gnb.attach(ue, ue.registrationRequest());
    await gnb.until(() => beyond.messages.length === 1);
    assert.deepEqual(beyond.messages[0], {
      message: 'ErrorIndication',
      ranUeNgapId: beyond.ranUeNgapId,
      cause: { group: 'misc', value: 'control-processing-overload' },
    });
  });

  test('an association that is lost ends what its UEs had under way; what was accepted stays', async () => {
    await setUp();
    const registered = newUe();
    await gnb.register(registered);
    home.delayMs = 50;
    const underway = newUe();
    gnb.attach(underway, underway.registrationRequest());
    await new Promise((resolve) => setTimeout(resolve, 20));
    gnb.close();
    const other = await TestGnb.connect(amf.config);
    home.delayMs = 0;
    home.calls.length = 0;
    registered.accepted = undefined;
    await other.register(registered);
    await other.register(underway);
    assert.deepEqual(registered.heard.at(-1)?.messageType, 'REGISTRATION ACCEPT');
    other.close();
  });

  test('a second NG setup begins everything anew', async () => {
    await setUp();
    const ue = newUe();
    const { ids } = await gnb.register(ue);
    await setUp();
    const answer = await answerTo({ message: 'UEContextReleaseComplete', ...ids });
    assert.deepEqual(answer, {
      message: 'ErrorIndication',
      ...ids,
      cause: { group: 'radioNetwork', value: 'unknown-local-UE-NGAP-ID' },
    });
  });

  test('octets that are no N2 message do no harm', async () => {
    const socket = connect({ host: '127.0.0.1', port: amf.config.n2.port });
    await once(socket, 'connect');
    socket.write(Buffer.from('00000003227b7dffffffffff', 'hex'));
    await once(socket.resume(), 'close');
    assert.equal((await setUp())?.message, 'NGSetupResponse');
  });
});
