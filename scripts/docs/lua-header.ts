/** What the comment at the head of a Lua script says: the one place where a script's names are written down. */
export interface LuaHeader {
  readonly name: string;
  readonly purpose: string;
  readonly runBy: readonly { readonly principal: string; readonly why?: string }[];
  readonly includes: readonly string[];
  readonly keys: readonly string[];
  readonly args: readonly string[];
  /** The name for whatever follows the named arguments, `...fields` in the header. */
  readonly rest?: string;
  readonly replies: readonly { readonly word: string; readonly values: readonly string[] }[];
  /** Lines with a label of their own, in the header's order: read by people and tests. */
  readonly notes: readonly { readonly label: string; readonly text: string }[];
}

const LABEL = /^-- ([A-Z]+(?: [A-Z]+)*): (.+)$/;
/** A line that goes on with the label before it is indented. */
const CONTINUED = /^-- {3,}(\S.*)$/;
const KNOWN = ['RUN BY', 'INCLUDE', 'KEYS', 'ARGV', 'REPLY'];
const NAME = /^[a-z][A-Za-z0-9]*$/;
const RUNNER = /^([a-z][a-z -]*[a-z])(?: \(([^()]+)\))?$/;
const WORD = /^[a-z]+(?:_[a-z]+)*$/;
const LUA_WORDS = new Set(
  (
    'and break do else elseif end false for function if in local nil not or repeat return then true until while ' +
    'ARGV KEYS cjson ipairs math next pairs pcall redis select string table tonumber tostring type unpack'
  ).split(' '),
);

/** Throws a SyntaxError with the script's name for a header that leaves something out or says it twice. */
export function parseLuaHeader(name: string, text: string): LuaHeader {
  const fail = (fault: string): never => {
    throw new SyntaxError(`the header of the script ${name}: ${fault}`);
  };
  const { purpose, labels } = readLines(name, text, fail);
  const needed = (label: string): string =>
    labels.get(label) ?? fail(`there is no line "-- ${label}: …"; KEYS, REPLY and RUN BY are needed`);
  const list = (label: string): string[] => split(labels.get(label) ?? '', ',');

  const argv = list('ARGV');
  const rest = argv.at(-1)?.startsWith('...') ? argv.pop()?.slice(3) : undefined;
  const keys = split(needed('KEYS'), ',');
  const named = [...keys, ...argv, ...(rest === undefined ? [] : [rest])];
  for (const [at, each] of named.entries()) {
    if (!NAME.test(each))
      fail(`"${each}" is not a name; write it in camelCase, and "...name" only as the last of ARGV`);
    if (LUA_WORDS.has(each)) fail(`"${each}" has a meaning in Lua; choose another name`);
    if (named.indexOf(each) !== at) fail(`"${each}" is there twice; each key and argument needs a name of its own`);
  }
  const replies = split(needed('REPLY'), '|').map((reply) => {
    const [word = '', ...values] = reply.split(' ');
    return WORD.test(word) ? { word, values } : fail(`"${word}" is not a reply; write one word in snake_case`);
  });
  const words = replies.map(({ word }) => word);
  const twice = words.find((word, at) => words.indexOf(word) !== at);
  if (twice !== undefined) fail(`the reply "${twice}" is there twice`);
  const runBy = split(needed('RUN BY'), ',').map((runner) => {
    const [, principal, why] =
      RUNNER.exec(runner) ?? fail(`"${runner}" does not say who; write "apply" or "apply (why)"`);
    return { principal: principal ?? '', ...(why === undefined ? {} : { why }) };
  });
  const notes = [...labels].filter(([label]) => !KNOWN.includes(label)).map(([label, said]) => ({ label, text: said }));
  const includes = list('INCLUDE');
  return { name, purpose, runBy, includes, keys, args: argv, ...(rest === undefined ? {} : { rest }), replies, notes };
}

function readLines(name: string, text: string, fail: (fault: string) => never) {
  const [first = '', ...lines] = text.split('\n');
  const opening = `-- ${name}: `;
  if (!first.startsWith(opening)) fail(`the first line must begin with "${opening}" and say what the script is for`);
  const purpose = [first.slice(opening.length)];
  const labels = new Map<string, string>();
  let last = '';
  for (const line of lines) {
    const [, label, said = ''] = LABEL.exec(line) ?? [];
    const continued = CONTINUED.exec(line)?.[1];
    if (label !== undefined) {
      if (labels.has(label)) fail(`there are two lines "-- ${label}: …"`);
      labels.set((last = label), said);
    } else if (last === '' && line.startsWith('-- ')) purpose.push(line.slice(3));
    else if (continued === undefined) break;
    else labels.set(last, `${labels.get(last)} ${continued}`);
  }
  return { purpose: purpose.join(' '), labels };
}

function split(line: string, separator: string): string[] {
  return line === '' ? [] : line.split(separator).map((part) => part.trim());
}
