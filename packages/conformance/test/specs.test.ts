import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Checker } from '../src/checker.ts';
import { MANDATORY_ERRORS } from '../src/common-errors.ts';
import { ERRATA } from '../src/errata.ts';
import type { Operation } from '../src/operations.ts';
import type { Location } from '../src/pointer.ts';
import { specs } from './support.ts';

/** Every schema that checking an operation needs. */
function schemasOf(operation: Operation): Location[] {
  const media = [operation.body?.media ?? [], ...[...operation.answers.values()].map((answer) => answer.media)].flat();
  const headers = [...operation.answers.values()].flatMap((answer) => answer.headers);
  return [
    ...operation.parameters.map(({ schema }) => schema),
    ...[...media, ...headers].flatMap(({ schema }) => schema ?? []),
    ...operation.callbacks.flatMap(schemasOf),
  ];
}

describe('the 3GPP documents', { skip: specs.skip }, () => {
  test('all load, and every schema of every operation compiles', () => {
    const checker = new Checker(specs.dir);
    const operations = checker.operations.all().flatMap((service) => service.operations);
    const schemas = operations.flatMap(schemasOf);
    for (const schema of schemas) checker.schemas.compile(schema);
    assert.ok(operations.length > 600 && schemas.length > 3000, `${operations.length} ${schemas.length}`);
    for (const operation of operations) assert.ok(operation.answers.size > 0, operation.name);
  });

  test('are found by path, those without servers and those that lend their paths too', () => {
    const { operations } = new Checker(specs.dir);
    const named = (method: string, path: string) => {
      const route = operations.route(method, path);
      return route.found === 'operation' ? `${route.operation.place.file} ${route.operation.name}` : route.found;
    };
    const table: [string, string, string][] = [
      ['POST', '/oauth2/token', 'TS29510_Nnrf_AccessToken.yaml AccessTokenRequest'],
      ['GET', '/bootstrapping', 'TS29510_Nnrf_Bootstrapping.yaml BootstrappingInfoRequest'],
      ['PUT', '/nnrf-nfm/v1/nf-instances/x', 'TS29510_Nnrf_NFManagement.yaml RegisterNFInstance'],
      [
        'PATCH',
        '/nudr-dr/v2/subscription-data/imsi-1/authentication-data/authentication-subscription',
        'TS29505_Subscription_Data.yaml ModifyAuthenticationSubscription',
      ],
      ['POST', '/n32c-handshake/v1/exchange-capability', 'TS29573_N32_Handshake.yaml PostExchangeCapability'],
      ['GET', '/nudm-sdm/v2/imsi-1/am-data', 'TS29503_Nudm_SDM.yaml GetAmData'],
      ['GET', '/subscription-data/imsi-1/context-data/amf-3gpp-access', 'nothing'],
      ['GET', '/nudm-sdm/v1/imsi-1/am-data', 'api'],
    ];
    for (const [method, path, expected] of table) assert.equal(named(method, path), expected);
  });

  test('list as errors of a method, where they list all, those that are mandatory for it', () => {
    const operations = new Checker(specs.dir).operations.all().flatMap((service) => service.operations);
    // 429 is mandatory for every method and listed by nobody who lists only some.
    const complete = operations.filter(({ answers }) => answers.has('429'));
    for (const [method, mandatory] of Object.entries(MANDATORY_ERRORS)) {
      const lists = complete.filter((operation) => operation.method === method).map(({ answers }) => answers);
      const listed = [...new Set(lists.flatMap((answers) => [...answers.keys()]))].filter((status) => {
        const share = lists.filter((answers) => answers.has(status)).length / lists.length;
        return /^[45]\d\d$/.test(status) && share > 0.5;
      });
      assert.deepEqual(listed.map(Number).sort(), mandatory, method);
    }
  });

  test('accept an authentication whose keys are fingerprints', () => {
    const snn = '5G:mnc070.mcc999.3gppnetwork.org';
    const verdict = new Checker(specs.dir).check({
      method: 'POST',
      authority: 'ausf.example',
      uri: '/nausf-auth/v1/ue-authentications',
      requestHeaders: { 'content-type': 'application/json' },
      requestBody: { supiOrSuci: 'imsi-001010000000001', servingNetworkName: snn },
      status: 201,
      responseHeaders: { 'content-type': 'application/3gppHal+json', location: 'https://ausf.example/x' },
      responseBody: {
        authType: '5G_AKA',
        '5gAuthData': { rand: '00'.repeat(16), autn: '00'.repeat(16), hxresStar: 'fingerprint:01234567' },
        _links: { '5g-aka': { href: 'https://ausf.example/x' } },
      },
    });
    assert.deepEqual(verdict.deviations, []);
    assert.equal(verdict.unknownValues, 1);
  });

  test('do not demand of a subscription what the NRF assigns', () => {
    const checker = new Checker(specs.dir);
    const place = { file: 'TS29510_Nnrf_NFManagement.yaml', pointer: '/components/schemas/SubscriptionData' };
    const subscription = { nfStatusNotificationUri: 'https://amf.example/n' };
    assert.deepEqual(checker.schemas.check(place, subscription, 'request'), []);
    assert.equal(checker.schemas.check(place, subscription, 'answer').length, 1);
  });

  test('have the slips that the errata mend', () => {
    for (const { file, find } of ERRATA) assert.ok(readFileSync(join(specs.dir, file), 'utf8').includes(find), file);
  });
});
