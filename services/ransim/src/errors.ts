/** Why ransim cannot do what it was asked for; the API turns each reason into a status. */
export type RansimErrorReason =
  | 'UE_NOT_FOUND'
  | 'UE_BUSY'
  | 'UE_NOT_REGISTERED'
  | 'NO_GUTI'
  | 'NO_GNB_FOR_PLMN'
  | 'AMF_NOT_REACHABLE';

export class RansimError extends Error {
  readonly reason: RansimErrorReason;
  constructor(reason: RansimErrorReason, detail: string) {
    super(detail);
    this.reason = reason;
  }
}
