import { readdirSync, readFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { type LuaHeader, parseLuaHeader } from './lua-header.js';
import { generatedFrom, table } from './table.js';

/** Where the scripts are, and where the table that is generated from their headers goes. */
const FOLDER = 'src/redis/scripts/lua';
export const SCRIPT_TABLE = 'src/redis/scripts/scripts.generated.ts';

const WIDTH = 130;

const ROOT = new URL('../../', import.meta.url);

/** Every header, by the script's name. Throws for one that cannot be read, or whose names hide a function of its includes. */
function readHeaders(): LuaHeader[] {
  const files = readdirSync(new URL(`${FOLDER}/`, ROOT)).filter((file) => file.endsWith('.lua'));
  return files.toSorted().map((file) => {
    const header = parseLuaHeader(file.slice(0, -'.lua'.length), read(file));
    for (const piece of header.includes) refuseHiding(header, piece);
    return header;
  });
}

function refuseHiding({ name, keys, args, rest }: LuaHeader, piece: string): void {
  const functions = [...read(`lib/${piece}.lua`).matchAll(/^local function (\w+)/gm)].map((match) => match[1] ?? '');
  const hidden = functions.find((each) => [...keys, ...args, rest].includes(each));
  if (hidden === undefined) return;
  throw new SyntaxError(`the header of the script ${name}: "${hidden}" is a function of lib/${piece}.lua; rename one`);
}

function read(file: string): string {
  return readFileSync(new URL(`${FOLDER}/${file}`, ROOT), 'utf8');
}

/** The text of the table that the TypeScript side uses: names in order, replies, and who runs the script. */
export async function renderScriptTable(): Promise<string> {
  const rows = readHeaders().map((header) => {
    const { name, purpose, runBy, includes, keys, args, rest, replies, notes } = header;
    const row = {
      runBy: runBy.map(({ principal }) => principal),
      includes,
      keys,
      args,
      rest,
      atMaxmemory: notes.find(({ label }) => label === 'AT MAXMEMORY')?.text,
      replies: replies.map(({ word }) => word),
    };
    return `${comment(purpose)}\n${name}: ${JSON.stringify(row)},`;
  });
  const text = `// Generated from the headers in ${FOLDER} by \`npm run docs\`. Change them, not this file.
export const SCRIPTS = {
${rows.join('\n')}
} as const;
`;
  const options = await resolveConfig(new URL(SCRIPT_TABLE, ROOT));
  return format(text, { ...options, parser: 'typescript' });
}

function comment(purpose: string): string {
  const lines = wrapped(sentence(purpose), 112);
  return lines.length === 1 ? `/** ${lines[0]} */` : `/**\n${lines.map((line) => ` * ${line}`).join('\n')}\n */`;
}

function sentence(purpose: string): string {
  return `${purpose.charAt(0).toUpperCase()}${purpose.slice(1)}`;
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}

/** The text of `docs/redis-scripts.md`. */
export function renderRedisScriptsPage(): string {
  const headers = readHeaders();
  const overview = headers.map(({ name, runBy }) => [
    `[\`${name}\`](#${name})`,
    runBy.map(({ principal }) => principal).join(', '),
  ]);
  return `# Redis scripts

${generatedFrom(`the headers in ${FOLDER}`)}

Every change of more than one key is one Lua script, so that it happens completely or not at all. The header of a script is the
only place that names its keys, arguments and replies: the names in its body, the types of its callers, the rights of the Redis
users and this page come from it.

- **Run by** names the Redis users that may run the script; an operator's calls use the operators' connection.
- **Keys** have the names of [Redis keys](redis-keys.md). \`state\` is the kill switch or the arm state, \`stream\` is one of the
  streams with consumer groups.
- **Replies** are one word each, followed by the values in parentheses. An empty value stands for one that is not there.

${table(['script', 'run by'], overview)}

${headers.map((header) => section(header)).join('\n\n')}
`;
}

function section({ name, purpose, runBy, keys, args, rest, replies, notes }: LuaHeader): string {
  const codes = (names: readonly string[]): string => names.map((each) => `\`${each}\``).join(', ');
  const argv = [...args, ...(rest === undefined ? [] : [`...${rest}`])];
  const lines = [
    ['Run by', runBy.map(({ principal, why }) => (why === undefined ? principal : `${principal} (${why})`)).join(', ')],
    ['Keys', codes(keys)],
    ['Arguments', argv.length === 0 ? 'none' : codes(argv)],
    [
      'Replies',
      replies.map(({ word, values }) => codes([word]) + (values.length > 0 ? ` (${codes(values)})` : '')).join(' · '),
    ],
    ...notes.map(({ label, text }) => [sentence(label.toLowerCase()), text]),
  ];
  const items = lines.map(([label, text]) => wrapped(`- **${label}:** ${text}`, WIDTH).join('\n  '));
  return [`## ${name}`, wrapped(sentence(purpose), WIDTH).join('\n'), items.join('\n')].join('\n\n');
}
