/** A message at the border: before, on N32-f, and after. */
import { Badge, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import type { N32Detail, PrinsMessageDetail, SbiTraceRecord } from '@twincore/sbi';
import { useState } from 'react';
import { Icon } from './icon.tsx';
import { Json } from './json.tsx';

const ROLES = {
  cSEPP: 'The consumer’s SEPP: it takes the request apart and protects it.',
  pSEPP: 'The producer’s SEPP: it verifies, puts the request together again, and hands it on.',
  IPX: 'An IPX between the SEPPs: it reads what is clear, and signs what it changes.',
} as const;

export function Border({ record, detail }: { record: SbiTraceRecord; detail: N32Detail }) {
  const { role, peerPlmn, peerFqdn, security, prins, n32fContextId } = detail;
  return (
    <Stack gap="xs">
      <Group gap="xs">
        <Badge color="orange" variant="light" tt="none">
          N32-f, {security}
        </Badge>
        <Text size="sm">
          {role}, peer {peerFqdn} ({peerPlmn})
        </Text>
        {n32fContextId && (
          <Text size="xs" className="mono">
            context {n32fContextId}
          </Text>
        )}
        <Text size="sm">{ROLES[role]}</Text>
      </Group>
      {prins ? <Prins record={record} role={role} prins={prins} /> : <OverTls />}
    </Stack>
  );
}

function OverTls() {
  return (
    <Text size="sm">
      Between the SEPPs the whole message goes through one mutual TLS connection (TS 33.501 13.1.2): nothing on the way
      can read or change any of it, so it looks the same before and after. With PRINS (deploy/*.yaml: n32) you see here
      what was encrypted.
    </Text>
  );
}

type Prins = NonNullable<N32Detail['prins']>;

function Prins({ record, role, prins }: { record: SbiTraceRecord; role: N32Detail['role']; prins: Prins }) {
  const [side, setSide] = useState('request');
  const isRequest = side === 'request';
  const message = isRequest ? prins.request : prins.response;
  const plain = isRequest
    ? { method: record.method, uri: record.uri, headers: record.requestHeaders, body: record.requestBody }
    : { status: record.status, headers: record.responseHeaders, body: record.responseBody };
  // The sender's record has the message before, the receiver's what came out of it; the answer goes the other way.
  const isBefore = (role === 'cSEPP') === isRequest;
  return (
    <Stack gap="xs">
      <SegmentedControl
        w={240}
        size="xs"
        value={side}
        onChange={setSide}
        data={[
          { value: 'request', label: 'Request' },
          { value: 'response', label: 'Answer' },
        ]}
        aria-label="Request or answer"
      />
      {message ? (
        <div className="beside">
          {role !== 'IPX' && isBefore && <Step title="Before: as the NF sent it" value={plain} />}
          <OnTheWay message={message} messageId={prins.messageId} />
          {message.reconstructed !== undefined && <Step title="After: what goes on" value={message.reconstructed} />}
          {role !== 'IPX' && !isBefore && message.reconstructed === undefined && (
            <Step title="After: what the NF gets" value={plain} />
          )}
        </div>
      ) : (
        <Text size="sm">There was no such message.</Text>
      )}
    </Stack>
  );
}

function OnTheWay({
  message: { clear, encrypted, modifications = [] },
  messageId,
}: {
  message: PrinsMessageDetail;
  messageId: string;
}) {
  return (
    <div>
      <Text size="sm" fw={600}>
        On N32-f: what everybody between the SEPPs can read (message {messageId})
      </Text>
      <Group gap={4}>
        {encrypted.map((place) => (
          <Badge key={place} color="orange" variant="light" leftSection={<Icon name="lock" size={12} />} tt="none">
            {place}
          </Badge>
        ))}
      </Group>
      <Json value={clear} label="On N32-f" />
      {modifications.map(({ signer, operations }) => (
        <Step key={signer} title={`Changed and signed by ${signer}`} value={operations} />
      ))}
    </div>
  );
}

function Step({ title, value }: { title: string; value: unknown }) {
  return (
    <div>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      <Json value={value} label={title} />
    </div>
  );
}
