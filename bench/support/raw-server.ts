/** The limit that an NF is measured against: node:http2 alone, which answers every request with the same bytes. */
import { readFileSync } from 'node:fs';
import { createSecureServer, createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';

const { body, tls } = JSON.parse(process.argv[2] ?? '{}') as {
  body: string;
  tls?: { key: string; cert: string; ca: string };
};
const octets = Buffer.from(body);
const answer = (stream: ServerHttp2Stream) => {
  stream.respond({ ':status': 200, 'content-type': 'application/json', 'content-length': octets.length });
  stream.end(octets);
};
const server = tls
  ? createSecureServer({
      key: readFileSync(tls.key),
      cert: readFileSync(tls.cert),
      ca: readFileSync(tls.ca),
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.3',
    })
  : createServer();
server.on('stream', answer);
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());
