/** vitest. 5G AKA against real AUSF, UDM and UDR: the test is the AMF, and has the subscriber's USIM. */
import { hasSpecs, startPlmn } from '@twincore/testkit';
import { expect, test } from 'vitest';

const servingNetworkName = '5G:mnc001.mcc001.3gppnetwork.org';

test('the home authenticates its subscriber', async () => {
  await using plmn = await startPlmn({
    nfs: ['nrf', 'ausf', 'udm', 'udr'],
    subscribers: [{ supi: 'imsi-001010000000001' }],
  });
  const amf = await plmn.client('AMF');
  const { status, body } = await amf.call({
    to: 'AUSF',
    service: 'nausf-auth',
    method: 'POST',
    path: '/ue-authentications',
    body: { supiOrSuci: 'imsi-001010000000001', servingNetworkName },
  });
  expect(status).toBe(201);
  const { '5gAuthData': challenge, _links: links } = body as {
    '5gAuthData': { rand: string; autn: string };
    _links: { '5g-aka': { href: string } };
  };

  const usim = plmn.usim().authenticate({ ...challenge, servingNetworkName });
  if (usim.result !== 'success') throw new Error(usim.result);
  const token = await amf.token({ to: 'AUSF', scope: 'nausf-auth' });
  const confirmed = await amf.send({
    method: 'PUT',
    url: links['5g-aka'].href,
    body: { resStar: usim.resStar },
    token,
  });
  expect(confirmed.body).toMatchObject({ authResult: 'AUTHENTICATION_SUCCESS', supi: 'imsi-001010000000001' });

  await plmn.assertCalled({ from: 'AUSF', to: 'UDM', operation: 'Nudm_UEAuthentication_Get', status: 200 }, 1);
  if (hasSpecs()) await plmn.assertConformant();
});
