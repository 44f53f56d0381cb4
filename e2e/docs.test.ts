/** The documents: links lead somewhere, the course's terms are in the glossary with their clause, its commands are ones that there are. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { PROJECT_ROOT, readTopology } from '@twincore/lab';
import GithubSlugger from 'github-slugger';
import { Marked, type Token, type Tokens } from 'marked';
import { createProgram } from '../packages/cli/src/program.ts';

const marked = new Marked();

interface Page {
  /** Relative to the project. */
  readonly name: string;
  readonly path: string;
  readonly tokens: readonly Token[];
  readonly anchors: ReadonlySet<string>;
}

const pages = new Map<string, Page>();
function pageOf(path: string): Page {
  const known = pages.get(path);
  if (known) return known;
  const tokens: Token[] = [];
  marked.walkTokens(marked.lexer(readFileSync(path, 'utf8')), (token) => {
    tokens.push(token);
  });
  // Where GitHub jumps to: a heading's text as it is seen, without its punctuation.
  const slugger = new GithubSlugger();
  const anchors = new Set(tokens.filter(isHeading).map((heading) => slugger.slug(textOf(heading.tokens))));
  const page = { name: relative(PROJECT_ROOT, path), path, tokens, anchors };
  pages.set(path, page);
  return page;
}

const isHeading = (token: Token): token is Tokens.Heading => token.type === 'heading';
const isLink = (token: Token): token is Tokens.Link | Tokens.Image => token.type === 'link' || token.type === 'image';
const isShell = (token: Token): token is Tokens.Code => token.type === 'code' && token.lang === 'sh';

/** What one reads, without what is code. */
function textOf(tokens: readonly Token[] = []): string {
  return tokens
    .map((token) => {
      if ('tokens' in token && token.tokens) return textOf(token.tokens);
      return token.type === 'text' || token.type === 'escape' || token.type === 'codespan' ? token.text : '';
    })
    .join('');
}

const documents = globSync(
  [
    '*.md',
    '{docs,deploy,bench,e2e,examples}/**/*.md',
    '{packages,services}/*/*.md',
    '{packages,services}/*/src/**/*.md',
  ],
  { cwd: PROJECT_ROOT, exclude: ['**/node_modules/**'] },
).toSorted();
const COURSE = documents.filter((name) => /^docs\/course\/\d/.test(name));
const GLOSSARY = join(PROJECT_ROOT, 'docs/glossary.md');
const courseAndIndex = ['docs/course/README.md', ...COURSE];

test('every link in every document leads to a file, and to a heading of it', () => {
  const broken = documents.flatMap((name) => {
    const page = pageOf(join(PROJECT_ROOT, name));
    return page.tokens
      .filter(isLink)
      .filter(({ href }) => !/^[a-z]+:/.test(href))
      .filter(({ href }) => !leads(page, href))
      .map(({ href }) => `${name}: ${href}`);
  });
  assert.deepEqual(broken, []);
});

function leads({ path }: Page, href: string): boolean {
  const [file = '', anchor] = decodeURI(href).split('#', 2);
  const target = file === '' ? path : resolve(dirname(path), file);
  if (!existsSync(target)) return false;
  return anchor === undefined || (statSync(target).isFile() && pageOf(target).anchors.has(anchor));
}

describe('the glossary', () => {
  const entries = readFileSync(GLOSSARY, 'utf8').split(/^## /m).slice(1);

  test('has of each term what it is, its clause, and where it is in the repository', () => {
    assert.ok(entries.length > 0);
    const incomplete = entries.filter((entry) => {
      const [, , meaning = '', , source = ''] = entry.split('\n');
      return !/\w/.test(meaning) || !/^(TS|RFC) \d.* · \[[^\]]+\]\([^)]+\)$/.test(source);
    });
    assert.deepEqual(incomplete, []);
  });

  test('is in the order of the alphabet', () => {
    const terms = entries.map((entry) => entry.split('\n', 1)[0]?.toLowerCase() ?? '');
    assert.deepEqual(terms, terms.toSorted());
  });
});

describe('the course', () => {
  test('has seven pages, each with a picture, a question, and a way on', () => {
    assert.equal(COURSE.length, 7);
    for (const name of COURSE) {
      const { tokens } = pageOf(join(PROJECT_ROOT, name));
      assert.ok(
        tokens.some(({ type }) => type === 'image'),
        `${name} has no picture`,
      );
      assert.ok(
        tokens.some((token) => isHeading(token) && token.text === 'Questions'),
        `${name} asks nothing`,
      );
      const titles = tokens.filter(isLink).map(({ href }) => href);
      const next = COURSE[COURSE.indexOf(name) + 1];
      if (next) assert.ok(titles.includes(next.replace('docs/course/', '')), `${name} does not lead to the next page`);
    }
  });

  test('links each abbreviation that it uses to its place in the glossary', () => {
    const terms = [...pageOf(GLOSSARY).tokens]
      .filter(isHeading)
      .map(({ tokens }) => textOf(tokens))
      .filter((term) => /^[0-9A-Za-z]*[A-Z][0-9A-Z-]+$/.test(term));
    assert.ok(terms.length > 20);
    const missing = COURSE.flatMap((name) => {
      const { tokens } = pageOf(join(PROJECT_ROOT, name));
      const links = new Set(tokens.filter(isLink).map(({ href }) => href));
      const prose = tokens
        .filter(({ type }) => type === 'paragraph' || type === 'heading' || type === 'table')
        .map(({ raw }) => raw.replaceAll(/`[^`]*`|\[[^\]]*\]\([^)]*\)/g, ' '))
        .join(' ');
      return terms
        .filter((term) => new RegExp(`(?<![\\w-])${term}s?(?![\\w-])`).test(prose))
        .filter((term) => !links.has(`../glossary.md#${term.toLowerCase()}`))
        .map((term) => `${name}: ${term}`);
    });
    assert.deepEqual(missing, []);
  });

  for (const name of courseAndIndex) {
    test(`${name} has only commands that there are`, async () => {
      const lines = pageOf(join(PROJECT_ROOT, name))
        .tokens.filter(isShell)
        .flatMap(({ text }) => text.split('\n'));
      assert.ok(lines.length > 0);
      for (const line of lines) await checkCommand(line);
    });
  }
});

const HOME = readTopology(join(PROJECT_ROOT, 'deploy')).find(({ name }) => name === 'home');
const ATTACKS = readFileSync(join(PROJECT_ROOT, 'docs/authorization.md'), 'utf8');

/** Each call of the command in a line of shell is parsed by the command itself, short of doing it. */
async function checkCommand(line: string): Promise<void> {
  for (const [, args = ''] of line.matchAll(/npm run (?:-s )?twincore -- (.*?)(?= ?[|)]|$)/g))
    await parsed(words(args));
  for (const [, args = ''] of line.matchAll(/npm start(?: -- (.*))?$/g)) await parsed(['up', ...words(args)]);
  for (const [, ids = ''] of line.matchAll(/npm run (?:-s )?attacks(?: -- (.*))?$/g))
    for (const id of words(ids)) assert.match(ATTACKS, new RegExp(`\\b${id}\\b`), `no attack ${id}`);
  const nfs = HOME?.nfs ?? [];
  for (const [, nf, port] of line.matchAll(/https:\/\/(\w+)\.\$net:(\d+)/g))
    assert.ok(
      nfs.some((one) => one.name === nf && String(one.port) === port),
      `no ${nf} at ${port}`,
    );
  for (const [, nf] of line.matchAll(/^sbi (\w+)/g))
    assert.ok(
      nfs.some((one) => one.name === nf),
      `no ${nf}`,
    );
}

/** Words of a shell that are quoted or not; variables stay as they are written. */
const words = (args: string): string[] => args.match(/"[^"]*"|\S+/g)?.map((word) => word.replaceAll('"', '')) ?? [];

async function parsed(args: readonly string[]): Promise<void> {
  const program = createProgram();
  doNothing(program);
  await program.parseAsync(args, { from: 'user' }).catch((error: unknown) => {
    assert.fail(`${args.join(' ')}: ${error instanceof Error ? error.message : error}`);
  });
}

function doNothing(command: ReturnType<typeof createProgram>): void {
  command.configureOutput({ writeErr: () => {} });
  if (command.commands.length === 0 || command.name() === 'trace') command.action(() => {});
  for (const one of command.commands) doNothing(one);
}
