/** Defences that a lab may switch off, one by one, to see what each is good for; everything is on by default. */
import Type from 'typebox';

/** The switches of an `insecure:` section, and what the NF warns of at start. */
export const DEFENCES = {
  cleartext: 'HTTP/2 without TLS, in both directions: who calls is what its User-Agent claims',
  withoutClientCertificates: 'a client needs no certificate: without one it is who its User-Agent claims',
  withoutCertificateIdentity: 'a client is who its User-Agent claims, whatever its certificate says',
  withoutPeerNfType: 'any NF may call what is for some NF types only: callbacks, N32',
  withoutTokens: 'requests without an access token are served; one that is there is verified',
  withoutTokenSignature: 'nobody checks who signed an access token, nor how',
  withoutTokenIssuer: 'access tokens of any issuer are accepted',
  withoutTokenExpiry: 'access tokens never expire',
  withoutTokenAudience: 'access tokens for other NFs are accepted',
  withoutTokenProducerPlmn: 'access tokens for producers of another PLMN are accepted',
  withoutTokenSlice: 'access tokens for other slices are accepted',
  withoutTokenNsi: 'access tokens for other network slice instances are accepted',
  withoutTokenNfSet: 'access tokens for another NF set are accepted',
  withoutTokenNfServiceSet: 'access tokens for another NF service set are accepted',
  withoutTokenScope: 'access tokens for other services are accepted',
  withoutOperationScope: 'the service in the scope is enough where the TS has one for the resource or operation',
  withoutTokenSubject: 'access tokens of other NFs are accepted',
  withoutTokenConsumerPlmn: 'access tokens of consumers in another PLMN are accepted',
  withoutConsumerNfType: 'any NF type with a token may call any operation',
  withoutRequestPlmn: 'a consumer may ask for what belongs to another PLMN than its own',
  withoutCcaChain: 'a client credentials assertion may come with a certificate of anybody',
  withoutSchemas: 'bodies and parameters are not checked',
  withoutMediaTypes: 'a body of any media type is read as JSON',
  withoutBodyLimit: 'a body may be of any size',
  withoutGrantPolicy: 'NRF: any NF gets a token for any scope',
  withoutVisibility: 'NRF: any NF discovers every other',
  withoutNotificationPolicy: 'NRF: notifications go wherever a subscriber says',
  withoutSourcePlmn: 'SEPP: a partner may speak for any PLMN',
  withoutN32Firewall:
    'SEPP: any operation may cross the border, for any UE and PLMN, of any size and as often as the partner likes about one UE',
  withoutN32Downgrade: 'SEPP: a partner of PRINS may have TLS alone protect N32-f',
  withoutN32Replay: 'SEPP: a message of PRINS may come as often as somebody sends it',
  withoutN32ModificationPolicy: 'SEPP: an IPX may modify everything that is not encrypted',
  withoutN32IpxSigner: 'SEPP: whatever an IPX says that it has modified is believed, whoever signed it',
  withoutN32ContextOwner: 'SEPP: a partner may terminate the N32-f contexts of others',
  withoutN32PartnerRate: 'SEPP: a partner may send as many requests as it likes',
} as const;
export type Defence = keyof typeof DEFENCES;
export type Insecure = Readonly<Record<Defence, boolean>>;

const names = Object.keys(DEFENCES) as Defence[];
const switches = Object.fromEntries(names.map((name) => [name, Type.Boolean({ default: false })]));
export const Insecure = Type.Unsafe<Insecure>(Type.Object(switches, { default: {}, additionalProperties: false }));

/** Every defence on. */
export const SECURE = Object.fromEntries(names.map((name) => [name, false])) as Insecure;

/** Those that are switched off, each with what that means. */
export function switchedOff(insecure: Insecure): { readonly defence: Defence; readonly means: string }[] {
  return names.filter((name) => insecure[name]).map((defence) => ({ defence, means: DEFENCES[defence] }));
}
