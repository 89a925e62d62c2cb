import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { eventually } from '../harness/eventually.js';
import { proposalFields } from '../harness/proposals.js';
import { RedisProxy } from '../harness/redis-proxy.js';
import { placeDeadLetter } from '../harness/dead-letter.js';
import { resultOf, submit } from './apply-support.js';
import { Desk, type Ran } from './operations-support.js';
import { type OpsApp, UNKNOWN_PLAN, writeUnknown } from './ops-support.js';

const CLOCK = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC`;
const POSITIONS = { BTCUSDT: '0.010', ETHUSDT: '1', SOLUSDT: '17', DOGEUSDT: '100', LINKUSDT: '100' };
/** In APPLY_ALLOWLIST alone: nothing reads its position. */
const UNREAD = 'XRPUSDT';
const LISTED = Object.keys(POSITIONS).join(',');

/** As a person reads it: lines that were wrapped are one. */
const said = ({ out }: Ran): string => out.replaceAll(/\s+/g, ' ');

let desk: Desk;
const type = (...args: string[]): Promise<Ran> => desk.type('admin', ...args);
async function nowMs(): Promise<number> {
  const [sec = 0, micros = 0] = await desk.testEnv.redis.time();
  return sec * 1000 + Math.floor(micros / 1000);
}
/** What Apply records of a strategy's request. No hash is there, so Apply does nothing with it. */
async function ask(symbol: string, ageSec = 0): Promise<void> {
  const epoch = Math.floor((await nowMs()) / 1000) - ageSec;
  const asked = { source: 'stream', action: 'PARTIAL_75', close_pct: '', proposal_id: 'w', stop: '', epoch };
  await desk.testEnv.redis.hset(desk.testEnv.keys.standing(symbol), { ...asked, generation: 1 });
}
/** Types the command until it says this, or no longer says it. */
const until = (args: readonly string[], text: RegExp, says = true): Promise<Ran> => {
  let last: Ran | undefined;
  return eventually(
    async () => {
      last = await type(...args);
      return text.test(said(last)) === says ? last : undefined;
    },
    10_000,
    () => last,
  );
};
/** The command below this text. A person fills in what is open in it. */
function remedyBelow({ out }: Ran, text: RegExp, open: Readonly<Record<string, string>> = {}): string {
  const parts = out.split(/\n(?=\d+\. )/);
  const part = parts.find((each) => text.test(each.replaceAll(/\s+/g, ' '))) ?? '';
  let [, remedy = ''] = /^ *\$ (.+)$/m.exec(part) ?? [];
  for (const [gap, filled] of Object.entries(open)) remedy = remedy.replace(gap, filled);
  return remedy.replace('"…"', '"it is looked into"');
}
const words = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');

interface Scene {
  readonly name: string;
  readonly symbol: string;
  readonly set: () => Promise<unknown>;
  /** What `why` says. */
  readonly why: string;
  /** Of another command: what it says. */
  readonly also?: readonly (readonly [command: string, says: string])[];
  /** Whether `status --check` names it. */
  readonly needsPerson: boolean;
  /** The command that is offered, and what a person fills in. `undefined` where only time helps. */
  readonly remedy?: string;
  readonly open?: Readonly<Record<string, string>>;
  /** Ends the scene where its command only shows more. */
  readonly end?: () => Promise<unknown>;
}

const store = () => desk.testEnv;
const SCENES: readonly Scene[] = [
  {
    name: 'the kill switch is engaged',
    symbol: 'BTCUSDT',
    set: () => type('kill', '--reason', 'wrong prices'),
    why: `The kill switch is engaged by anna since ${CLOCK}: wrong prices\\.`,
    also: [
      ['status', 'kill switch engaged \\(by anna since .*Z: wrong prices\\)'],
      ['positions BTCUSDT', 'The kill switch is engaged by anna'],
    ],
    needsPerson: true,
    remedy: 'permit-gate release --reason "…"',
  },
  {
    name: 'a person has disarmed',
    symbol: 'BTCUSDT',
    set: () => type('disarm', '--reason', 'a drill'),
    why: `The system is disarmed by anna since ${CLOCK}: a drill\\. Plans are dry runs\\.`,
    also: [['status', 'armed no, plans are dry runs \\(by anna since .*Z: a drill\\)']],
    needsPerson: true,
    remedy: 'permit-gate arm --reason "…"',
  },
  {
    name: 'the Governor has disarmed',
    symbol: 'BTCUSDT',
    set: async () =>
      store().redis.set(
        store().keys.governorDisarm(),
        JSON.stringify({ reason: 'too many errors', at_ms: await nowMs(), context: {} }),
      ),
    why: `The system is disarmed by the Governor since ${CLOCK}: too many errors\\.`,
    also: [['status', 'plans are dry runs \\(by the Governor since .*Z: too many errors\\)']],
    needsPerson: true,
    remedy: 'permit-gate arm --reason "…"',
  },
  {
    name: 'a symbol is on hold',
    symbol: 'ETHUSDT',
    set: () => type('hold', 'ETHUSDT', '--reason', 'strange'),
    why: `ETHUSDT is on hold \\(operator\\) by anna since ${CLOCK}: strange\\.`,
    also: [
      ['status', 'holds ETHUSDT'],
      ['positions', 'ETHUSDT 1 1 none 3200 \\d+ m?s in the way: hold'],
    ],
    needsPerson: true,
    remedy: 'permit-gate unhold ETHUSDT --reason "…"',
  },
  {
    name: 'a hold cannot be read',
    symbol: 'ETHUSDT',
    set: () => store().redis.set(store().keys.hold('ETHUSDT'), 'garbage'),
    why: 'ETHUSDT is on hold \\(cause unknown\\) .*what is stored of the hold is not readable\\.',
    needsPerson: true,
    remedy: 'permit-gate unhold ETHUSDT --reason "…"',
  },
  {
    name: 'the outcome of an order is unknown',
    symbol: 'BTCUSDT',
    set: () => {
      const { redis, keys } = store();
      // The roles look at it themselves only much later.
      const zadd = (key: string, _due: number, planId: string) => redis.zadd(key, Date.now() + 600_000, planId);
      return writeUnknown({ redis: Object.assign(Object.create(redis), { zadd }), keys } as unknown as OpsApp);
    },
    why: `The outcome of the order of plan ${UNKNOWN_PLAN} \\(attempt 1\\) on BTCUSDT is unknown since ${CLOCK}\\.`,
    also: [
      ['status', `unknown orders BTCUSDT \\(plan ${UNKNOWN_PLAN}\\)`],
      [`trace ${UNKNOWN_PLAN}`, 'UNKNOWN'],
    ],
    needsPerson: true,
    remedy: `permit-gate resolve ${UNKNOWN_PLAN} --outcome <filled|not_found|…> --reason "…"`,
    open: { '<filled|not_found|…>': 'not_found' },
  },
  {
    name: 'the ledger is not what the exchange says',
    symbol: 'DOGEUSDT',
    set: () => store().redis.hset(store().keys.ledger('DOGEUSDT'), 'last_known_amt', '80'),
    why: 'The exchange says DOGEUSDT is 100, the ledger says 80; the tolerance is 1 % \\(P33_QTY_TOLERANCE_PCT\\)\\. Find out who traded, then reconcile\\.',
    also: [['positions', 'DOGEUSDT 100 80 20 0\\.12 \\d+ m?s in the way: drift']],
    needsPerson: true,
    remedy: 'permit-gate reconcile DOGEUSDT --expected 100 --reason "…"',
  },
  {
    name: 'a symbol cools down',
    symbol: 'DOGEUSDT',
    set: async () => store().redis.hset(store().keys.ledger('DOGEUSDT'), 'last_fill_ms', (await nowMs()) - 13_500),
    why: `DOGEUSDT was filled at ${CLOCK}; it may trade again at ${CLOCK} \\(P33_COOLDOWN_SEC is 15\\)\\. It passes by itself\\.`,
    needsPerson: false,
  },
  {
    name: 'the executions are used up',
    symbol: 'ETHUSDT',
    set: async () => {
      const at = await nowMs();
      const key = store().keys.executions('ETHUSDT');
      await store().redis.zadd(key, at - 100_000, 'p1:1', at - 90_000, 'p2:1', at - 3_000_000, 'p0:1');
    },
    why: 'ETHUSDT used 3 of 3 executions of the last hour, 0 are left \\(GOV_MAX_EXEC_PER_HOUR\\)\\.',
    also: [
      [
        'why ETHUSDT',
        'ETHUSDT used 2 of 2 executions of the last five minutes, 0 are left \\(GOV_MAX_EXEC_PER_5MIN\\)',
      ],
      ['limits ETHUSDT', 'ETHUSDT per hour 3 0 0 3 \\d\\d:\\d\\d(:\\d\\d)? ETHUSDT per 5 min 2 0 0 2 \\d\\d:\\d\\d'],
      ['status', 'limits ETHUSDT 3 of 3 per hour, free at .* UTC; ETHUSDT 2 of 2 per 5 min, free at .* UTC'],
    ],
    needsPerson: false,
    remedy: 'permit-gate plans --symbol ETHUSDT',
    end: () => store().redis.del(store().keys.executions('ETHUSDT')),
  },
  {
    name: 'the day is used up',
    symbol: 'SOLUSDT',
    set: async () => {
      const day = new Date(await nowMs()).toISOString().slice(0, 10).replaceAll('-', '');
      await store().redis.hset(store().keys.usage('SOLUSDT'), { day, notional: '4999', qty: '4', version: '1' });
    },
    why: `SOLUSDT used 4999 of 5000 USD today \\(UTC\\), 1 are left.*${CLOCK}`,
    also: [
      ['limits SOLUSDT', 'SOLUSDT USD per day 4999 0 1 5000'],
      ['status', 'SOLUSDT 4999 of 5000 USD per day'],
    ],
    needsPerson: false,
    remedy: 'permit-gate plans --symbol SOLUSDT',
    end: () => store().redis.del(store().keys.usage('SOLUSDT')),
  },
  {
    name: 'a position was never read',
    symbol: UNREAD,
    set: async () => undefined,
    why: `The position of ${UNREAD} was not read from the exchange yet\\.`,
    also: [['positions', `${UNREAD} never read`]],
    needsPerson: true,
    remedy: 'permit-gate doctor',
    end: async () =>
      store().redis.hset(store().keys.snapshot(UNREAD), { position_amt: '5', ts_ms: await nowMs(), version: 1 }),
  },
  {
    name: 'a position was read too long ago',
    symbol: UNREAD,
    set: async () =>
      store().redis.hset(store().keys.snapshot(UNREAD), { position_amt: '5', ts_ms: (await nowMs()) - 90_000 }),
    why: `The position of ${UNREAD} was .*90 s ago; 10 s are allowed \\(P33_STALE_THRESHOLD_SEC\\)`,
    also: [['positions', `${UNREAD} 5 .* 9\\d s`]],
    needsPerson: true,
    remedy: 'permit-gate doctor',
    end: async () => store().redis.hset(store().keys.snapshot(UNREAD), 'ts_ms', (await nowMs()) + 600),
  },
  {
    name: 'the exchange has banned the address',
    symbol: 'SOLUSDT',
    set: async () => store().redis.set(store().keys.ban(), String((await nowMs()) + 2_000), 'PX', 2_000),
    why: `The exchange has banned this address until ${CLOCK}: no process calls it before\\. It passes by itself\\.`,
    needsPerson: false,
  },
  {
    name: 'no proposal has been seen',
    symbol: 'SOLUSDT',
    set: () => store().redis.del(store().keys.standing('SOLUSDT')),
    why: 'No proposal for SOLUSDT has been seen\\.',
    needsPerson: false,
    remedy: 'permit-gate plans --symbol SOLUSDT',
    end: () => ask('SOLUSDT'),
  },
  {
    name: 'the last proposal is too old',
    symbol: 'SOLUSDT',
    set: () => ask('SOLUSDT', 600),
    why: 'proposal for SOLUSDT .*10 min old',
    needsPerson: false,
    remedy: 'permit-gate plans --symbol SOLUSDT',
    end: () => ask('SOLUSDT'),
  },
  {
    name: 'a plan waits for a person',
    symbol: 'LINKUSDT',
    set: () =>
      store().redis.hset(store().keys.proposal('LINKUSDT'), { ...proposalFields('PARTIAL_25'), proposal_id: 'a' }),
    why: `Plan [0-9a-f]{16} of LINKUSDT waits for an approval since ${CLOCK}, until ${CLOCK}\\.`,
    also: [['approvals', 'LINKUSDT']],
    needsPerson: true,
    remedy: 'permit-gate approve <plan> --reason "…"',
  },
  {
    name: 'a symbol is suspended',
    symbol: 'ETHUSDT',
    set: () => type('suspend', 'ETHUSDT', '--reason', 'delisting'),
    why: `ETHUSDT is suspended by anna since ${CLOCK}: delisting\\.`,
    needsPerson: true,
    remedy: 'permit-gate allow ETHUSDT --reason "…"',
  },
];

describe('on a deployment with something wrong', () => {
  beforeAll(async () => {
    desk = await Desk.open(POSITIONS, 'symbols: { LINKUSDT: { approval: manual } }', {
      APPLY_ALLOWLIST: `${LISTED},${UNREAD}`,
      P33_ALLOWLIST: LISTED,
      P33_COOLDOWN_SEC: '15',
      GOV_MAX_EXEC_PER_HOUR: '3',
      GOV_MAX_EXEC_PER_5MIN: '2',
      GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD: '5000',
    });
  });
  afterAll(() => desk.close());

  it.each(SCENES)('$name: it is said in words, and the command that it offers helps', async (scene) => {
    const { symbol, set, also = [], needsPerson, remedy, open = {}, end } = scene;
    const text = new RegExp(scene.why);
    if (symbol !== 'LINKUSDT') await ask(symbol);
    await set();
    const why = await until(['why', symbol], text);
    expect(why.code).toBe(1);
    const status = await until(['status', '--check'], text, needsPerson);
    expect(needsPerson ? status.code : 1).toBe(1);
    for (const [command, says] of also) expect(said(await type(...command.split(' ')))).toMatch(new RegExp(says));
    const offered = remedyBelow(why, text, open);
    const expected = remedy?.replace('"…"', '"it is looked into"') ?? '';
    for (const [gap, filled] of Object.entries(open)) expect(expected).toContain(gap === '' ? filled : gap);
    const pattern = expected.replace(/<plan>/, '[0-9a-f]{16}').replace(/<[^>]+>/, 'not_found');
    expect(offered).toMatch(new RegExp(`^${pattern}$`));
    // `doctor` looks at the machine that it runs on.
    const helped = offered === '' || offered.endsWith('doctor') ? undefined : await type(...words(offered).slice(1));
    expect(helped?.err ?? '').toBe('');
    await end?.();
    await until(['why', symbol], text, false);
    await until(['status', '--check'], text, false);
  });

  it('a key has the wrong type: it is named, and removing it as it says helps', async () => {
    await ask('SOLUSDT');
    const { redis, keys } = desk.testEnv;
    const text = /SOLUSDT is stopped: .*executions.* is a string, not a zset/;
    await redis.set(keys.executions('SOLUSDT'), 'x');
    const why = await until(['why', 'SOLUSDT'], text);
    await until(['status', '--check'], text);
    const [program, ...command] = words(remedyBelow(why, text));
    expect(program).toBe('redis-cli');
    const [name = '', ...args] = command;
    await redis.call(name, ...args);
    await until(['why', 'SOLUSDT'], text, false);
    await until(['status', '--check'], text, false);
  });

  it('a dead letter waits: status names it, its list names what it is, and discarding it helps', async () => {
    const { redis, keys } = desk.testEnv;
    const id = (await redis.xadd(keys.planStream(), '*', 'decision', 'SKIP')) ?? '';
    const entry = { id, fields: { decision: 'SKIP' } };
    await placeDeadLetter(redis, keys, keys.planStream(), 'governor', entry, 'odd');
    const text = /One dead letter waits for a decision: replay or discard\./;
    const status = await until(['status', '--check'], text);
    const list = await type(...words(remedyBelow(status, text)).slice(1));
    expect(said(list)).toContain('odd');
    const [letter = ''] = /\d{13}-\d+/.exec(list.out) ?? [];
    await type('dead-letters', 'discard', letter, '--reason', 'a test');
    await until(['status', '--check'], text, false);
  });

  it('a plan was denied: its trace says by whom, why, and when', async () => {
    await type('hold', 'SOLUSDT', '--reason', 'strange');
    const { planId } = await submit(desk.gate, 'SOLUSDT', 'PARTIAL_25');
    await resultOf(desk.testEnv, planId);
    const trace = said(await type('trace', planId));
    expect(trace).toContain('p33_denied');
    expect(trace).toContain('reconcile_hold_active');
    expect(trace).toMatch(/attempt 1 \d{4}-\d\d-\d\d UTC[+-]\d\d:\d\d \d\d:\d\d:\d\d\.\d{3} \+0 ms published/);
    await type('unhold', 'SOLUSDT', '--reason', 'clear');
  });
});

describe('on a deployment that lacks a part', () => {
  let proxy: RedisProxy;
  beforeAll(async () => {
    proxy = await RedisProxy.open(inject('redisSocket'));
    const env = { REDIS_URL: `unix://${proxy.socketPath}` };
    desk = await Desk.open({ BTCUSDT: '0.010' }, '{}', env, 'apply,position-brain');
  });
  afterAll(async () => {
    await desk.close();
    await proxy.close();
  });

  it('no process has a role: why, status and fleet name it, and starting one helps', async () => {
    await ask('BTCUSDT');
    const text = /No process with ROLES=governor is alive, and none was seen before\./;
    const why = await until(['why', 'BTCUSDT'], text);
    expect(remedyBelow(why, text)).toBe('ROLES=governor permit-gate serve');
    await until(['status', '--check'], text);
    const fleet = await type('fleet');
    expect([fleet.code, said(fleet)]).toEqual([1, expect.stringMatching(text)]);
    await desk.testEnv.gate({ roles: 'governor', env: { REDIS_URL: `unix://${inject('redisSocket')}` } });
    await until(['why', 'BTCUSDT'], text, false);
    expect(said(await until(['fleet'], text, false))).toContain('governor');
  });

  it('Redis is away: every command says so and ends with 69; when it is back, they answer', async () => {
    proxy.cutOff(true);
    const status = await until(['status', '--check'], /Redis: .*permit-gate doctor/);
    expect(status.code).toBe(69);
    for (const args of [['why', 'BTCUSDT'], ['limits'], ['fleet'], ['positions']]) {
      const { code, err } = await type(...args);
      expect([code, err], args.join(' ')).toEqual([69, expect.stringMatching(/Redis/)]);
    }
    proxy.cutOff(false);
    await until(['status', '--check'], /Redis: /, false);
    expect(said(await until(['why', 'BTCUSDT'], /BTCUSDT/))).not.toContain('Redis');
  });
});
