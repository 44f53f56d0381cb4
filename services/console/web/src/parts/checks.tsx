/** Checks of a token, each with its clause. */
import { Badge, Table, Text } from '@mantine/core';
import type { CheckResult } from '../../../src/wire.ts';

const LOOKS: Readonly<Record<CheckResult['result'], { readonly color: string; readonly sign: string }>> = {
  passed: { color: 'teal', sign: '✓' },
  failed: { color: 'red', sign: '✗' },
  'not reached': { color: 'gray', sign: '…' },
  'not applicable': { color: 'gray', sign: '–' },
  'not checked': { color: 'yellow', sign: '?' },
};

export function Checks({
  checks,
  names = {},
}: {
  checks: readonly CheckResult[];
  names?: Readonly<Record<string, string>>;
}) {
  return (
    <Table verticalSpacing={3} horizontalSpacing={6} fz="xs" withRowBorders aria-label="Checks of the access token">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Result</Table.Th>
          <Table.Th>Check</Table.Th>
          <Table.Th>Clause</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {checks.map(({ name, clause, result, detail }) => (
          <Table.Tr key={name}>
            <Table.Td>
              <Badge color={LOOKS[result].color} variant={result === 'failed' ? 'filled' : 'light'} className="check">
                {LOOKS[result].sign} {result}
              </Badge>
            </Table.Td>
            <Table.Td>
              {name}
              {detail && (
                <Text size="xs" c="dimmed" className="mono breaks">
                  {names[detail.toLowerCase()] ? `${names[detail.toLowerCase()]} (${detail})` : detail}
                </Text>
              )}
            </Table.Td>
            <Table.Td>
              <Text size="xs">{clause}</Text>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
