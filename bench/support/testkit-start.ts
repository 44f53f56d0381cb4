/**
 * How long until a test may begin, told by a process of its own: with a PLMN of the testkit, or with the same modules loaded and as many
 * bare Fastify servers listening, over TLS with certificates that are there already.
 *
 *   testkit-start.ts plmn | testkit-start.ts bare KEY CERT
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PROJECT_ROOT } from '@twincore/lab/parts';
import { startPlmn } from '@twincore/testkit';

const NFS = ['nrf', 'ausf', 'udm', 'udr'];
const [what, key = '', cert = ''] = process.argv.slice(2);
const loaded = performance.now();

if (what === 'plmn') {
  const plmn = await startPlmn({ nfs: NFS });
  const first = performance.now();
  const second = await startPlmn({ nfs: NFS });
  const again = performance.now() - first;
  await second.close();
  await plmn.close();
  console.log(JSON.stringify({ loaded, ready: first, again }));
} else {
  for (const nf of NFS) await import(pathToFileURL(join(PROJECT_ROOT, 'services', nf, 'src/nf.ts')).href);
  // The one that the NFs use.
  const { default: fastify } = await import(
    createRequire(join(PROJECT_ROOT, 'packages/sbi/package.json')).resolve('fastify')
  );
  const tls = { key: readFileSync(key), cert: readFileSync(cert) };
  const servers = NFS.map(() => fastify({ http2: true, https: tls, logger: false }));
  await Promise.all(servers.map((server) => server.listen({ host: '127.0.0.1', port: 0 })));
  const ready = performance.now();
  await Promise.all(servers.map((server) => server.close()));
  console.log(JSON.stringify({ loaded, ready }));
}
