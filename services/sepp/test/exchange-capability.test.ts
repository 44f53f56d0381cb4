/** N32-c capability exchange with a partner that speaks for several PLMNs, and with peers that say more or less than we do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nfFqdn, type SecNegotiateReqData } from '@twincore/model';
import { parseConfig, Refusal } from '@twincore/sbi';
import { Partner } from '../src/config.ts';
import { answerCapabilities } from '../src/procedures/exchange-capability.ts';
import { HOME, STRANGER, VISITED } from './support.ts';

const SECOND = { mcc: '999', mnc: '71' };
const fqdn = nfFqdn('sepp', VISITED);
const partner = parseConfig(
  Partner,
  { plmnIds: [VISITED, SECOND], n32: { fqdn, host: '127.0.0.1', port: 1 }, ca: 'ca.pem', security: 'PRINS' },
  'the test',
);
const self = { fqdn: nfFqdn('sepp', HOME), name: `SEPP-${nfFqdn('sepp', HOME)}`, plmnIds: [HOME] };
const ask = (members: Partial<SecNegotiateReqData> = {}) =>
  answerCapabilities({ sender: fqdn, supportedSecCapabilityList: ['PRINS'], ...members }, self, partner, fqdn, {
    downgrade: true,
  });
const refused = (reason: string) => (error: unknown) => error instanceof Refusal && error.reason === reason;

test('every PLMN of the partner may be named, and no other', () => {
  assert.equal(ask({ plmnIdList: [VISITED, SECOND] }).answer.selectedSecCapability, 'PRINS');
  assert.equal(ask({ plmnIdList: [SECOND] }).answer.selectedSecCapability, 'PRINS');
  assert.throws(() => ask({ plmnIdList: [VISITED, STRANGER] }), refused('n32-sender-plmn'));
});

test('what is configured is chosen, whatever else is offered and in which order', () => {
  assert.equal(ask({ supportedSecCapabilityList: ['TLS', 'NONE', 'PRINS'] }).answer.selectedSecCapability, 'PRINS');
  assert.throws(() => ask({ supportedSecCapabilityList: ['TLS'] }), refused('n32-capability'));
  assert.throws(() => ask({ supportedSecCapabilityList: ['TLS', 'NONE'] }), refused('n32-capability'));
});

test('NONE alone ends the relation', () => {
  const { answer, capabilities } = ask({ supportedSecCapabilityList: ['NONE'] });
  assert.equal(answer.selectedSecCapability, 'NONE');
  assert.equal(capabilities, undefined);
});

test('of the purposes those that the relation has are allowed, the others are named as rejected', () => {
  const [roaming, sms] = [{ usagePurpose: 'ROAMING' }, { usagePurpose: 'SMS_INTERCONNECT' }];
  const { answer, capabilities } = ask({ intendedUsagePurpose: [roaming, sms] });
  assert.deepEqual(capabilities?.purposes, ['ROAMING']);
  assert.deepEqual(answer.allowedUsagePurpose, [roaming]);
  assert.deepEqual(answer.rejectedUsagePurpose, [sms]);
  assert.throws(() => ask({ intendedUsagePurpose: [sms] }), refused('n32-purpose'));
});

test('a peer that says nothing but what it has to is served', () => {
  const { answer, capabilities } = ask();
  assert.deepEqual(capabilities, { targetApiRootSupported: false, purposes: ['ROAMING'] });
  assert.equal('supportedFeatures' in answer, false);
});
