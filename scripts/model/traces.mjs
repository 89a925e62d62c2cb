// @ts-check
/**
 * Random walks through the model, those of them that test/redis/model-replay.test.ts replays against the real scripts, and the
 * ways to what they miss.
 * A trace is a comment that says how it was made, then one line a step: the script, its arguments where they are not
 * zero, `->` its reply, `|` what it changed.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { check, walk } from './spin.mjs';
import { WAYS } from './ways.mjs';

const FILE = fileURLToPath(new URL('../../test/model/traces.txt', import.meta.url));
const MOST_SPIN_STEPS = 900;
const WALKS_EACH = 200;
/** @type {readonly Defines[]} */
const OF_PROTOCOL = [
  { ATTEMPTS: 2, ISSUES: 2, SENDS: 2, EXPIRY: 1 },
  { PLANS: 2, ATTEMPTS: 2, ISSUES: 2, SENDS: 2 },
  { ATTEMPTS: 2, FOREIGN: 6, SENDS: 2 },
  { KILL: 1, RELEASE: 1, SENDS: 2 },
].flatMap((configuration) => [
  { ...configuration, WALK: 1, CALM: 1 },
  { ...configuration, WALK: 1 },
]);
/** @type {readonly Defines[]} */
const OF_STANDING = [
  { MOVES: 3, ATTEMPTS: 2, DELETES: 1, OPERATOR: 0, CONTINUATIONS: 1 },
  { MOVES: 2, ATTEMPTS: 2, STREAM: 1, OPERATOR: 1, CONTINUATIONS: 1 },
  { MOVES: 1, ATTEMPTS: 3, CONTINUATIONS: 3, PERSON: 1 },
];
/** @type {readonly { readonly model: Model, readonly defines: Defines }[]} */
const CONFIGURATIONS = [
  ...OF_PROTOCOL.map((defines) => ({ model: /** @type {const} */ ('protocol'), defines })),
  ...OF_STANDING.map((defines) => ({ model: /** @type {const} */ ('standing'), defines })),
];
/** A proposal that nobody took up. */
const NOTHING = '0_0_0_0_0_0';
/** What the models start with, where it is not zero. @type {Readonly<Record<Model, Readonly<Record<string, string>>>>} */
const START = {
  protocol: { state: 'ABSENT', epoch: '1' },
  standing: { state: 'ABSENT', ledger: '6', snapshot: '6', first: NOTHING, second: NOTHING, call: NOTHING },
};
/** Steps that no script takes. */
const ELSEWHERE = /^(see_permit|sign|write_order|exchange|request_stale|accept_over|proof_over|crash) /;
/**
 * Steps that count although nothing of what is shown changes: another delivery of an entry, the end of a window; what the
 * strategy asks for, what a proposal was judged in, and the times of reads and trades.
 *
 * @type {Readonly<Record<Model, RegExp>>}
 */
const ALWAYS_KEPT = {
  protocol: /^(take_plan .* -> waiting|window_over .*)$/,
  standing:
    /^(write_hash|record_snapshot|permits|order_ends|person_trades|take_in_proposal .* -> (allow|target_reached))\b/,
};
/** Arguments that make another kind of step of it; others only say who, or which permit. */
const TELLING = new Set([
  'record_result',
  'issue_permit',
  'note_order',
  'apply_fill',
  'set_control',
  'read_position_evidence',
  'take_in_proposal',
]);

/** @typedef {Readonly<Record<string, number>>} Defines */
/** @typedef {{ readonly line: string, readonly kind: string, readonly idle: boolean }} Step `kind`: steps alike show the same of a script */
/** @typedef {import('./scopes.mjs').Model} Model */
/** @typedef {{ readonly model: Model, readonly defines: Defines, readonly seed: number, readonly steps: readonly Step[] }} Walk */

/** @param {string} text `name=value` pairs @returns {Record<string, string>} */
const pairs = (text) => Object.fromEntries([...text.matchAll(/(\w+)=(\w+)/g)].map(([, name, value]) => [name, value]));

/** The steps of a walk that a script takes, with what each changed. @param {readonly string[]} lines @param {Model} model @returns {Step[]} */
function stepsOf(lines, model) {
  /** @type {Record<string, Record<string, string>>} by plan, and `symbol` */
  const known = {};
  return lines.flatMap((line) => {
    if (ELSEWHERE.test(line)) return [];
    const [, name = '', args = '', reply = '', plan = '', symbol = ''] =
      /^(\w+) (.*) -> (\w+) \| (.*) \/ (.*)$/.exec(line) ?? [];
    const { p = '0', ...rest } = pairs(args);
    const before = { ...START[model], ...known[p], ...known['symbol'] };
    known[p] = pairs(plan);
    known['symbol'] = pairs(symbol);
    const changed = (/** @type {Record<string, string>} */ after) =>
      Object.entries(after).filter(([field, value]) => value !== (before[field] ?? '0'));
    const changes = [...changed(known[p]), ...changed(known['symbol'])];
    const given = Object.entries({ p, ...rest }).filter(([, value]) => value !== '0');
    const reported = `${[name, ...given.map((pair) => pair.join('='))].join(' ')} -> ${reply}`;
    const kind = [name, reply, before.state, known[p]['state'], ...changed(known['symbol']).map(([field]) => field)];
    if (TELLING.has(name)) kind.push(`x=${rest['x']}`, `late=${name === 'record_result' ? rest['y'] : ''}`);
    return {
      line: changes.length === 0 ? reported : `${reported} | ${changes.map((pair) => pair.join('=')).join(' ')}`,
      kind: kind.join(' '),
      idle: changes.length === 0 && !ALWAYS_KEPT[model].test(reported),
    };
  });
}

/** @param {{ readonly model: Model, readonly defines: Defines, readonly seed: number }} how */
const stepsOfWalk = async ({ model, defines, seed }) =>
  stepsOf(await walk(defines, seed, MOST_SPIN_STEPS, model), model);

/** @param {string} name of one of {@link WAYS} */
async function stepsOfWay(name) {
  const way = WAYS.find((each) => each.name === name);
  return way === undefined ? [] : stepsOf((await check(way, way.edits, true)).trail, way.model ?? 'protocol');
}

/** What is worth keeping of a walk when `shown` is shown already: up to the last new kind, without idle repetitions. @param {Walk} from @param {ReadonlySet<string>} shown */
function excerptOf({ steps }, shown) {
  /** @type {Set<string>} */
  const news = new Set();
  /** @type {Step[]} */
  const kept = [];
  let end = 0;
  for (const step of steps) {
    const isNew = !shown.has(step.kind) && !news.has(step.kind);
    if (step.idle && !isNew) continue;
    kept.push(step);
    if (!isNew) continue;
    news.add(step.kind);
    end = kept.length;
  }
  return { kept: kept.slice(0, end), news: news.size };
}

/**
 * Chooses walks that together show every kind of step that any of them shows, and writes them.
 *
 * @param {<T, R>(items: readonly T[], work: (item: T) => Promise<R>) => Promise<R[]>} sideBySide @param {(line: string) => void} say
 * @returns {Promise<string>} what was written, as a sentence
 */
export async function writeTraces(sideBySide, say) {
  const wanted = CONFIGURATIONS.flatMap((how) => Array.from({ length: WALKS_EACH }, (_, seed) => ({ ...how, seed })));
  say(`walking ${wanted.length} times`);
  const walks = await sideBySide(wanted, async (how) => ({ ...how, steps: await stepsOfWalk(how) }));
  /** @type {Set<string>} */
  const shown = new Set();
  /** @type {string[][]} */
  const blocks = [];
  for (;;) {
    const excerpts = walks.map((from) => ({ ...from, ...excerptOf(from, shown) }));
    const best = excerpts.toSorted((a, b) => b.news - a.news || a.kept.length - b.kept.length)[0];
    if (best === undefined || best.news === 0) break;
    for (const { kind } of best.kept) shown.add(kind);
    blocks.push([headOf(best), ...best.kept.map(({ line }) => line)]);
  }
  const ways = await sideBySide(WAYS, async ({ name, defines, model = 'protocol' }) => ({
    head: `# ${settings({ way: name, model, ...defines })}`,
    steps: await stepsOfWay(name),
  }));
  for (const { head, steps } of ways) blocks.push([head, ...steps.map(({ line }) => line)]);
  const empty = blocks.filter((block) => block.length < 2).map(([head]) => head);
  if (empty.length > 0 || shown.size === 0) throw new Error(`nothing is shown by ${empty.join(', ') || 'any walk'}`);
  writeFileSync(FILE, `${blocks.map((block) => block.join('\n')).join('\n\n')}\n`);
  return `${blocks.length} traces, ${blocks.flat().length - blocks.length} steps of ${shown.size} kinds, in ${FILE}`;
}

/** @param {Readonly<Record<string, string | number>>} how */
const settings = (how) =>
  Object.entries(how)
    .map(([name, value]) => `${name.toLowerCase()}=${value}`)
    .join(' ');

/** @param {Walk} from */
const headOf = ({ model, defines, seed }) => `# ${settings({ model, ...defines, seed })}`;

/**
 * Walks every kept trace again.
 *
 * @param {<T, R>(items: readonly T[], work: (item: T) => Promise<R>) => Promise<R[]>} sideBySide
 * @returns {Promise<{ kept: number, differing: string[] }>} the heads of those that came out differently
 */
export async function compareTraces(sideBySide) {
  const blocks = readFileSync(FILE, 'utf8').trim().split('\n\n');
  const differing = await sideBySide(blocks, async (block) =>
    (await isTheModels(block)) ? [] : [block.split('\n')[0] ?? ''],
  );
  return { kept: blocks.length, differing: differing.flat() };
}

/** Whether the same walk gives the same lines, but for idle steps that were not kept. @param {string} block */
async function isTheModels(block) {
  const [head = '', ...lines] = block.split('\n');
  const { seed, way, model = 'protocol', ...how } = pairs(head);
  const defines = Object.fromEntries(Object.entries(how).map(([name, value]) => [name.toUpperCase(), Number(value)]));
  const left = [...lines];
  const walked = { model: /** @type {Model} */ (model), defines, seed: Number(seed) };
  for (const { line, idle } of await (way === undefined ? stepsOfWalk(walked) : stepsOfWay(way))) {
    if (left.length === 0) break;
    if (line === left[0]) left.shift();
    else if (!idle) return false;
  }
  return lines.length > 0 && left.length === 0;
}
