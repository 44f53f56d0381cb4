import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SbiProblem } from '@twincore/sbi';
import { readAmf3GppAccess, registerAmf3GppAccess, updateAmf3GppAccess } from '../src/procedures/amf-registration.ts';
import { confirmAuth, removeAuth } from '../src/procedures/auth-events.ts';
import { fakeUdr, HOME, SNN_HOME, SNN_VISITED, SUPI, VISITED } from './support.ts';

const AMF_1 = '6c2f3f5a-7f0a-4a8e-9d0a-0f4d8f1a2b31';
const AMF_2 = '6c2f3f5a-7f0a-4a8e-9d0a-0f4d8f1a2b32';

const registration = (plmnId = HOME, amfInstanceId = AMF_1) => ({
  amfInstanceId,
  deregCallbackUri: `https://amf.5gc.mnc0${plmnId.mnc}.mcc${plmnId.mcc}.3gppnetwork.org:8443/namf-callback/v1/x`,
  guami: { plmnId, amfId: '010040' },
  ratType: 'NR',
});
const authEvent = (servingNetworkName: string, success = true) => ({
  nfInstanceId: '5b1f3f5a-7f0a-4a8e-9d0a-0f4d8f1a2b3c',
  success,
  timeStamp: '2026-11-24T03:00:00.000Z',
  authType: '5G_AKA',
  servingNetworkName,
});
const rejected = (status: number, cause: string) => (error: SbiProblem) =>
  error.status === status && error.problem.cause === cause;

describe('AMF registration', () => {
  const home = { plmnId: { mcc: '001', mnc: '001' } }; // as a domain name spells it
  const visited = { plmnId: VISITED };

  test('is for networks in which the UE has authenticated', async () => {
    const udr = fakeUdr();
    const register = () => registerAmf3GppAccess(udr, visited, SUPI, registration(VISITED));
    await assert.rejects(register(), rejected(403, 'REAUTHENTICATION_REQUIRED'));
    await confirmAuth(udr, SUPI, authEvent(SNN_HOME));
    await assert.rejects(register(), rejected(403, 'REAUTHENTICATION_REQUIRED'));
    await confirmAuth(udr, SUPI, authEvent(SNN_VISITED, false));
    await assert.rejects(register(), rejected(403, 'REAUTHENTICATION_REQUIRED'));
    assert.equal(await udr.amf3GppAccess(SUPI), undefined);
    await confirmAuth(udr, SUPI, authEvent(SNN_VISITED));
    assert.deepEqual(await register(), { created: true });
    assert.match((await udr.amf3GppAccess(SUPI))?.registrationTime ?? '', /^\d{4}-.*Z$/);
  });

  test("is in the AMF's own network, callbacks too", async () => {
    const udr = fakeUdr();
    await confirmAuth(udr, SUPI, authEvent(SNN_VISITED));
    await assert.rejects(registerAmf3GppAccess(udr, visited, SUPI, registration(HOME)), rejected(403, 'INVALID_GUAMI'));
    for (const deregCallbackUri of [
      registration(HOME).deregCallbackUri,
      'https://127.0.0.1:22/',
      'file:///etc/passwd',
      'not a URI',
      'https://amf.5gc.mnc070.mcc999.3gppnetwork.org.example/',
    ]) {
      await assert.rejects(
        registerAmf3GppAccess(udr, visited, SUPI, { ...registration(VISITED), deregCallbackUri }),
        rejected(400, 'MANDATORY_IE_INCORRECT'),
        deregCallbackUri,
      );
    }
    assert.equal(udr.registration, undefined);
  });

  test('of another AMF makes the former one known, with the reason; of the same one does not', async () => {
    const udr = fakeUdr();
    await confirmAuth(udr, SUPI, authEvent(SNN_HOME));
    await confirmAuth(udr, SUPI, authEvent(SNN_VISITED));
    const stored = async () => structuredClone(udr.registration);
    await registerAmf3GppAccess(udr, home, SUPI, registration(HOME, AMF_1.toUpperCase()));
    assert.deepEqual(await registerAmf3GppAccess(udr, home, SUPI, registration(HOME, AMF_1)), { created: false });
    const former = await stored();
    assert.deepEqual(
      await registerAmf3GppAccess(udr, visited, SUPI, {
        ...registration(VISITED, AMF_2),
        initialRegistrationInd: true,
      }),
      {
        created: false,
        former: {
          registration: former,
          data: { deregReason: 'UE_INITIAL_REGISTRATION', accessType: '3GPP_ACCESS' },
        },
      },
    );
    await updateAmf3GppAccess(udr, { ...visited, nfInstanceId: AMF_2 }, SUPI, {
      guami: registration(VISITED).guami,
      purgeFlag: true,
    });
    assert.deepEqual(await registerAmf3GppAccess(udr, home, SUPI, registration(HOME)), { created: false });
  });

  test('is changed by the registered AMF alone', async () => {
    const udr = fakeUdr();
    const purge = { guami: registration(VISITED).guami, purgeFlag: true };
    const amf2 = { ...visited, nfInstanceId: AMF_2 };
    await assert.rejects(updateAmf3GppAccess(udr, amf2, SUPI, purge), rejected(404, 'CONTEXT_NOT_FOUND'));
    await confirmAuth(udr, SUPI, authEvent(SNN_VISITED));
    await registerAmf3GppAccess(udr, visited, SUPI, registration(VISITED, AMF_1));
    const invalid = rejected(403, 'INVALID_GUAMI');
    await assert.rejects(updateAmf3GppAccess(udr, amf2, SUPI, purge), invalid);
    const amf1 = { ...visited, nfInstanceId: AMF_1.toUpperCase() };
    await assert.rejects(updateAmf3GppAccess(udr, { ...amf1, ...home }, SUPI, purge), invalid);
    const otherGuami = { ...purge.guami, amfId: '010041' };
    await assert.rejects(updateAmf3GppAccess(udr, amf1, SUPI, { ...purge, guami: otherGuami }), invalid);
    assert.equal(udr.registration?.purgeFlag, undefined);
    const beyond = { ...purge, deregCallbackUri: 'https://elsewhere.example/' };
    await updateAmf3GppAccess(udr, amf1, SUPI, beyond);
    assert.equal(udr.registration?.purgeFlag, true);
    assert.equal(udr.registration?.deregCallbackUri, registration(VISITED).deregCallbackUri);
  });

  test('loses what is modified to nothing', async () => {
    const udr = fakeUdr();
    await confirmAuth(udr, SUPI, authEvent(SNN_VISITED));
    const backupAmfInfo = [{ backupAmf: 'amf2.5gc.mnc070.mcc999.3gppnetwork.org' }];
    await registerAmf3GppAccess(udr, visited, SUPI, {
      ...registration(VISITED),
      backupAmfInfo,
      ueSrvccCapability: true,
    });
    const { guami } = registration(VISITED);
    await updateAmf3GppAccess(udr, visited, SUPI, { guami, backupAmfInfo: [], ueSrvccCapability: null });
    assert.ok(udr.registration && !('backupAmfInfo' in udr.registration) && !('ueSrvccCapability' in udr.registration));
    // What is not there can be taken away, too.
    await updateAmf3GppAccess(udr, visited, SUPI, { guami, backupAmfInfo: [] });
    assert.ok(!('backupAmfInfo' in udr.registration));
  });

  test('is visible to the home and to the network that serves the UE', async () => {
    const udr = fakeUdr();
    const absent = rejected(404, 'CONTEXT_NOT_FOUND');
    await assert.rejects(readAmf3GppAccess(udr, home, HOME, SUPI), absent);
    await confirmAuth(udr, SUPI, authEvent(SNN_HOME));
    await registerAmf3GppAccess(udr, home, SUPI, registration(HOME));
    assert.equal((await readAmf3GppAccess(udr, home, HOME, SUPI)).amfInstanceId, AMF_1);
    await assert.rejects(readAmf3GppAccess(udr, visited, HOME, SUPI), absent);
  });
});

test('an authentication result is removed by naming it, and only so', async () => {
  const udr = fakeUdr();
  const id = await confirmAuth(udr, SUPI, authEvent(SNN_VISITED));
  const removal = { ...authEvent(SNN_VISITED), authRemovalInd: true };
  await assert.rejects(removeAuth(udr, SUPI, id, authEvent(SNN_VISITED)), rejected(400, 'MANDATORY_IE_INCORRECT'));
  await assert.rejects(removeAuth(udr, SUPI, 'other', removal), rejected(404, 'DATA_NOT_FOUND'));
  assert.equal(udr.status.size, 1);
  await removeAuth(udr, SUPI, id, removal);
  assert.equal(udr.status.size, 0);
  await assert.rejects(removeAuth(udr, SUPI, id, removal), rejected(404, 'DATA_NOT_FOUND'));
});
