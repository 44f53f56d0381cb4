/** Load and overload control: what is announced, to whom, how it reads, and that it is obeyed. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  formatLci,
  formatOci,
  LCI,
  LoadMeter,
  OCI,
  ownScope,
  PeerLoads,
  type Producer,
  ProducerMemory,
  parseLci,
  parseOci,
  priorityIn,
  scopeOf,
} from '@twincore/sbi';

const NF = '54804518-4191-46b3-955c-ac631f953ed8';
const scope = scopeOf('NF-Instance', NF);
const AT = Date.UTC(2020, 1, 4, 8, 49, 37);

describe('3gpp-Sbi-Lci and 3gpp-Sbi-Oci', () => {
  test('are written as the ABNF of TS 29.500 has them, and read back', () => {
    const lci = formatLci({ timestamp: AT, scope, load: 25 });
    const oci = formatOci({ timestamp: AT, scope, reduction: 50, validitySeconds: 75 });
    assert.equal(lci, `Timestamp: "Tue, 04 Feb 2020 08:49:37 GMT"; Load-Metric: 25%; NF-Instance: ${NF}`);
    assert.equal(
      oci,
      `Timestamp: "Tue, 04 Feb 2020 08:49:37 GMT"; Period-of-Validity: 75s; Overload-Reduction-Metric: 50%; NF-Instance: ${NF}`,
    );
    assert.deepEqual(parseLci(lci), [{ timestamp: AT, scope, load: 25 }]);
    assert.deepEqual(parseOci(oci), [{ timestamp: AT, scope, reduction: 50, validitySeconds: 75 }]);
    const scp = ownScope({ nfType: 'SCP', nfInstanceId: NF, fqdn: 'SCP.5gc.mnc001.mcc001.3gppnetwork.org' });
    const both = `${lci}, ${formatLci({ timestamp: AT, scope: scp, load: 0 })}`;
    assert.deepEqual(
      parseLci(both).map((element) => element.scope),
      [scope, 'SCP-FQDN:scp.5gc.mnc001.mcc001.3gppnetwork.org'],
    );
  });

  test('what is malformed, of an unknown scope or for some slices only is not obeyed', () => {
    const stamp = 'Timestamp: "Tue, 04 Feb 2020 08:49:37 GMT"';
    const of = (rest: string) => `${stamp}; Period-of-Validity: 10s; Overload-Reduction-Metric: ${rest}`;
    for (const value of [
      '',
      'nonsense',
      of(`101%; NF-Instance: ${NF}`),
      of('50%'),
      of('50%; Callback-Uri: "https://x"'),
      of(`50%; NF-Instance: ${NF}; S-NSSAI: 1-000001; DNN: internet`),
      `Timestamp: "yesterday"; Period-of-Validity: 10s; Overload-Reduction-Metric: 50%; NF-Instance: ${NF}`,
      `${stamp}; Overload-Reduction-Metric: 50%; NF-Instance: ${NF}`,
      `${of(`50%; NF-Instance: ${NF}`)}${' '.repeat(5_000)}`,
    ]) {
      assert.deepEqual(parseOci(value), [], value.slice(0, 120));
    }
    assert.deepEqual(parseOci(undefined), []);
  });

  test('a priority is a number from 0 to 31', () => {
    const priority = (value: string) => priorityIn({ '3gpp-sbi-message-priority': value });
    assert.deepEqual(['0', '31', '32', '-1', '1a', ''].map(priority), [
      0,
      31,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('a producer', () => {
  const meterOf = (options: { capacity?: number; busy?: number } = {}) => {
    let now = AT;
    const { capacity, busy = 0 } = options;
    const meter = new LoadMeter({
      scope,
      now: () => now,
      utilization: () => busy,
      ...(capacity === undefined ? {} : { capacity }),
    });
    /** `requests` in one second. */
    const second = (requests: number) => {
      const start = now;
      for (let i = 1; i <= requests; i++) {
        now = start + Math.round((1000 * i) / requests);
        meter.count();
      }
      return meter;
    };
    const pass = (ms: number) => {
      now += ms;
      return meter;
    };
    return { second, pass };
  };

  test('tells its load to who asks, without a request', () => {
    const { second, pass } = meterOf({ capacity: 100, busy: 0.07 });
    assert.equal(pass(0).load, 0, 'nothing has been measured yet');
    assert.equal(second(50).load, 50);
    assert.equal(pass(500).load, 50, 'half a second is no measure');
    assert.equal(pass(600).load, 7, 'nobody asks any more, but it is not idle');
  });

  test('tells each peer its load once, and again when it has changed', () => {
    const { second } = meterOf({ capacity: 100 });
    const load = (meter: LoadMeter, peer: string) => parseLci(meter.announce(peer)?.[LCI])[0]?.load;
    const meter = second(50);
    assert.deepEqual([load(meter, 'a'), load(meter, 'a'), load(meter, 'b')], [50, undefined, 50]);
    assert.equal(load(second(55), 'a'), undefined, 'a few percent are no news');
    assert.equal(load(second(80), 'a'), 80);
  });

  test('that is busy says so, and declares no overload without a capacity', () => {
    const meter = meterOf({ busy: 0.97 }).second(10_000);
    const told = meter.announce('a');
    assert.equal(parseLci(told?.[LCI])[0]?.load, 97);
    assert.equal(told?.[OCI], undefined);
  });

  test('above its capacity asks for as much less as it is too much, until that is over', () => {
    const { second } = meterOf({ capacity: 100 });
    const reduction = (meter: LoadMeter, peer = 'a') => parseOci(meter.announce(peer)?.[OCI])[0]?.reduction;
    const overloaded = second(400);
    assert.deepEqual([reduction(overloaded), reduction(overloaded), reduction(overloaded, 'b')], [75, undefined, 75]);
    assert.equal(reduction(second(200)), 50);
    const over = second(90);
    assert.deepEqual([reduction(over), reduction(over), reduction(over, 'c')], [0, undefined, undefined]);
  });
});

describe('a consumer', () => {
  const announce = (loads: PeerLoads, reduction: number, timestamp = AT, validitySeconds = 10) =>
    loads.learn({ [OCI]: formatOci({ timestamp, scope, reduction, validitySeconds }) });

  test('holds back the share of requests that is asked for, evenly, while it holds', () => {
    let now = AT;
    const loads = new PeerLoads(() => now);
    const admitted = (count: number, priority?: number) =>
      Array.from({ length: count }, () => loads.admit([scope], priority)).filter(Boolean).length;
    assert.equal(admitted(100), 100);
    announce(loads, 30);
    assert.equal(admitted(100), 70);
    assert.equal(admitted(100, 3), 100, 'messages of high priority go first');
    assert.equal(admitted(100, 24), 70);
    announce(loads, 100, AT + 1_000);
    assert.equal(admitted(100, 3), 0);
    announce(loads, 10, AT);
    assert.equal(admitted(100), 0, 'older information does not replace newer');
    announce(loads, 0, AT + 2_000);
    assert.equal(admitted(100), 100);
    announce(loads, 50, AT + 3_000);
    now = AT + 11_000;
    assert.equal(admitted(100), 100, 'after its period of validity it is forgotten');
    assert.ok(loads.admit([scopeOf('NF-Instance', 'another')]));
  });

  test('prefers producers that answer, then their priority, then those with free capacity', () => {
    const producer = (name: string, more: Partial<Producer> = {}): Producer => ({
      nfInstanceId: name,
      serviceInstanceId: '1',
      nfSetIds: [],
      apiRoot: `https://${name}`,
      versions: ['v1'],
      scopes: [scopeOf('NF-Instance', name)],
      priority: 0,
      capacity: 100,
      load: 0,
      ...more,
    });
    const memory = new ProducerMemory();
    const order = (...producers: Producer[]) => memory.order(producers).map(({ nfInstanceId }) => nfInstanceId);
    const [best, second] = [producer('best', { priority: 1 }), producer('second', { priority: 2 })];
    assert.deepEqual(order(second, best), ['best', 'second']);
    memory.failed(best.apiRoot);
    assert.deepEqual(order(best, second), ['second', 'best']);
    memory.answered(best.apiRoot);
    assert.deepEqual(order(second, best), ['best', 'second']);

    const [idle, loaded] = [producer('idle'), producer('loaded')];
    memory.loads.learn({ [LCI]: formatLci({ timestamp: AT, scope: scopeOf('NF-Instance', 'loaded'), load: 90 }) });
    const firsts = Array.from({ length: 2_000 }, () => order(loaded, idle)[0]);
    const share = firsts.filter((name) => name === 'loaded').length / firsts.length;
    assert.ok(share > 0.03 && share < 0.2, `a tenth of the free capacity, got ${share} of the requests`);
  });
});
