// Turns the output of `twincore trace` (standard input) into an SVG for the README (standard output).
import { readFileSync } from 'node:fs';

const LINE = 15;
const CHARACTER = 6.63;
const COLORS = [
  [/NAS /, '#79c0ff'],
  [/N32-f/, '#ffa657'],
  [/token ✓/, '#7ee787'],
  [/^\s+\[/, '#8b949e'],
];
const escapeXml = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const lines = readFileSync(0, 'utf8').trimEnd().split('\n');
const width = Math.ceil(Math.max(...lines.map((line) => line.length)) * CHARACTER) + 24;
const height = lines.length * LINE + 20;
const text = lines.map((line, index) => {
  const color = COLORS.find(([sign]) => sign.test(line))?.[1] ?? '#c9d1d9';
  return `<text x="12" y="${18 + index * LINE}" fill="${color}" xml:space="preserve">${escapeXml(line)}</text>`;
});
console.log(
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="11">
<title>What twincore trace prints</title>
<rect width="100%" height="100%" rx="6" fill="#0d1117"/>
${text.join('\n')}
</svg>`,
);
