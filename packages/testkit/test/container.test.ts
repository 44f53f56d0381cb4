/** `TwincoreContainer` where other containers reach it too; examples/container shows what a test does with it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Network } from 'testcontainers';
import { TwincoreContainer, whyNoContainer } from '../src/container.ts';

const skip = (await whyNoContainer()) ?? false;

test('in a network, NFs are reached under the address of their container', { skip }, async () => {
  await using network = await new Network().start();
  await using twincore = await new TwincoreContainer({ nfs: ['nrf', 'udr'] }).withNetwork(network).start();
  const udm = await twincore.plmn.client('UDM');
  const [udr] = await udm.discover({ targetNfType: 'UDR' });
  assert.deepEqual(udr?.ipv4Addresses, [twincore.getIpAddress(network.getName())]);
  const { status } = await udm.call({ to: 'UDR', service: 'nudr-dr', method: 'GET', path: '/nothing' });
  assert.equal(status, 404);
  await twincore.plmn.assertCalled({ from: 'UDM', to: 'UDR', status: 404 }, 1);
});

test('a handler that throws makes the test fail, and leaves no container', { skip }, async () => {
  const twincore = await new TwincoreContainer({ nfs: ['nrf', 'ausf'] }).start();
  const handler = () => assert.fail('the AUSF asked');
  await twincore.plmn.registerFakeNf({ nfType: 'UDM', services: ['nudm-ueau'], handler });
  const amf = await twincore.plmn.client('AMF');
  const body = { supiOrSuci: 'imsi-001010000000001', servingNetworkName: '5G:mnc001.mcc001.3gppnetwork.org' };
  await amf.call({ to: 'AUSF', service: 'nausf-auth', method: 'POST', path: '/ue-authentications', body });
  await assert.rejects(twincore.stop(), /the AUSF asked/);
  await assert.rejects(twincore.exec('true'));
});

test('what cannot be started is said: an engine, or an image', async () => {
  const why = await whyNoContainer('twincore-of-nobody');
  assert.match(why ?? '', /no image "twincore-of-nobody".*TWINCORE_IMAGE|no container engine answers at/);
});
