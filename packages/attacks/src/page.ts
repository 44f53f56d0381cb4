/** `docs/attacks.md`, made of the catalogue: node packages/attacks/src/page.ts > docs/attacks.md */
import { DEFENCE_FILES } from './defences.ts';
import { refusalText } from './describe.ts';
import { CATALOGUE } from './index.ts';

/** The whole page. */
export function page(): string {
  const rows = CATALOGUE.map((attack) => {
    const { id, title, target, clause, references, defence, refusal } = attack;
    const file = DEFENCE_FILES[defence];
    const cells = [id, title, target, clause, references.join(', '), refusalText(refusal), `[${defence}](../${file})`];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return `${HEAD}\n${rows.join('\n')}\n`;
}

const HEAD = `# Attacks

Every attack here is run against the real NFs twice: with every defence on it is refused, exactly as the table says; without the one
defence against it, it succeeds. So each check is known to be able to fail.

\`\`\`
npm run twincore -- attack list
npm run twincore -- attack show A8
npm run twincore -- attack run A8 N1
npm run twincore -- attack run --all
\`\`\`

\`show\` tells the story of one, and gives the commands to follow it by hand with curl while a lab runs: they are made of the same steps
that \`run\` plays. \`run\` has a lab of its own, in a temporary directory. Its status is 0 when all are as expected, 1 when one is not, 2 when
there is no such attack. The console has the same catalogue.

Ids with A and B are those of attacks that worked on other cores; G are checks that no such attack is about; N is the border between
networks. What else can be wrong with a message of PRINS is in tests of its own: \`services/sepp/test/prins.test.ts\`. So are attacks
on NAS: \`services/amf/test/attacks.test.ts\`.

| id | attack | target | clause | seen in | refused with | defence |
| --- | --- | --- | --- | --- | --- | --- |`;

if (import.meta.main) process.stdout.write(page());
