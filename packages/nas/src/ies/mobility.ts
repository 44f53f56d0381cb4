import { enumeration, flags, type IeCodec } from './codec.ts';

const LOW_3 = 0b111;
const LOW_2 = 0b11;
const BIT_4 = 0b1000;
const BIT_3 = 0b0100;
const UNUSED_SIGNALLING = [7, 8];

const registrationTypes = enumeration(
  {
    1: 'INITIAL',
    2: 'MOBILITY UPDATING',
    3: 'PERIODIC UPDATING',
    4: 'EMERGENCY',
    5: 'SNPN ONBOARDING',
    6: 'DISASTER ROAMING MOBILITY UPDATING',
    7: 'DISASTER ROAMING INITIAL',
  },
  'INITIAL',
);

/** 5GS registration type and whether more signalling follows (FOR bit). */
export interface RegistrationType {
  readonly type: ReturnType<typeof registrationTypes.name>;
  readonly followOnRequest: boolean;
}

/** 5GS registration type (TS 24.501 9.11.3.7), half octet; unused values are read as initial registration. */
export const registrationType: IeCodec<RegistrationType> = {
  encode: ({ type, followOnRequest }) => Buffer.from([registrationTypes.code(type) | (followOnRequest ? BIT_4 : 0)]),
  decode(octets) {
    const nibble = octets.readUInt8(0);
    return { type: registrationTypes.name(nibble & LOW_3), followOnRequest: (nibble & BIT_4) !== 0 };
  },
};

const access = enumeration({ 1: '3GPP', 2: 'NON-3GPP', 3: '3GPP AND NON-3GPP' });
export type Access = ReturnType<typeof access.name>;

const resultFlags = flags({ smsAllowed: 4, nssaaPending: 5, emergencyRegistered: 6, disasterRoaming: 7 });

/** 5GS registration result: over which access the UE is registered, and the flags of octet 3. */
export interface RegistrationResult {
  readonly access: Access;
  readonly smsAllowed?: boolean;
  readonly nssaaPending?: boolean;
  readonly emergencyRegistered?: boolean;
  readonly disasterRoaming?: boolean;
}

/** 5GS registration result (TS 24.501 9.11.3.6), 1 octet. Flags may be left out when encoding, are all there when decoded. */
export const registrationResult: IeCodec<RegistrationResult> = {
  encode({
    access: over,
    smsAllowed = false,
    nssaaPending = false,
    emergencyRegistered = false,
    disasterRoaming = false,
  }) {
    const octet = resultFlags.encode({ smsAllowed, nssaaPending, emergencyRegistered, disasterRoaming }).readUInt8(0);
    return Buffer.from([octet | access.code(over)]);
  },
  decode: (octets) => ({ access: access.name(octets.readUInt8(0) & LOW_3), ...resultFlags.decode(octets) }),
};

/** De-registration type: switch off (UE originating), re-registration required (UE terminated), access. */
export interface DeregistrationType {
  readonly switchOff: boolean;
  readonly reRegistrationRequired: boolean;
  readonly access: Access;
}

/** De-registration type (TS 24.501 9.11.3.20), half octet. */
export const deregistrationType: IeCodec<DeregistrationType> = {
  encode: (value) =>
    Buffer.from([
      (value.switchOff ? BIT_4 : 0) | (value.reRegistrationRequired ? BIT_3 : 0) | access.code(value.access),
    ]),
  decode(octets) {
    const nibble = octets.readUInt8(0);
    return {
      switchOff: (nibble & BIT_4) !== 0,
      reRegistrationRequired: (nibble & BIT_3) !== 0,
      access: access.name(nibble & LOW_2),
    };
  },
};

const serviceTypes = enumeration(
  {
    0: 'SIGNALLING',
    1: 'DATA',
    2: 'MOBILE TERMINATED SERVICES',
    3: 'EMERGENCY SERVICES',
    4: 'EMERGENCY SERVICES FALLBACK',
    5: 'HIGH PRIORITY ACCESS',
    6: 'ELEVATED SIGNALLING',
  },
  'DATA',
);

/** Service type (TS 24.501 9.11.3.50), half octet; unused 7 and 8 are read as signalling, those above as data. */
export const serviceType: IeCodec<ReturnType<typeof serviceTypes.name>> = {
  encode: (value) => Buffer.from([serviceTypes.code(value)]),
  decode(octets) {
    const nibble = octets.readUInt8(0);
    return UNUSED_SIGNALLING.includes(nibble) ? 'SIGNALLING' : serviceTypes.name(nibble);
  },
};

/** UE status (TS 24.501 9.11.3.56): registered in EPS (S1 mode), registered in 5GS (N1 mode). */
export const ueStatus = flags({ s1ModeRegistered: 1, n1ModeRegistered: 2 });
