/** The console's configuration: one documented default for everything. */
import Type, { type Static } from 'typebox';

const Whole = (value: number, minimum = 1) => Type.Integer({ minimum, maximum: 100_000_000, default: value });

export const ConsoleConfig = Type.Object(
  {
    /** The lab directory: its runs are shown. */
    dir: Type.String({ minLength: 1 }),
    /** Other than loopback, it demands a login. */
    host: Type.String({ minLength: 1, default: '127.0.0.1' }),
    /** 0 takes a free one. */
    port: Type.Integer({ minimum: 0, maximum: 65535, default: 17400 }),
    /** A login also on loopback, for machines that others use too. */
    login: Type.Boolean({ default: false }),
    /** Names, beside the address, by which browsers may call it; with any other in Host it answers 421. */
    names: Type.Array(Type.String({ minLength: 1 }), { default: [] }),
    /** 3GPP OpenAPI documents; absent: as `twincore conformance` finds them. */
    specs: Type.Optional(Type.String({ minLength: 1 })),
    limits: Type.Object(
      {
        /** Messages in memory. About 1 kB each (200,000 were read in 1.5 s into 300 MB); beyond it the oldest are forgotten. */
        messages: Whole(200_000, 10),
        /** Longest line of a trace that is read. */
        lineBytes: Whole(4 * 1024 * 1024, 1_024),
        /** How often the traces are looked at, in milliseconds. */
        followMs: Whole(200),
        /** How often each NF is asked for its health. A dead one is shown within twice that. */
        healthMs: Whole(1_000),
        /** Connections for live updates. */
        streams: Whole(32),
      },
      { default: {}, additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);
export type ConsoleConfig = Static<typeof ConsoleConfig>;
