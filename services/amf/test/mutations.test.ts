/** Ten thousand NAS messages that are not quite right (TS 24.501 clause 7). Set AMF_MUTATION_SEED to see a run again. */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeMessage, type NasMessage, SECURITY_HEADER } from '@twincore/nas';
import { testPlmn } from '@twincore/testkit';
import { type Attachment, FakeHome, HOME, newUe, startAmf, TestGnb } from './support.ts';
import type { TestUe } from './ue.ts';

const MESSAGES = 10_000;
const POOL = 40;

/** Random numbers that a seed brings back (mulberry32). */
function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** One thing wrong with a message: bits, octets, its length, or a stretch of it that comes twice. */
function mutate(pdu: Buffer, random: (below: number) => number): Buffer {
  const octets = Buffer.from(pdu);
  const at = random(octets.length);
  switch (random(7)) {
    case 0:
      octets.writeUInt8(octets.readUInt8(at) ^ (1 << random(8)), at);
      return octets;
    case 1:
      octets.writeUInt8(random(256), at);
      return octets;
    case 2:
      return octets.subarray(0, at);
    case 3:
      return Buffer.concat([octets.subarray(0, at), Buffer.from([random(256)]), octets.subarray(at)]);
    case 4:
      return Buffer.concat([octets, Buffer.alloc(random(40) === 0 ? 9_500 : random(64), random(256))]);
    case 5:
      return Buffer.concat([octets.subarray(0, at), octets.subarray(random(octets.length))]);
    default:
      octets.fill(random(256), at, Math.min(octets.length, at + 1 + random(8)));
      return octets;
  }
}

test(`an AMF that gets ${MESSAGES} mutated NAS messages goes on serving`, async (t) => {
  const seed = Number(process.env.AMF_MUTATION_SEED ?? randomInt(2 ** 32));
  t.diagnostic(`seed ${seed}`);
  const random = generator(seed);
  const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;

  const home = new FakeHome();
  const plmn = await testPlmn(HOME);
  t.after(() => plmn.close());
  const { config } = await startAmf(plmn, home);
  const gnb = await TestGnb.connect(config);
  t.after(() => gnb.close());

  const plain = (ue: TestUe): NasMessage[] => [
    { messageType: 'REGISTRATION COMPLETE' },
    {
      messageType: 'REGISTRATION REQUEST',
      registrationType: { type: 'INITIAL', followOnRequest: false },
      ngKsi: { tsc: 'NATIVE', ksi: 7 },
      mobileIdentity: { type: 'SUCI', suci: ue.suci },
      ueSecurityCapability: ue.capability,
      requestedNssai: [{ sst: 1, sd: '000001' }],
      lastVisitedRegisteredTai: { plmnId: HOME, tac: '000001' },
    },
    { messageType: 'IDENTITY RESPONSE', mobileIdentity: { type: 'SUCI', suci: ue.suci } },
    { messageType: 'AUTHENTICATION RESPONSE', resStar: Buffer.alloc(16, 1) },
    { messageType: 'AUTHENTICATION FAILURE', fiveGmmCause: 21, auts: Buffer.alloc(14, 2) },
    { messageType: 'SECURITY MODE COMPLETE', imeisv: '1234567890123456', nasMessageContainer: Buffer.alloc(40, 3) },
    { messageType: 'SECURITY MODE REJECT', fiveGmmCause: 24 },
    {
      messageType: 'SERVICE REQUEST',
      ngKsi: { tsc: 'NATIVE', ksi: 0 },
      serviceType: 'SIGNALLING',
      sTmsi: { amfSetId: 1, amfPointer: 1, tmsi: 1 },
    },
    {
      messageType: 'DEREGISTRATION REQUEST UE ORIGINATING',
      deregistrationType: { switchOff: false, reRegistrationRequired: false, access: '3GPP' },
      ngKsi: { tsc: 'NATIVE', ksi: 0 },
      mobileIdentity: { type: 'SUCI', suci: ue.suci },
    },
    { messageType: '5GMM STATUS', fiveGmmCause: 111 },
  ];

  /** A connection in one of the states that a registration goes through. */
  const connect = (): { ue: TestUe; attachment: Attachment } => {
    const ue = newUe();
    const quietAt = pick([[], ['AUTHENTICATION REQUEST'], ['SECURITY MODE COMMAND'], ['REGISTRATION ACCEPT']]);
    ue.faults.silent = new Set(quietAt);
    return { ue, attachment: gnb.attach(ue, ue.registrationRequest()) };
  };
  const pool = Array.from({ length: POOL }, connect);
  await sleep(100);

  const sent = { initial: 0, inside: 0, outside: 0 };
  for (let i = 0; i < MESSAGES; i++) {
    const slot = random(POOL);
    if (pool[slot]?.attachment.released) pool[slot] = connect();
    const { ue, attachment } = pool[slot] as (typeof pool)[number];
    const clear = encodeMessage(pick(plain(ue)));
    const type = pick([SECURITY_HEADER.integrityProtected, SECURITY_HEADER.integrityProtectedAndCiphered]);
    const pdu = ue.security && random(3) > 0 ? ue.security.protect(clear, type) : clear;
    const mutated = mutate(pdu, random);
    if (random(10) < 4) {
      sent.initial += 1;
      const bad = ue.guti && random(2) ? mutate(ue.registrationRequest(), random) : mutated;
      gnb.attach(newUe(), bad.length > 0 ? bad : clear, { answers: false });
    } else if (ue.security && random(2)) {
      // Wrong inside of right protection: what a UE that means ill can do. The header must stay one that can be protected.
      sent.inside += 1;
      const inner = Buffer.concat([clear.subarray(0, 3), mutate(clear, random).subarray(3, 8_900)]);
      attachment.uplink(ue.security.protect(inner, type));
    } else {
      sent.outside += 1;
      if (mutated.length > 0) attachment.uplink(mutated);
    }
    if (i % 20 === 0) await sleep(2);
  }
  t.diagnostic(`${sent.initial} initial, ${sent.inside} inside protection, ${sent.outside} on the wire`);

  assert.equal(gnb.closed, false);
  const ue = newUe();
  const attachment = await gnb.register(ue);
  attachment.uplink(ue.deregistrationRequest());
  await gnb.until(() => attachment.released);
  assert.equal(ue.heard.at(-1)?.messageType, 'DEREGISTRATION ACCEPT UE ORIGINATING');
});
