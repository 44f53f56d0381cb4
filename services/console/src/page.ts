/** The page: what Vite has built. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import staticFiles from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { newNonce, securityHeaders } from './security/headers.ts';

const NONCE = '__CSP_NONCE__';
const BUILT = 'assets/';

/** Serves `dist`; the page itself with a new nonce each time. */
export async function page(app: FastifyInstance, dist: string): Promise<void> {
  const html = await readFile(join(dist, 'index.html'), 'utf8');
  await app.register(staticFiles, {
    root: join(dist, BUILT),
    prefix: `/${BUILT}`,
    index: false,
    // Names of built files have a hash of their content.
    immutable: true,
    maxAge: '365d',
  });
  app.get('/favicon.svg', async (_request, reply) =>
    reply.type('image/svg+xml').send(createReadStream(join(dist, 'favicon.svg'))),
  );
  app.get('/', async (_request, reply) => {
    const nonce = newNonce();
    return reply
      .headers({ ...securityHeaders(nonce), 'cache-control': 'no-store' })
      .type('text/html; charset=utf-8')
      .send(html.replaceAll(NONCE, nonce));
  });
}
