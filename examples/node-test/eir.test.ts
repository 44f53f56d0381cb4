/** node:test. An NF of one's own, in a process of its own, against the real NRF: registered, discovered, called. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { hasSpecs, type Plmn, startPlmn, type TestNf } from '@twincore/testkit';

let plmn: Plmn;
let amf: TestNf;
let eir: ReturnType<typeof spawn>;

before(async () => {
  plmn = await startPlmn({ nfs: ['nrf'] });
  const own = await plmn.admit('5G_EIR');
  const file = join(plmn.dir, 'eir.json');
  writeFileSync(file, JSON.stringify(own));
  eir = spawn(process.execPath, [join(import.meta.dirname, '../eir/eir.ts'), file], { stdio: 'inherit' });
  await plmn.registered(own);
  amf = await plmn.client('AMF');
});
after(async () => {
  eir?.kill();
  await plmn?.close();
});

const check = (pei: string) =>
  ({ to: '5G_EIR', service: 'n5g-eir-eic', method: 'GET', path: `/equipment-status?pei=${pei}` }) as const;

test('a stolen telephone is told from another', async () => {
  assert.deepEqual((await amf.call(check('imei-490154203237518'))).body, { status: 'BLACKLISTED' });
  assert.deepEqual((await amf.call(check('imei-013377000000001'))).body, { status: 'WHITELISTED' });
});

test('without a token of the NRF there is no answer', async () => {
  assert.equal((await amf.call({ ...check('imei-490154203237518'), token: false })).status, 401);
  await assert.rejects(plmn.token({ as: 'SMF', to: '5G_EIR', scope: 'n5g-eir-eic' }), /unauthorized_client|400/);
});

const skip = !hasSpecs() && 'needs the OpenAPI documents of 3GPP (TWINCORE_SPECS)';
test('what it says is what TS 29.511 lets it say', { skip }, async () => {
  await plmn.assertCalled({ from: 'AMF', to: '5G_EIR', status: 200 }, 2);
  await plmn.assertConformant();
});
