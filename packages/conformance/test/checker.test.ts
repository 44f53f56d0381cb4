import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Exchange } from '../src/check.ts';
import { Checker } from '../src/checker.ts';
import { create, FIXTURES, find, token } from './support.ts';

const THINGS = 'TS00001_Nthing_Mgmt.yaml#';
const COMMON = 'TS29571_CommonData.yaml#/components/schemas';

/** What is found in an exchange: `side part instance: message` and the place in the documents. */
function findings(exchange: Exchange, checker = new Checker(FIXTURES)): string[][] {
  return checker
    .check(exchange)
    .deviations.map(({ side, part, instance, message, schema }) => [`${side} ${part} ${instance}: ${message}`, schema]);
}
const problem = (status: number): Partial<Exchange> => ({
  status,
  responseHeaders: { 'content-type': 'application/problem+json' },
  responseBody: { status, cause: 'X' },
});
const thing = (members: object) => create({ requestBody: { name: 'A', ...members } });

describe('what conforms passes', () => {
  const valid: Record<string, Exchange> = {
    'a query': find(),
    'an apiRoot with a path of its own': find({ uri: '/a/b/nthing-mgmt/v1/things?size=7' }),
    'lists, comma-separated and repeated': find({ uri: '/nthing-mgmt/v1/things?size=7&names=a,b&tag=t1&tag=t2' }),
    'a parameter in JSON': find({ uri: `/nthing-mgmt/v1/things?size=7&owner=${encodeURIComponent('{"name":"x"}')}` }),
    'an answer without members that nobody asked for': find({
      uri: '/nthing-mgmt/v1/things?size=7&fields=id',
      responseBody: [{ id: 'a' }],
    }),
    'an error that is documented': find(problem(400)),
    'an error that every operation may answer': find(problem(404)),
    'an error of a range': create(problem(409)),
    'an error without a body': find({ status: 400, responseHeaders: {}, responseBody: undefined }),
    'no answer': create({ status: 0, requestHeaders: {}, responseHeaders: {}, responseBody: undefined }),
    'a body': thing({ color: 'PURPLE', size: 99, shape: { edge: 1 }, parts: [{ name: 'B' }] }),
    'a body that was recorded as text': create({ requestBody: '{"name":"A"}' }),
    'unknown members': thing({ other: 1 }),
    'a redacted secret': thing({ k: 'fingerprint:0123abcd' }),
    'a merge patch': create({
      method: 'PATCH',
      uri: '/nthing-mgmt/v1/things/abc',
      requestHeaders: { 'content-type': 'application/merge-patch+json' },
      requestBody: { k: null, name: null },
      status: 204,
      responseHeaders: {},
      responseBody: undefined,
    }),
    'a form, parsed': token({ grant: 'credentials', plmn: '{"mcc":"001"}', list: 'a', count: '7' }),
    'a form, as text': token('grant=credentials&list=a&list=b'),
  };
  for (const [name, exchange] of Object.entries(valid)) {
    test(name, () => {
      const verdict = new Checker(FIXTURES).check(exchange);
      assert.deepEqual(verdict.deviations, []);
      assert.ok(verdict.operation);
    });
  }
});

describe('what deviates is found', () => {
  const merge = (change: Partial<Exchange>) =>
    create({
      method: 'PATCH',
      uri: '/nthing-mgmt/v1/things/abc',
      status: 204,
      responseHeaders: {},
      responseBody: undefined,
      ...change,
    });
  const deviating: Record<string, [Exchange, [string, string][]]> = {
    'a path': [
      find({ uri: '/nthing-mgmt/v1/thing' }),
      [['request path : /nthing-mgmt/v1/thing is not a resource of nthing-mgmt', `${THINGS}/paths`]],
    ],
    'a version': [
      find({ uri: '/nthing-mgmt/v2/things' }),
      [['request path : /nthing-mgmt/v2/things is of another version of nthing-mgmt than v1', 'nthing-mgmt']],
    ],
    'a method': [
      find({ method: 'PUT' }),
      [['request method : PUT is not among those of /nthing-mgmt/v1/things: GET, POST', `${THINGS}/paths`]],
    ],
    'a path parameter': [
      merge({ uri: '/nthing-mgmt/v1/things/X1', requestBody: undefined }),
      [
        [
          'request path parameter thingId : must match pattern "^[a-z]+$"',
          `${THINGS}/paths/~1things~1{thingId}/parameters/0/schema/pattern`,
        ],
      ],
    ],
    'broken percent-encoding': [
      merge({ uri: '/nthing-mgmt/v1/things/%FF', requestBody: undefined }),
      [
        [
          'request path parameter thingId : is not percent-encoded UTF-8',
          `${THINGS}/paths/~1things~1{thingId}/parameters/0`,
        ],
      ],
    ],
    'a missing query parameter': [
      find({ uri: '/nthing-mgmt/v1/things' }),
      [['request query parameter size : is required', `${THINGS}/paths/~1things/get/parameters/0`]],
    ],
    'a query parameter that is repeated': [
      find({ uri: '/nthing-mgmt/v1/things?size=1&size=2' }),
      [['request query parameter size : occurs more than once', `${THINGS}/paths/~1things/get/parameters/0`]],
    ],
    'a query parameter of the wrong type': [
      find({ uri: '/nthing-mgmt/v1/things?size=big' }),
      [['request query parameter size : must be integer', `${COMMON}/Size/type`]],
    ],
    'a number that is too great': [
      find({ uri: '/nthing-mgmt/v1/things?size=100' }),
      [['request query parameter size : must be < 100', `${COMMON}/Size/exclusiveMaximum`]],
    ],
    'a list that is too short': [
      find({ uri: '/nthing-mgmt/v1/things?size=1&names=a' }),
      [
        [
          'request query parameter names : must NOT have fewer than 2 items',
          `${THINGS}/paths/~1things/get/parameters/1/schema/minItems`,
        ],
      ],
    ],
    'an item of a repeated parameter': [
      find({ uri: '/nthing-mgmt/v1/things?size=1&tag=t&tag=x' }),
      [
        [
          'request query parameter tag /1: must match pattern "^t"',
          `${THINGS}/paths/~1things/get/parameters/2/schema/items/pattern`,
        ],
      ],
    ],
    'a parameter that is not JSON': [
      find({ uri: '/nthing-mgmt/v1/things?size=1&owner=x' }),
      [['request query parameter owner : is not JSON', `${THINGS}/paths/~1things/get/parameters/3`]],
    ],
    'a member of a JSON parameter': [
      find({ uri: '/nthing-mgmt/v1/things?size=1&owner=%7B%22name%22:%22%22%7D' }),
      [
        [
          'request query parameter owner /name: must NOT have fewer than 1 characters',
          `${THINGS}/components/schemas/Owner/properties/name/minLength`,
        ],
      ],
    ],
    'a parameter that nobody knows': [
      find({ uri: '/nthing-mgmt/v1/things?size=1&colour=RED' }),
      [['request query parameter colour : is not a parameter of this operation', `${THINGS}/paths/~1things/get`]],
    ],
    'a missing request header': [
      find({ requestHeaders: {} }),
      [['request header parameter X-Level : is required', `${THINGS}/paths/~1things/get/parameters/4`]],
    ],
    'a request header of the wrong type': [
      find({ requestHeaders: { 'X-Level': 'high' } }),
      [['request header parameter X-Level : must be integer', `${THINGS}/paths/~1things/get/parameters/4/schema/type`]],
    ],
    'a missing body': [
      create({ requestBody: undefined, requestHeaders: {} }),
      [['request body : is required', `${THINGS}/paths/~1things/post/requestBody`]],
    ],
    'a body that should not be': [
      find({ requestBody: {} }),
      [['request body : this operation has none', `${THINGS}/paths/~1things/get`]],
    ],
    'a request body of another media type': [
      merge({ requestBody: {} }),
      [
        [
          'request media type : application/json instead of application/merge-patch+json',
          `${THINGS}/paths/~1things~1{thingId}/patch/requestBody`,
        ],
      ],
    ],
    'a body that is no JSON': [
      create({ requestBody: '{"name"' }),
      [['request body : is not JSON', `${THINGS}/paths/~1things/post/requestBody`]],
    ],
    'a missing member': [
      create({ requestBody: {} }),
      [["request body : must have required property 'name'", `${THINGS}/components/schemas/Thing/required`]],
    ],
    'a member deep in the body, behind a reference to another document': [
      thing({ parts: [{ name: 'B', k: 'XYZ' }] }),
      [['request body /parts/0/k: must match pattern "^[0-9a-f]{8}$"', `${COMMON}/Key/pattern`]],
    ],
    'no alternative that fits': [
      thing({ shape: {} }),
      [
        [
          "request body /shape: must match exactly one schema in oneOf (must have required property 'radius'; must have required property 'edge')",
          `${THINGS}/components/schemas/Thing/properties/shape/oneOf`,
        ],
      ],
    ],
    'more than one alternative that fits': [
      thing({ shape: { radius: 1, edge: 1 } }),
      [
        [
          'request body /shape: must match exactly one schema in oneOf',
          `${THINGS}/components/schemas/Thing/properties/shape/oneOf`,
        ],
      ],
    ],
    'null where it is not permitted': [
      merge({ requestHeaders: { 'content-type': 'application/merge-patch+json' }, requestBody: { size: null } }),
      [['request body /size: must be integer', `${COMMON}/Size/type`]],
    ],
    'a status': [
      find({ status: 202, responseHeaders: {}, responseBody: undefined }),
      [['answer status : 202 is not among those of this operation: 200, 400', `${THINGS}/paths/~1things/get`]],
    ],
    'a missing answer header': [
      create({ responseHeaders: { 'content-type': 'application/3gppHal+json' } }),
      [['answer header location : is required', `${THINGS}/paths/~1things/post/responses/201/headers/Location`]],
    ],
    'a wrong answer header': [
      find({ responseHeaders: { 'content-type': 'application/json', 'cache-control': 'no-store' } }),
      [
        [
          'answer header cache-control : must match pattern "^max-age="',
          `${THINGS}/paths/~1things/get/responses/200/headers/Cache-Control/schema/pattern`,
        ],
      ],
    ],
    'a member that answers alone require': [
      create({ responseBody: { name: 'A' } }),
      [['answer body : must have required properties id', `${THINGS}/components/schemas/Thing/requiredInAnswers`]],
    ],
    'a missing answer body': [
      find({ responseBody: undefined }),
      [['answer body : is missing, application/json expected', `${THINGS}/paths/~1things/get/responses/200`]],
    ],
    'an answer body that should not be': [
      merge({ requestBody: undefined, responseBody: {}, responseHeaders: { 'content-type': 'application/json' } }),
      [['answer body : 204 has none', `${THINGS}/paths/~1things~1{thingId}/patch/responses/204`]],
    ],
    'an error that is no problem+json': [
      find({ ...problem(404), responseHeaders: { 'content-type': 'application/json' } }),
      [['answer media type : application/json instead of application/problem+json', `${THINGS}/paths/~1things/get`]],
    ],
    'a problem that is none': [
      find({ ...problem(503), responseBody: { status: 'x' } }),
      [['answer body /status: must be integer', `${COMMON}/ProblemDetails/properties/status/type`]],
    ],
    'a form': [
      token({ grant: 'password', plmn: '{"mcc":"1"}' }),
      [
        [
          'request body /grant: must be equal to one of the allowed values: credentials',
          'Token.yaml#/paths/~1token/post/requestBody/content/application~1x-www-form-urlencoded/schema/properties/grant/enum',
        ],
        [
          'request body /plmn/mcc: must match pattern "^[0-9]{3}$"',
          'Token.yaml#/paths/~1token/post/requestBody/content/application~1x-www-form-urlencoded/schema/properties/plmn/properties/mcc/pattern',
        ],
      ],
    ],
  };
  for (const [name, [exchange, expected]] of Object.entries(deviating)) {
    test(name, () => assert.deepEqual(findings(exchange), expected));
  }
});

describe('callbacks', () => {
  const notification = (change: Partial<Exchange> = {}): Exchange => ({
    method: 'POST',
    authority: 'consumer.example:1',
    uri: '/cb/7?x=1',
    requestHeaders: { 'content-type': 'application/json' },
    requestBody: { event: 'CHANGED' },
    status: 204,
    responseHeaders: {},
    ...change,
  });
  const subscribe = thing({ notifyUri: 'https://consumer.example:1/cb/7?x=1' });

  test('are known by the URI that an earlier request named', () => {
    const checker = new Checker(FIXTURES);
    assert.equal(checker.check(notification()).is3gpp, false);
    checker.check(subscribe);
    assert.equal(checker.check(notification()).operation?.name, 'onThingChange');
    assert.equal(checker.check(notification({ authority: 'sepp.example' })).operation?.name, 'onThingChange');
    assert.equal(checker.check(notification({ uri: '/cb/8' })).is3gpp, false);
    assert.deepEqual(findings(notification({ requestBody: {} }), checker), [
      [
        "request body : must have required property 'event'",
        `${THINGS}/paths/~1things/post/callbacks/onThingChange/{$request.body#~1notifyUri}/post/requestBody/content/application~1json/schema/required`,
      ],
    ]);
  });

  test('are known by the name that their receiver gives them', () => {
    const named = (operation: string) => new Checker(FIXTURES).check(notification({ operation })).operation?.name;
    assert.equal(named('Nthing_Mgmt_ThingChange'), 'onThingChange');
    assert.equal(named('Nthing_Mgmt_StatusNotify'), 'onThingChange');
    assert.equal(named('Nthing_Mgmt_Create'), undefined);
    assert.equal(named('Nother_Mgmt_StatusNotify'), undefined);
  });

  test('are known by the name that their sender gives them, and then to those that pass them on', () => {
    const requestHeaders = {
      'content-type': 'application/json',
      '3gpp-sbi-callback': 'Nthing_Mgmt_ThingChange; apiversion=1',
    };
    const checker = new Checker(FIXTURES);
    assert.equal(checker.check(notification()).is3gpp, false);
    assert.equal(checker.check(notification({ requestHeaders })).operation?.name, 'onThingChange');
    checker.learn(notification({ requestHeaders }));
    assert.equal(checker.check(notification({ authority: 'sepp.example' })).operation?.name, 'onThingChange');
  });
});

test('the most concrete path wins, and what cannot be checked is named', () => {
  const verdict = new Checker(FIXTURES).check({
    method: 'GET',
    authority: 'x',
    uri: '/nthing-mgmt/v1/things/special',
    requestHeaders: {},
    status: 200,
    responseHeaders: { 'content-type': 'multipart/related; boundary=x' },
    responseBody: '--x',
  });
  assert.equal(verdict.operation?.name, 'SpecialThing');
  assert.deepEqual(verdict.unchecked, ['answer body of type multipart/related']);
  assert.deepEqual(verdict.deviations, []);
});

test('redacted values are counted, and satisfy nothing but patterns', () => {
  const checker = new Checker(FIXTURES);
  assert.equal(checker.check(thing({ k: 'fingerprint:0123abcd' })).unknownValues, 1);
  assert.equal(findings(thing({ size: 'fingerprint:0123abcd' })).length, 1);
  assert.equal(findings(thing({ k: 'fingerprint:xyz' })).length, 1);
});

test('a directory without documents is refused', () => {
  assert.throws(() => new Checker('/nonexistent'), /cannot be read/);
  assert.throws(() => new Checker(import.meta.dirname), /no OpenAPI document/);
});
