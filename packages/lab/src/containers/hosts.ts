/** Where the NFs of a topology are when each is a container: `containers.yaml`. */
import { join } from 'node:path';
import Type, { type Static } from 'typebox';
import { LabError } from '../errors.ts';
import { expand } from '../templates.ts';
import { SITES, type SitePlan } from '../topology.ts';
import { readYaml } from '../yaml-file.ts';

const Hosts = Type.Object(
  { host: Type.String(), n2Host: Type.Optional(Type.String()), n32Host: Type.Optional(Type.String()) },
  { additionalProperties: false },
);
const HostsFile = Type.Object(
  Object.fromEntries(SITES.map((site) => [site, Type.Record(Type.String(), Hosts)] as const)),
  { additionalProperties: false },
);
export const HOSTS_FILE = 'containers.yaml';

/** By site and name. `net` is put in place of `${net}`: the first two numbers of every address. */
export function readHosts(deployDir: string, net: string): Record<string, Record<string, Static<typeof Hosts>>> {
  return expand(readYaml(HostsFile, join(deployDir, HOSTS_FILE)), { net }, HOSTS_FILE) as Record<
    string,
    Record<string, Static<typeof Hosts>>
  >;
}

/** The topology with each NF at its own address. Throws a {@link LabError} for an NF that has none. */
export function atHosts(topology: readonly SitePlan[], hosts: ReturnType<typeof readHosts>): SitePlan[] {
  return topology.map((site) => ({
    ...site,
    nfs: site.nfs.map((nf) => {
      const own = hosts[site.name]?.[nf.name];
      if (own) return { ...nf, ...own };
      throw new LabError(
        `${HOSTS_FILE} has no address of ${site.name}/${nf.name}`,
        'Give it one, and a service with that address in docker-compose.yml.',
      );
    }),
  }));
}
