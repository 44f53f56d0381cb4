/** NRF discovery against a raw node:http2 server that answers the same bytes, over cleartext and over mutual TLS. */
import { ROUNDS, SECONDS, SHAPE, startNrf } from './support/nrf.ts';
import { printTable, progress, whole } from './support/output.ts';

export async function discovery(): Promise<void> {
  const rows = [['', 'raw node:http2 /s', 'NRF /s', 'ratio', 'aim']];
  for (const cleartext of [true, false]) {
    const { raw, nrf } = await compare(cleartext);
    rows.push([cleartext ? 'cleartext' : 'mutual TLS 1.3', whole(raw), whole(nrf), (nrf / raw).toFixed(2), '0.50']);
  }
  progress('');
  console.log(
    `  one AUSF among 10 NFs; ${SHAPE.concurrency} requests under way; medians of ${ROUNDS} rounds of ${SECONDS} s, taken in turn`,
  );
  printTable(rows);
}

async function compare(cleartext: boolean): Promise<{ raw: number; nrf: number }> {
  const nrf = await startNrf(cleartext);
  try {
    const amf = await nrf.nf('AMF');
    for (let i = 0; i < 9; i++) await nrf.register(await nrf.nf(i === 0 ? 'AUSF' : 'UDM'));
    await nrf.register(amf);
    const query = { 'target-nf-type': 'AUSF', 'service-names': 'nausf-auth' };
    return await nrf.compare(amf, query, cleartext ? 'cleartext' : 'TLS');
  } finally {
    await nrf.stop();
  }
}
