import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import {
  connectN2,
  listenN2,
  MAX_FRAME_OCTETS,
  type N2Association,
  type N2Message,
  type N2Server,
} from '../src/index.ts';

const HOST = '127.0.0.1';
const plmnId = { mcc: '001', mnc: '01' };
const setup: N2Message = {
  message: 'NGSetupRequest',
  globalRanNodeId: { plmnId, gnbId: '000101' },
  supportedTaList: [{ tac: '000001', broadcastPlmnList: [{ plmnId, taiSliceSupportList: [{ sst: 1 }] }] }],
};
const downlink: N2Message = { message: 'DownlinkNASTransport', amfUeNgapId: 2 ** 33, ranUeNgapId: 1, nasPdu: '7e005d' };

describe('N2 over TCP', () => {
  let server: N2Server;
  let received: { message: N2Message; traceparent?: string }[] = [];
  let errors: string[] = [];
  let gnb: N2Association;
  let answers: N2Message[] = [];

  before(async () => {
    server = await listenN2({ host: HOST, port: 0 }, () => ({
      onMessage: (frame) => received.push(frame),
      onProtocolError: (error) => errors.push(error.n2Cause.value),
    }));
    gnb = await connectN2({ host: HOST, port: server.port }, () => ({
      onMessage: ({ message }) => answers.push(message),
    }));
  });
  after(() => server.close());

  const until = async (condition: () => boolean) => {
    for (let i = 0; i < 400 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.ok(condition());
  };
  /** A raw peer that writes octets as given. */
  const raw = async () => {
    const socket = connect({ host: HOST, port: server.port });
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };
  const framed = (text: string) => {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(Buffer.byteLength(text));
    return Buffer.concat([head, Buffer.from(text)]);
  };

  test('carries messages in order, with the trace context beside them', async () => {
    received = [];
    gnb.send(setup);
    for (let i = 0; i < 50; i++) gnb.send({ ...downlink, ranUeNgapId: i }, `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`);
    await until(() => received.length === 51);
    assert.deepEqual(received[0], { message: setup });
    assert.deepEqual(
      received.slice(1).map(({ message }) => 'ranUeNgapId' in message && message.ranUeNgapId),
      Array.from({ length: 50 }, (_value, i) => i),
    );
    assert.match(received[1]?.traceparent ?? '', /^00-a+-b+-01$/);
  });

  test('puts together frames that arrive octet by octet', async () => {
    received = [];
    const socket = await raw();
    for (const octet of framed(JSON.stringify(setup))) socket.write(Buffer.of(octet));
    await until(() => received.length === 1);
    socket.destroy();
  });

  test('answers what is no message with an ERROR INDICATION and goes on', async () => {
    received = [];
    errors = [];
    answers = [];
    const socket = await raw();
    const bad = [
      'no JSON',
      '[]',
      '{"message":"toString"}',
      '{"message":"NGSetupRequest"}',
      JSON.stringify({ ...downlink, nasPdu: 'zz' }),
      JSON.stringify({ ...downlink, amfUeNgapId: -1 }),
      JSON.stringify({ ...downlink, amfUeNgapId: 1.5 }),
    ];
    for (const text of bad) socket.write(framed(text));
    socket.write(framed(JSON.stringify(setup)));
    await until(() => received.length === 1);
    assert.deepEqual(errors, ['transfer-syntax-error', ...bad.slice(1).map(() => 'abstract-syntax-error-reject')]);
    socket.destroy();
  });

  test('ends an association whose frame is too long, and only that one', async () => {
    received = [];
    const socket = await raw();
    const head = Buffer.alloc(4);
    head.writeUInt32BE(MAX_FRAME_OCTETS + 1);
    socket.write(head);
    await once(socket, 'close');
    gnb.send(setup);
    await until(() => received.length === 1);
  });

  test('rejects when no AMF listens', async () => {
    const gone = await listenN2({ host: HOST, port: 0 }, () => ({ onMessage: () => {} }));
    const { port } = gone;
    await gone.close();
    await assert.rejects(
      connectN2({ host: HOST, port }, () => ({ onMessage: () => {} })),
      { code: 'ECONNREFUSED' },
    );
  });

  test('tells the gNB when the AMF goes away', async () => {
    const amf = await listenN2({ host: HOST, port: 0 }, () => ({ onMessage: () => {} }));
    const lost = Promise.withResolvers<void>();
    await connectN2({ host: HOST, port: amf.port }, () => ({ onMessage: () => {}, onClose: () => lost.resolve() }));
    await amf.close();
    await lost.promise;
  });
});
