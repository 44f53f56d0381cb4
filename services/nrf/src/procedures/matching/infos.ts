/** What a profile tells of its type of NF: one `…Info`, a map of several, or both (TS 29.510 6.1.6.2.2). */
import type {
  AanfInfo,
  AmfInfo,
  AusfInfo,
  BsfInfo,
  ChfInfo,
  DccfInfo,
  EasdfInfo,
  GmlcInfo,
  HssInfo,
  IwmscInfo,
  LmfInfo,
  MbSmfInfo,
  MbUpfInfo,
  NefInfo,
  NFProfile,
  NsacfInfo,
  NwdafInfo,
  PcfInfo,
  PcscfInfo,
  ScpInfo,
  SeppInfo,
  SmfInfo,
  TrustAfInfo,
  UdmInfo,
  UdrInfo,
  UdsfInfo,
  UpfInfo,
} from '@twincore/model';
import type { Static } from 'typebox';

type Of<T extends { [name: string]: unknown }> = Partial<T>;
/** Any of them: members of the same name mean the same in all. */
export type NfInfo = Of<Static<typeof AmfInfo>> &
  Of<Static<typeof AusfInfo>> &
  Of<Static<typeof AanfInfo>> &
  Of<Static<typeof BsfInfo>> &
  Of<Static<typeof ChfInfo>> &
  Of<Static<typeof DccfInfo>> &
  Of<Static<typeof EasdfInfo>> &
  Of<Static<typeof GmlcInfo>> &
  Of<Static<typeof HssInfo>> &
  Of<Static<typeof IwmscInfo>> &
  Of<Static<typeof LmfInfo>> &
  Of<Omit<Static<typeof MbSmfInfo>, 'sNssaiInfoList'>> &
  Of<Static<typeof MbUpfInfo>> &
  Of<Static<typeof NefInfo>> &
  Of<Static<typeof NsacfInfo>> &
  Of<Static<typeof NwdafInfo>> &
  Of<Static<typeof PcfInfo>> &
  Of<Static<typeof PcscfInfo>> &
  Of<Static<typeof ScpInfo>> &
  Of<Static<typeof SeppInfo>> &
  Of<Static<typeof SmfInfo>> &
  Of<Static<typeof TrustAfInfo>> &
  Of<Static<typeof UdmInfo>> &
  Of<Static<typeof UdrInfo>> &
  Of<Static<typeof UdsfInfo>> &
  Of<Static<typeof UpfInfo>>;

/** NF types whose member is not simply their name in small letters and `Info`. */
const MEMBERS: Readonly<Record<string, string>> = {
  '5G_DDNMF': '5gDdnmf',
  AF: 'trustAf',
  MB_SMF: 'mbSmf',
  MB_UPF: 'mbUpf',
  SMS_IWMSC: 'iwmsc',
};

/** All that a profile tells of its type of NF; empty when it tells nothing. */
export function infosOf(profile: NFProfile): readonly NfInfo[] {
  const name = MEMBERS[profile.nfType] ?? profile.nfType.toLowerCase();
  const members = profile as unknown as Record<string, object | undefined>;
  const one = members[`${name}Info`];
  return [...(one ? [one] : []), ...Object.values(members[`${name}InfoList`] ?? {})] as NfInfo[];
}
