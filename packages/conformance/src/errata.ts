/**
 * Slips in the 3GPP Release 17 documents that would make correct messages fail, or a document unreadable. Each is mended
 * in the text before it is parsed; everything else is validated as published.
 */
export interface Erratum {
  readonly file: string;
  /** The text as published; an edition in which it does not occur has been mended by 3GPP and is taken as it is. */
  readonly find: string;
  readonly replace: string;
  readonly why: string;
}

export const ERRATA: readonly Erratum[] = [
  {
    file: 'TS29575_Nadrf_DataManagement.yaml',
    find: "FetchInstruction'#",
    replace: "FetchInstruction' #",
    why: 'a comment must be set off by white space (YAML 1.2, 6.6); the file is no YAML otherwise',
  },
  {
    file: 'TS29531_Nnssf_NSSAIAvailability.yaml',
    find: 'application/json-patch+json::',
    replace: 'application/json-patch+json:',
    why: 'the second colon becomes part of the media type',
  },
  {
    file: 'TS32291_Nchf_ConvergedCharging.yaml',
    find: 'application/ json:',
    replace: 'application/json:',
    why: 'a media type contains no space',
  },
  ...['TS29505_Subscription_Data.yaml', 'TS29504_Nudr_DR.yaml'].map((file) => ({
    file,
    find: '/subscription-data/group-data/{ueGroupId}/ee-subscriptions/{subsId}/hss-subscriptions:',
    replace: '/subscription-data/group-data/{externalGroupId}/ee-subscriptions/{subsId}/hss-subscriptions:',
    why: 'the parameter of this path is called externalGroupId; one called ueGroupId is not described',
  })),
  {
    file: 'TS29504_Nudr_DR.yaml',
    find: 'group-data~1%7BueGroupId%7D~1ee-subscriptions~1%7BsubsId%7D~1hss-subscriptions',
    replace: 'group-data~1%7BexternalGroupId%7D~1ee-subscriptions~1%7BsubsId%7D~1hss-subscriptions',
    why: 'follows the path that is called otherwise',
  },
];

/** `text` of `file` with its errata mended. */
export function mend(file: string, text: string, errata: readonly Erratum[] = ERRATA): string {
  return errata.filter((one) => one.file === file).reduce((all, one) => all.replaceAll(one.find, one.replace), text);
}
