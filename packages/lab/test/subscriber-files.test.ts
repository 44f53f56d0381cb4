import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { computeOpc } from '@twincore/crypto';
import { LabError, PROJECT_ROOT, parseSubscribers } from '../src/index.ts';

const K = '465b5ce8b199b49faa5f0a2ee238a6bc';
const OP = 'cdc202d5123e20f62b6d676ac72cb318';
const OPC = computeOpc(Buffer.from(K, 'hex'), Buffer.from(OP, 'hex')).toString('hex');
const STANDARD = {
  amData: { nssai: { defaultSingleNssais: [{ sst: 1 }] } },
  smfSelectionData: { subscribedSnssaiInfos: { '1': { dnnInfos: [{ dnn: 'internet' }] } } },
};
const parse = (text: string, more: object = {}) => parseSubscribers(text, { defaults: () => STANDARD, ...more });

const OPEN5GS = {
  _id: { $oid: '65b0c8' },
  schema_version: 1,
  imsi: '999700000000021',
  msisdn: ['88219997021'],
  security: { k: '465B5CE8 B199B49F AA5F0A2E E238A6BC', op: null, opc: OPC, amf: '8000', sqn: { $numberLong: '97' } },
  ambr: { downlink: { value: 1, unit: 3 }, uplink: { value: 500, unit: 2 } },
  slice: [
    { sst: 1, sd: '000001', default_indicator: true, session: [{ name: 'internet', type: 3 }, { name: 'ims' }] },
    { sst: 2, session: [] },
  ],
  access_restriction_data: 32,
};
const FREE5GC = {
  plmnID: '20893',
  ueId: 'imsi-208930000000003',
  AuthenticationSubscription: {
    authenticationManagementField: '8000',
    authenticationMethod: '5G_AKA',
    milenage: { op: { encryptionAlgorithm: 0, encryptionKey: 0, opValue: OP } },
    opc: { encryptionAlgorithm: 0, encryptionKey: 0, opcValue: '' },
    permanentKey: { encryptionAlgorithm: 0, encryptionKey: 0, permanentKeyValue: K },
    sequenceNumber: '16f3b3f70fc2',
  },
  AccessAndMobilitySubscriptionData: {
    gpsis: ['msisdn-0900000000'],
    nssai: {
      defaultSingleNssais: [{ sst: 1, sd: '010203', isDefault: true }],
      singleNssais: [{ sst: 1, sd: '112233' }],
    },
    subscribedUeAmbr: { downlink: '2 Gbps', uplink: '1 Gbps' },
  },
  SmfSelectionSubscriptionData: { subscribedSnssaiInfos: { '01010203': { dnnInfos: [{ dnn: 'internet' }] } } },
};

describe('subscribers of Open5GS', () => {
  test('from mongoexport, an array or a document a line', () => {
    for (const text of [JSON.stringify([OPEN5GS]), `${JSON.stringify(OPEN5GS)}\n${JSON.stringify(OPEN5GS)}\n`]) {
      const { format, subscribers, wrong } = parse(text);
      assert.equal(format, 'open5gs');
      assert.deepEqual(wrong, []);
      assert.deepEqual(subscribers[0], {
        supi: 'imsi-999700000000021',
        authenticationSubscription: {
          authenticationMethod: '5G_AKA',
          k: K.toUpperCase(),
          opc: OPC,
          authenticationManagementField: '8000',
          sqn: '000000000061',
        },
        amData: {
          gpsis: ['msisdn-88219997021'],
          subscribedUeAmbr: { uplink: '500 Mbps', downlink: '1 Gbps' },
          nssai: {
            defaultSingleNssais: [{ sst: 1, sd: '000001' }],
            singleNssais: [{ sst: 1, sd: '000001' }, { sst: 2 }],
          },
        },
        smfSelectionData: {
          subscribedSnssaiInfos: {
            '1-000001': { dnnInfos: [{ dnn: 'internet', defaultDnnIndicator: true }, { dnn: 'ims' }] },
          },
        },
      });
    }
  });

  test('with OP in place of OPc, and nothing but keys', () => {
    const { subscribers } = parse(JSON.stringify({ imsi: '001010000000021', security: { k: K, op: OP } }));
    assert.equal(subscribers[0]?.authenticationSubscription.opc, OPC);
    assert.deepEqual(subscribers[0]?.amData, STANDARD.amData);
  });
});

describe('subscribers of free5GC', () => {
  test('as its web console has them, with OP when OPc is empty', () => {
    const { format, subscribers, wrong } = parse(JSON.stringify(FREE5GC));
    assert.equal(format, 'free5gc');
    assert.deepEqual(wrong, []);
    const [one] = subscribers;
    assert.equal(one?.supi, 'imsi-208930000000003');
    assert.deepEqual(one?.authenticationSubscription, {
      authenticationMethod: '5G_AKA',
      k: K,
      opc: OPC,
      authenticationManagementField: '8000',
      sqn: '16f3b3f70fc2',
    });
    assert.deepEqual(one?.amData.nssai, {
      defaultSingleNssais: [{ sst: 1, sd: '010203' }],
      singleNssais: [{ sst: 1, sd: '112233' }],
    });
  });

  test('move to a network of the lab', () => {
    const { subscribers } = parse(JSON.stringify([FREE5GC]), { moveTo: { mcc: '001', mnc: '01' } });
    assert.equal(subscribers[0]?.supi, 'imsi-001010000000003');
  });
});

describe('subscribers in CSV', () => {
  test('with a header, in any order', () => {
    const { format, subscribers } = parse(
      `opc,imsi,k,msisdn,sst,sd,dnn\n${OPC},001010000000031,${K},+491700000001,1,000001,internet\n`,
    );
    assert.equal(format, 'csv');
    const [one] = subscribers;
    assert.equal(one?.gpsi, 'msisdn-491700000001');
    assert.deepEqual(one?.amData.nssai, {
      defaultSingleNssais: [{ sst: 1, sd: '000001' }],
      singleNssais: [{ sst: 1, sd: '000001' }],
    });
  });

  test('in the order of subscriber_db.csv', () => {
    const text = `# Name,IMSI,Key,OP_Type,OP/OPc,AMF,QCI,IP_alloc\nue01,001010000000032,${K},op,${OP},9001,9,dynamic\nue02,001010000000033,${K},opc,${OPC},8000,9,10.45.1.2\n`;
    const { subscribers } = parse(text);
    const seen = subscribers.map(({ supi, authenticationSubscription: { opc, authenticationManagementField } }) => [
      supi,
      opc,
      authenticationManagementField,
    ]);
    assert.deepEqual(seen, [
      ['imsi-001010000000032', OPC, '9001'],
      ['imsi-001010000000033', OPC, '8000'],
    ]);
  });
});

test('what twincore itself provisions is read as it is', () => {
  const text = readFileSync(join(PROJECT_ROOT, 'deploy/subscribers.yaml'), 'utf8');
  const { format, subscribers, wrong } = parse(text);
  assert.equal(format, 'twincore');
  assert.deepEqual(wrong, []);
  assert.equal(subscribers.length, 3);
});

describe('what is none', () => {
  test('is told by place, and a key is not repeated', () => {
    const bad = [
      { ...OPEN5GS, imsi: 'abc' },
      { ...OPEN5GS, security: { ...OPEN5GS.security, k: 'secret-but-short' } },
      { ...OPEN5GS, security: { k: K } },
      OPEN5GS,
    ];
    const { subscribers, wrong } = parse(JSON.stringify(bad));
    assert.equal(subscribers.length, 1);
    assert.match(wrong[0]?.reason ?? '', /^supi /);
    assert.match(wrong[1]?.reason ?? '', /^authenticationSubscription\.k /);
    assert.match(wrong[2]?.reason ?? '', /opc/);
    assert.doesNotMatch(JSON.stringify(wrong), /secret-but-short/);
  });

  const FILES: readonly (readonly [string, string, RegExp])[] = [
    ['JSON of something else', '{"a": 1}', /none that is known here/],
    ['half a JSON', '[{"imsi": "0010', /no JSON/],
    ['a CSV without IMSI', 'a,b\n1,2\n', /no column imsi/],
    ['prose', 'Dear colleague,\nplease find attached', /no column imsi/],
    ['an unclosed quotation', `imsi,k,opc\n"00101,${K}`, /no CSV/],
  ];
  for (const [what, text, said] of FILES) {
    test(what, () => {
      assert.throws(
        () => parse(text),
        (error: unknown) => error instanceof LabError && error.reason === 'usage' && said.test(error.message),
      );
    });
  }
});
