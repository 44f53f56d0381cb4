/** Binding indications and producer ids as headers (TS 29.500 clauses 5.2.3.2.5, 5.2.3.2.6 and 5.2.3.2.8). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bindings, formatBinding, formatProducerId, parseBinding, parseProducerId } from '@twincore/sbi';

const NF = '54804518-4191-46b3-955c-ac631f953ed8';
const SET = 'set1.ausfset.5gc.mnc001.mcc001';

test('a binding is written as the ABNF has it, and read back', () => {
  const binding = { level: 'nf-set', nfInstanceId: NF, nfSetId: SET, serviceName: 'nausf-auth' } as const;
  const text = `bl=nf-set; nfinst=${NF}; nfset=${SET}; servname=nausf-auth`;
  assert.equal(formatBinding(binding), text);
  assert.deepEqual(parseBinding(text), binding);
  assert.deepEqual(parseBinding(`bl=nf-instance;nfinst=${NF}; group=true, bl=nf-set; nfset=${SET}`), {
    level: 'nf-instance',
    nfInstanceId: NF,
  });
});

test('a binding to nobody is none', () => {
  for (const value of [undefined, '', 'bl=nf-set', 'bl=planet; nfinst=1', `nfinst=${NF}`, ['a', 'b']]) {
    assert.equal(parseBinding(value), undefined, String(value));
  }
});

test('a producer id names at least the instance', () => {
  const id = { nfInstanceId: NF, serviceInstanceId: 'one', nfSetId: SET };
  const text = formatProducerId(id);
  assert.deepEqual(parseProducerId(text), id);
  assert.deepEqual(parseProducerId(`nfinst=${NF.toUpperCase()} ; nfservinst=one`), {
    nfInstanceId: NF,
    serviceInstanceId: 'one',
  });
  assert.equal(parseProducerId(`nfset=${SET}`), undefined);
});

test('what an answer binds, requests to the resource and below it say', () => {
  const bindings = new Bindings();
  const location = 'https://ausf.example:17105/nausf-auth/v1/ue-authentications/7';
  const value = `bl=nf-instance; nfinst=${NF}`;
  bindings.learn({ status: 201, headers: { location, '3gpp-sbi-binding': value }, body: undefined });
  const routing = { '3gpp-sbi-routing-binding': value };
  assert.deepEqual(bindings.headersFor(location), routing);
  assert.deepEqual(bindings.headersFor(`${location}/5g-aka-confirmation`), routing);
  assert.deepEqual(bindings.headersFor(`${location}1`), {});
  assert.deepEqual(bindings.headersFor('https://ausf.example:17105/nausf-auth/v1/ue-authentications'), {});
});
