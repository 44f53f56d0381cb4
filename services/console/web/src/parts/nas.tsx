/** What the security header type of a NAS message means (TS 24.501 9.3.1, TS 33.501 6.4). */
import { Badge, Stack, Table, Text } from '@mantine/core';

export function NasProtection({ security }: { security: string }) {
  const isPlain = security === 'plain';
  const rows = [
    {
      what: 'Integrity (NIA, KNASint)',
      holds: !isPlain,
      says: isPlain
        ? 'Anybody on the way could have written it.'
        : 'Its MAC covers the message and the NAS COUNT: no change, no replay.',
    },
    {
      what: 'Confidentiality (NEA, KNASenc)',
      holds: security.includes('ciphered'),
      says: security.includes('ciphered')
        ? 'Only UE and AMF can read it; you see it decoded by the AMF.'
        : 'Everybody who hears the air interface can read it.',
    },
    {
      what: 'New security context',
      holds: security.includes('new'),
      says: security.includes('new')
        ? 'The first message under keys of this authentication.'
        : 'Under the keys in use, or none.',
    },
  ];
  return (
    <Stack gap="xs">
      <Text size="sm" fw={600}>
        {security}
      </Text>
      <Table fz="sm" aria-label="Protection of the NAS message">
        <Table.Tbody>
          {rows.map(({ what, holds, says }) => (
            <Table.Tr key={what}>
              <Table.Td>
                <Badge color={holds ? 'teal' : 'gray'} variant="light">
                  {holds ? 'yes' : 'no'}
                </Badge>
              </Table.Td>
              <Table.Td>{what}</Table.Td>
              <Table.Td>{says}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Text size="xs" c="dimmed">
        TS 24.501 4.4 and 9.3.1, TS 33.501 6.4.3, 6.4.4
      </Text>
    </Stack>
  );
}
