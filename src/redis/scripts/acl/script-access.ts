/**
 * Reads from the Lua source which commands a script runs on which of its KEYS, so that the rights of the Redis users follow every change
 * of a script. Supports the simple Lua of `src/redis/scripts/lua` and throws for everything else.
 */
export interface ScriptAccess {
  /** By the key's name in the header: the commands, lower case. */
  readonly byKey: ReadonlyMap<string, ReadonlySet<string>>;
  /** Commands that take no key. */
  readonly keyless: ReadonlySet<string>;
}

/** The value of an expression: a key of the script, a table of keys, or no key. */
type Value = string | ReadonlyMap<string, Value> | undefined;
type Scope = ReadonlyMap<string, Value>;

interface LuaFunction {
  readonly parameters: readonly string[];
  readonly body: string;
}

const KEYLESS = new Set(['time', 'info']);
/** Commands that a subcommand follows; the key comes after it. */
const CONTAINERS = new Set(['xinfo', 'xgroup']);
/** Commands whose arguments are all keys; of every other command here only the first is one, of XREADGROUP the one after STREAMS. */
const ONLY_KEYS = new Set(['del']);
/** `local journal, epoch = KEYS[1], KEYS[9]`. */
const ALIASES = /\blocal ([\w, ]+) = ((?:KEYS|ARGV)\[\d+\](?:, (?:KEYS|ARGV)\[\d+\])*)$/gm;
const FUNCTION = /^local function (\w+)\(([^)]*)\)\n([\s\S]*?)\nend$/gm;

/** `keys` are the names in the header's order; `text` is the script with its pieces. Throws for Lua that it does not support. */
export function readScriptAccess(text: string, keys: readonly string[]): ScriptAccess {
  const code = text.replaceAll(/ *--.*$/gm, '');
  if (/\bredis\.p?call(?!\()|\bredis\[/.test(code)) throw new SyntaxError('redis.call must be called where it stands');
  const functions = new Map<string, LuaFunction>();
  for (const [, name = '', parameters = '', body = ''] of code.matchAll(FUNCTION)) {
    functions.set(name, { parameters: splitArguments(parameters), body });
  }
  const byKey = new Map(keys.map((key) => [key, new Set<string>()]));
  const keyless = new Set<string>();
  const follow = (body: string, outer: Scope): void => {
    const scope = withLocals(body, outer, keys);
    for (const [name, given] of callsIn(body)) {
      if (name === 'redis.call' || name === 'redis.pcall') note(given, scope);
      else if (/^redis\.(?!error_reply$)/.test(name)) throw new SyntaxError(`${name}(…): what does it do?`);
      const called = functions.get(name);
      if (called === undefined) continue;
      const values = given.map((argument) => valueOf(argument, scope, keys));
      follow(called.body, new Map([...scope, ...called.parameters.map((each, at) => [each, values[at]] as const)]));
    }
  };
  const note = ([quoted = '', second = '', ...others]: readonly string[], scope: Scope): void => {
    const first = wordOf(quoted);
    const isContainer = CONTAINERS.has(first);
    const command = isContainer ? `${first}|${wordOf(second)}` : first;
    const rest = isContainer ? others : [second, ...others];
    if (KEYLESS.has(command)) return void keyless.add(command);
    const from = command === 'xreadgroup' ? rest.indexOf("'STREAMS'") + 1 : 0;
    for (const argument of ONLY_KEYS.has(command) ? rest : rest.slice(from, from + 1)) {
      if (isLeftOut(argument, scope)) continue;
      const key = valueOf(argument, scope, keys);
      const commands = typeof key === 'string' ? byKey.get(key) : undefined;
      if (commands === undefined) throw new SyntaxError(`redis.call(${quoted}, ${argument}, …): which key is that?`);
      commands.add(command);
    }
  };
  follow(code.replaceAll(FUNCTION, ''), new Map());
  for (const [key, commands] of byKey) if (commands.size === 0) throw new SyntaxError(`the key ${key} is not used`);
  return { byKey, keyless };
}

function wordOf(quoted: string): string {
  const word = /^'([A-Z]+)'$/.exec(quoted)?.[1]?.toLowerCase();
  if (word === undefined) throw new SyntaxError(`redis.call(${quoted}, …): the command must be written out`);
  return word;
}

/** Every call in the text with its arguments, including calls inside arguments. */
function callsIn(body: string): (readonly [name: string, given: readonly string[]])[] {
  return [...body.matchAll(/(?<![\w.])((?:\w+\.)?\w+)\(/g)].map((match) => {
    const start = match.index + match[0].length;
    return [match[1] ?? '', splitArguments(body.slice(start, endOf(body, start)))] as const;
  });
}

function withLocals(body: string, outer: Scope, keys: readonly string[]): Scope {
  const scope = new Map(outer);
  for (const [, names = '', values = ''] of body.matchAll(ALIASES)) {
    const given = splitArguments(values);
    for (const [at, name] of splitArguments(names).entries()) scope.set(name, valueOf(given[at] ?? '', scope, keys));
  }
  return scope;
}

function valueOf(expression: string, scope: Scope, keys: readonly string[]): Value {
  const index = /^KEYS\[(\d+)\]$/.exec(expression)?.[1];
  if (index !== undefined) return keys[Number(index) - 1];
  // Keys beyond the header's repeat its names, and a loop over them steps from one group of them to the next.
  const inGroup = /^KEYS\[i(?: \+ (\d+))?\]$/.exec(expression);
  if (inGroup !== null) return keys[Number(inGroup[1] ?? 0)];
  const [, table, field] = /^(\w+)\.(\w+)$/.exec(expression) ?? [];
  const fields = table === undefined ? undefined : scope.get(table);
  if (fields instanceof Map) return fields.get(field ?? '') as Value;
  if (!expression.startsWith('{')) return scope.get(expression);
  const members = splitArguments(expression.slice(1, -1)).map((member) => /^(\w+) = ([\s\S]+)$/.exec(member));
  return new Map(members.map((each) => [each?.[1] ?? '', valueOf(each?.[2] ?? '', scope, keys)]));
}

/** A key that this caller does not pass; the piece checks for it before use. */
function isLeftOut(expression: string, scope: Scope): boolean {
  const [, table = '', field = ''] = /^(\w+)\.(\w+)$/.exec(expression) ?? [];
  const fields = scope.get(table);
  return fields instanceof Map && !fields.has(field);
}

/** The index of the bracket that closes the one that is open at `start`. */
function endOf(text: string, start: number): number {
  let depth = 1;
  for (let at = start; at < text.length; at += 1) {
    if (text[at] === "'") at = text.indexOf("'", at + 1);
    else if ('({['.includes(text[at] ?? ' ')) depth += 1;
    else if (')}]'.includes(text[at] ?? ' ')) depth -= 1;
    if (depth === 0) return at;
  }
  throw new SyntaxError(`a bracket is not closed: ${text.slice(start, start + 60)}`);
}

/** Splits at commas outside brackets and quotes. */
function splitArguments(list: string): string[] {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < list.length; at += 1) {
    if (list[at] === "'") at = list.indexOf("'", at + 1);
    else if ('({['.includes(list[at] ?? ' ')) at = endOf(list, at + 1);
    else if (list[at] === ',') {
      parts.push(list.slice(from, at).trim());
      from = at + 1;
    }
  }
  const last = list.slice(from).trim();
  return last === '' ? parts : [...parts, last];
}
