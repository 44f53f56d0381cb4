/** Real NFs in the test's own process: real mutual TLS, real tokens, certificates and keys made for the occasion. */
export type { ExchangePattern, Exchanges } from './exchanges.ts';
export type { FakeAnswer, FakeAuthorization, FakeHandler, FakeRequest, FakeService } from './fake-service.ts';
export type { NfChoice } from './plan.ts';
export type { PlmnOptions } from './plmn-files.ts';
export type { FakeNfOptions, PlmnTools } from './plmn-tools.ts';
export { freePort } from './ports.ts';
export { hasSpecs } from './specs.ts';
export { type Plmn, type RunningNfOfPlmn, type StartOptions, startPlmn } from './start-plmn.ts';
export type { Subscriber, SubscriberOptions } from './subscribers.ts';
export type { CallOptions, SendOptions, TestNf, TokenOptions } from './test-nf.ts';
export * from './test-plmn.ts';
export type { Usim, UsimAnswer } from './usim.ts';
