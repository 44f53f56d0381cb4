import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatTraceparent, type NasTraceRecord, newTrace } from '@twincore/sbi';
import { testPlmn } from '@twincore/testkit';
import { FakeHome, HOME, newUe, startAmf, TestGnb } from './support.ts';

test('records every NAS message of a registration in the trace that the gNB began, without keys', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'amf-trace-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'amf.ndjson');
  const plmn = await testPlmn(HOME);
  const amf = await startAmf(plmn, new FakeHome(), { trace: { file } });
  const gnb = await TestGnb.connect(amf.config);
  const context = newTrace();
  const ue = newUe();
  const attachment = await gnb.register(ue, { traceparent: formatTraceparent(context) });
  attachment.uplink(ue.deregistrationRequest());
  await gnb.until(() => attachment.released);
  gnb.close();
  await plmn.close();

  const text = readFileSync(file, 'utf8');
  const records = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as NasTraceRecord);
  assert.deepEqual(
    records.map(({ from, message, n2, security }) => [from.nfType, message, n2, security]),
    [
      ['UE', 'Registration request', 'InitialUEMessage', 'plain'],
      ['AMF', 'Authentication request', 'DownlinkNASTransport', 'plain'],
      ['UE', 'Authentication response', 'UplinkNASTransport', 'plain'],
      ['AMF', 'Security mode command', 'DownlinkNASTransport', 'integrity protected with new 5G NAS security context'],
      [
        'UE',
        'Security mode complete',
        'UplinkNASTransport',
        'integrity protected and ciphered with new 5G NAS security context',
      ],
      ['AMF', 'Registration accept', 'InitialContextSetupRequest', 'integrity protected and ciphered'],
      ['UE', 'Registration complete', 'UplinkNASTransport', 'integrity protected and ciphered'],
      ['UE', 'Deregistration request UE originating', 'UplinkNASTransport', 'integrity protected and ciphered'],
      ['AMF', 'Deregistration accept UE originating', 'DownlinkNASTransport', 'integrity protected and ciphered'],
    ],
  );
  assert.ok(records.every(({ traceId }) => traceId === context.traceId));
  assert.ok(attachment.traceparents.every((traceparent) => traceparent?.includes(context.traceId)));
  const command = records.find(({ message }) => message === 'Security mode command');
  assert.equal(Object(command?.detail).kamfFingerprint, ue.kamfFingerprint);
  const resStar = ue.sent[1]?.subarray(-16);
  for (const secret of [ue.kamf, resStar]) assert.ok(secret && !text.includes(secret.toString('hex')));
  assert.ok(text.includes('fingerprint:'), 'RES* is there as a fingerprint');
});
