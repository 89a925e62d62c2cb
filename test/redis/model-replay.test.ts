import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { INITIAL, type ReplayState } from './model-replay-state.js';
import { Replay } from './model-replay-support.js';
import { INITIAL as STANDING_INITIAL, StandingReplay } from './standing-replay-support.js';

/** A step as test/model/traces.txt has it. */
interface Step {
  readonly line: string;
  readonly name: string;
  readonly args: Readonly<Record<string, number>>;
  readonly reply: string;
  readonly changes: Readonly<Record<string, string>>;
}

const NUMBERS = /(\w+)=(\w+)/g;
const OPEN_STATES = new Set(['PUBLISHED', 'WAITING', 'CLAIMED', 'UNKNOWN']);

const text = readFileSync(new URL('../model/traces.txt', import.meta.url), 'utf8');
const traces = text
  .trim()
  .split('\n\n')
  .map((block) => {
    const [head = '', ...lines] = block.split('\n');
    const model = / ?model=standing/.test(head) ? 'standing' : 'protocol';
    return {
      head: head.slice(2),
      model,
      attempts: Number(/ ?attempts=(\d+)/.exec(head)?.[1] ?? 1),
      steps: lines.map(stepOf),
    };
  });

function stepOf(line: string): Step {
  const [, name = '', args = '', reply = '', changes = ''] = /^(\w+)(.*?) -> (\w+)(?: \| (.*))?$/.exec(line) ?? [];
  const pairs = (from: string): [string, string][] =>
    [...from.matchAll(NUMBERS)].map(([, key = '', value = '']) => [key, value]);
  return {
    line,
    name,
    args: Object.fromEntries(pairs(args).map(([key, value]) => [key, Number(value)])),
    reply,
    changes: Object.fromEntries(pairs(changes)),
  };
}

/** What the model says is there after the step, given what was there before it. */
function after(before: ReplayState, { args, changes }: Step): ReplayState {
  const { p = 0 } = args;
  const symbol = { ...before.symbol };
  const plans = before.plans.map((plan) => ({ ...plan }));
  for (const [field, value] of Object.entries(changes)) {
    if (field in before.symbol) symbol[field] = value;
    else plans[p] = { ...plans[p], [field]: value };
  }
  plans[p] = { ...plans[p], open: OPEN_STATES.has(plans[p]?.['state'] ?? '') ? '1' : '0' };
  return { symbol, plans };
}

let redis: Redis;
beforeAll(() => {
  redis = new Redis({ path: inject('redisSocket') });
});
afterAll(() => redis.quit());

describe('the scripts behave as the model of the protocol', () => {
  it.each(traces)('$head', async ({ model, attempts, steps }) => {
    expect(steps.length).toBeGreaterThan(0);
    const how = model === 'standing' ? StandingReplay : Replay;
    const replay = await how.start(redis, `m${randomUUID().slice(0, 8)}:`, attempts);
    let state = model === 'standing' ? STANDING_INITIAL : INITIAL;
    expect(await replay.state()).toEqual(state);
    for (const [index, step] of steps.entries()) {
      const passed = steps.slice(Math.max(0, index - 8), index + 1).map(({ line }) => line);
      state = after(state, step);
      expect(await replay.take(step.name, step.args, step.reply, state), passed.join('\n')).toBe(step.reply);
      expect(await replay.state(), passed.join('\n')).toEqual(state);
    }
    const [passed, recorded] = await replay.end();
    expect(passed).toEqual(recorded);
  });
});
