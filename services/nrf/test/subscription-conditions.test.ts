import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import type { NFProfile, NotificationData, SubscriptionData, subscrConditions } from '@twincore/model';
import { openStore } from '@twincore/store';
import { Registry } from '../src/procedures/registry.ts';
import { notificationsOf } from '../src/procedures/status-notify.ts';
import { type Subscription, Subscriptions } from '../src/procedures/status-subscriptions.ts';
import { HOME, service, VISITED } from './support.ts';

const id = randomUUID();
const tai = (tac: string) => ({ plmnId: HOME, tac });
const guami = { plmnId: HOME, amfId: '020041' };
const amfInfo = { amfSetId: '001', amfRegionId: '02', guamiList: [guami] };
const upfInfo = (more: object) => ({ sNssaiUpfInfoList: [], ...more });
const range = (start: string, end: string) => [{ plmnId: HOME, tacRangeList: [{ start, end }] }];

/** For each condition: a subscription, an NF that it is about, one that it is not. */
const CASES: Record<keyof typeof subscrConditions, readonly (readonly [object, object, object])[]> = {
  NfInstanceIdCond: [[{ nfInstanceId: id.toUpperCase() }, { nfInstanceId: id }, {}]],
  NfInstanceIdListCond: [[{ nfInstanceIdList: [randomUUID(), id] }, { nfInstanceId: id }, {}]],
  NfTypeCond: [[{ nfType: 'UDM' }, { nfType: 'UDM' }, { nfType: 'UDR' }]],
  ServiceNameCond: [
    [{ serviceName: 'nudm-sdm' }, { nfServices: [service('nudm-sdm')] }, { nfServices: [service('nudm-ee')] }],
  ],
  ServiceNameListCond: [
    [
      { conditionType: 'SERVICE_NAME_LIST_COND', serviceNameList: ['a', 'b'] },
      { nfServices: [service('b')] },
      { nfServices: [service('c')] },
    ],
  ],
  AmfCond: [
    [{ amfSetId: '001', amfRegionId: '02' }, { nfType: 'AMF', amfInfo }, { nfType: 'AMF' }],
    [{ amfRegionId: '03' }, { nfType: 'AMF', amfInfo: { ...amfInfo, amfRegionId: '03' } }, { nfType: 'AMF', amfInfo }],
  ],
  GuamiListCond: [
    [
      { guamiList: [guami] },
      { nfType: 'AMF', amfInfo },
      {
        nfType: 'AMF',
        amfInfo: { ...amfInfo, guamiList: [{ plmnId: HOME, amfId: '000000' }], backupInfoAmfFailure: [guami] },
      },
    ],
  ],
  NetworkSliceCond: [
    [{ snssaiList: [{ sst: 2 }] }, { sNssais: [{ sst: 2 }] }, { sNssais: [{ sst: 3 }] }],
    [{ snssaiList: [{ sst: 2 }], nsiList: ['n'] }, { nsiList: ['n'] }, { nsiList: ['m'] }],
  ],
  NfGroupCond: [
    [
      { nfType: 'UDM', nfGroupId: 'g' },
      { nfType: 'UDM', udmInfo: { groupId: 'g' } },
      { nfType: 'AUSF', ausfInfo: { groupId: 'g' } },
    ],
  ],
  NfGroupListCond: [
    [
      { conditionType: 'NF_GROUP_LIST_COND', nfType: 'UDM', nfGroupIdList: ['f', 'g'] },
      { nfType: 'UDM', udmInfoList: { a: { groupId: 'g' } } },
      { nfType: 'UDM', udmInfo: { groupId: 'h' } },
    ],
  ],
  NfSetCond: [[{ nfSetId: 'set1.x' }, { nfSetIdList: ['set1.x'] }, { nfSetIdList: ['set2.x'] }]],
  NfServiceSetCond: [
    [{ nfServiceSetId: 's' }, { nfServices: [service('a', { nfServiceSetIdList: ['s'] })] }, {}],
    [
      { nfServiceSetId: 's', nfSetId: 'set1' },
      { nfSetIdList: ['set1'], nfServices: [service('a', { nfServiceSetIdList: ['s'] })] },
      { nfServices: [service('a', { nfServiceSetIdList: ['s'] })] },
    ],
  ],
  UpfCond: [
    [
      { conditionType: 'UPF_COND', smfServingArea: ['a'], taiList: [tai('000001')] },
      { nfType: 'UPF', upfInfo: upfInfo({ smfServingArea: ['a'], taiRangeList: range('000000', '000002') }) },
      { nfType: 'UPF', upfInfo: upfInfo({ smfServingArea: ['a'], taiList: [tai('000009')] }) },
    ],
  ],
  ScpDomainCond: [
    [{ scpDomains: ['d'] }, { scpDomains: ['d'] }, { scpDomains: ['e'] }],
    [
      { scpDomains: ['d'], nfTypeList: ['SCP'] },
      { nfType: 'SCP', scpInfo: { scpDomainInfoList: { d: {} } } },
      { nfType: 'SEPP', scpDomains: ['d'] },
    ],
  ],
  NwdafCond: [
    [
      { conditionType: 'NWDAF_COND', analyticsIds: ['NF_LOAD'], snssaiList: [{ sst: 1 }] },
      { nfType: 'NWDAF', nwdafInfo: { eventIds: ['NF_LOAD'] } },
      { nfType: 'NWDAF', nwdafInfo: { eventIds: ['UE_COMM'], nwdafEvents: ['UE_COMM'] } },
    ],
    [
      { conditionType: 'NWDAF_COND', taiRangeList: range('000010', '000020'), servingNfTypeList: ['AMF'] },
      { nfType: 'NWDAF', nwdafInfo: { taiRangeList: range('000020', '000030') } },
      { nfType: 'NWDAF', nwdafInfo: { taiRangeList: range('000021', '000030') } },
    ],
    [
      { conditionType: 'NWDAF_COND', mlAnalyticsList: [{ mlAnalyticsIds: ['NF_LOAD'] }], servingNfSetIdList: ['s'] },
      { nfType: 'NWDAF', nwdafInfo: { mlAnalyticsList: [{ mlAnalyticsIds: ['NF_LOAD'] }] } },
      { nfType: 'NWDAF', nwdafInfo: {} },
    ],
  ],
  NefCond: [
    [
      { conditionType: 'NEF_COND', afEvents: ['UE_COMM'], pfdData: { appIds: ['a'] }, servedFqdnList: ['x'] },
      { nfType: 'NEF', nefInfo: { afEeData: { afEvents: ['UE_COMM'] } } },
      { nfType: 'NEF', nefInfo: { afEeData: { afEvents: ['UE_COMM'] }, pfdData: { appIds: ['b'] } } },
    ],
    [
      { conditionType: 'NEF_COND', gpsiRanges: [{ start: '10', end: '20' }] },
      { nfType: 'NEF', nefInfo: { gpsiRanges: [{ start: '20', end: '30' }] } },
      { nfType: 'NEF', nefInfo: { gpsiRanges: [{ start: '21', end: '30' }] } },
    ],
  ],
  DccfCond: [
    [
      { conditionType: 'DCCF_COND', servingNfTypeList: ['AMF'], taiList: [tai('000001')] },
      { nfType: 'DCCF', dccfInfo: { servingNfTypeList: ['AMF', 'SMF'] } },
      { nfType: 'DCCF', dccfInfo: { servingNfTypeList: ['SMF'] } },
    ],
  ],
};

const subscriber = { nfType: 'AMF', plmnId: HOME, nfInstanceId: randomUUID(), fqdn: 'amf.example.org' };
const profileOf = (more: object): NFProfile => ({
  nfInstanceId: randomUUID(),
  nfType: 'UDM',
  nfStatus: 'REGISTERED',
  plmnList: [HOME],
  fqdn: 'nf.example.org',
  ...more,
});

/** What the subscriber hears of NFs that change. */
async function setUp(data: Partial<SubscriptionData>, who: Subscription['subscriber'] = subscriber) {
  const store = openStore(':memory:');
  const registry = await Registry.open(store.collection<NFProfile>('nfs'));
  const subscriptions = await Subscriptions.open(store.collection<Subscription>('subscriptions'));
  const nfStatusNotificationUri = 'https://amf.example.org/x';
  await subscriptions.put({ id: 's', data: { nfStatusNotificationUri, ...data }, subscriber: who });
  return (profile: NFProfile): NotificationData[] => {
    const before = registry.get(profile.nfInstanceId);
    const { nf } = registry.set(profile);
    const context = { ownPlmn: HOME, apiRoot: 'https://nrf', now: Date.now() };
    return notificationsOf(subscriptions, before, nf, context).map(({ body }) => JSON.parse(body) as NotificationData);
  };
}

describe('each condition of a subscription', () => {
  for (const [name, cases] of Object.entries(CASES)) {
    test(name, async () => {
      for (const [subscrCond, met, notMet] of cases) {
        const change = await setUp({ subscrCond: subscrCond as Record<string, unknown> });
        const text = JSON.stringify(subscrCond);
        assert.deepEqual(change(profileOf(notMet)), [], text);
        const [told] = change(profileOf(met));
        assert.equal(told?.event, 'NF_REGISTERED', text);
        assert.deepEqual(told?.subscriptionContext, { subscriptionId: 's', subscrCond });
      }
    });
  }

  test('one subscription without any hears of every NF', async () => {
    const change = await setUp({});
    assert.equal(change(profileOf({ nfType: 'X' })).length, 1);
  });

  test('NFs that begin or end to meet it are told as such', async () => {
    const change = await setUp({ subscrCond: { nfSetId: 'set1' } });
    const udm = profileOf({});
    assert.deepEqual(change(udm), []);
    const [added] = change({ ...udm, nfSetIdList: ['set1'] });
    assert.deepEqual(
      [added?.event, added?.conditionEvent, added?.nfProfile?.nfSetIdList],
      ['NF_PROFILE_CHANGED', 'NF_ADDED', ['set1']],
    );
    const [removed] = change({ ...udm, nfSetIdList: ['set2'] });
    assert.deepEqual([removed?.event, removed?.conditionEvent], ['NF_PROFILE_CHANGED', 'NF_REMOVED']);
    assert.deepEqual(removed?.profileChanges, [{ op: 'REPLACE', path: '/nfSetIdList/0', newValue: 'set2' }]);
    assert.deepEqual(change({ ...udm, priority: 3 }), [], 'and then they are none of its business');
  });
});

describe('what of a profile is watched', () => {
  const changes = async (notifCondition: SubscriptionData['notifCondition'], after: object) => {
    const change = await setUp(notifCondition ? { notifCondition } : {});
    const udm = profileOf({ priority: 1, udmInfo: { groupId: 'a', routingIndicators: ['1'] } });
    assert.equal(change(udm).length, 1, 'a registration is always told');
    return change({ ...udm, ...after })[0]?.profileChanges?.map(({ op, path }) => `${op} ${path}`);
  };

  test('monitored attributes only', async () => {
    const monitored = { monitoredAttributes: ['/priority', '/udmInfo/groupId'] };
    assert.equal(await changes(monitored, { locality: 'x' }), undefined);
    assert.deepEqual(await changes(monitored, { priority: 2, locality: 'x' }), ['ADD /locality', 'REPLACE /priority']);
    assert.equal(await changes(monitored, { udmInfo: { groupId: 'a' } }), undefined);
    assert.deepEqual(
      await changes(monitored, { udmInfo: undefined }),
      ['REMOVE /udmInfo'],
      'what is above one goes with it',
    );
  });

  test('all but the unmonitored ones', async () => {
    const unmonitored = { unmonitoredAttributes: ['/udmInfo', '/priority'] };
    assert.equal(await changes(unmonitored, { priority: 2, udmInfo: { groupId: 'b' } }), undefined);
    assert.deepEqual(await changes(unmonitored, { priority: 2, locality: 'x' }), [
      'ADD /locality',
      'REPLACE /priority',
    ]);
  });

  test('a change of everything is told as a whole profile', async () => {
    const change = await setUp({});
    const udm = profileOf({});
    change(udm);
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`vendor-${i}`, { a: i }]));
    assert.ok(change({ ...udm, ...many })[0]?.nfProfile);
  });
});

test('a subscriber of another network hears what is open to it, without addresses', async () => {
  const change = await setUp({}, { nfType: 'SMF', plmnId: VISITED });
  assert.deepEqual(change(profileOf({ allowedPlmns: [HOME] })), []);
  const [told] = change(profileOf({ ipv4Addresses: ['127.0.0.1'], interPlmnFqdn: 'abroad.example.org' }));
  assert.equal(told?.nfProfile?.ipv4Addresses, undefined);
  assert.equal(told?.nfProfile?.fqdn, 'abroad.example.org');
});
