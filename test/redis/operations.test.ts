import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { lineOf } from '../../src/ops/archive/archive-lines.js';
import { placeDeadLetter } from '../harness/dead-letter.js';
import { eventually } from '../harness/eventually.js';
import { operations } from '../harness/operations-table.js';
import { proposalFields } from '../harness/proposals.js';
import { KeyFolder } from '../harness/signing-keys.js';
import { resultOf, submit } from './apply-support.js';
import { Desk, type Json, type PersonsRole, type Ran } from './operations-support.js';

const POSITIONS = {
  BTCUSDT: '1.000',
  ETHUSDT: '2.000',
  SOLUSDT: '17',
  DOGEUSDT: '1000',
  '1000SHIBUSDT': '50000',
  SPELLUSDT: '0',
  LINKUSDT: '100',
};
const RULES = 'symbols: { 1000SHIBUSDT: { approval: manual } }';

const DAY_MS = 86_400_000;
const archive = mkdtempSync(join(tmpdir(), 'permit-gate-archive-'));
let desk: Desk;
beforeAll(async () => {
  desk = await Desk.open(POSITIONS, RULES, {
    APPLY_MAX_ATTEMPTS: '1',
    ARCHIVE_TO: 'files',
    ARCHIVE_DIR: archive,
  });
});
afterAll(async () => {
  await desk.close();
  rmSync(archive, { recursive: true });
});

const ledgerOf = (symbol: string): Promise<string | null> =>
  desk.testEnv.redis.hget(desk.testEnv.keys.ledger(symbol), 'last_known_amt');
const untilLedger = (symbol: string, amount: string): Promise<true> =>
  eventually(
    async () => (await ledgerOf(symbol)) === amount || undefined,
    8_000,
    () => ledgerOf(symbol),
  );
const untilOk = (holds: () => Promise<boolean>): Promise<true> =>
  eventually(async () => (await holds()) || undefined, 8_000);
async function propose(symbol: string, id: string): Promise<void> {
  const { redis, keys } = desk.testEnv;
  await redis.hset(keys.proposal(symbol), { ...proposalFields('PARTIAL_50'), proposal_id: id });
}
async function planThat(symbol: string, state: string): Promise<string> {
  return eventually(async () => {
    const { plans } = await desk.call('viewer', 'GET', `/plans?symbol=${symbol}&state=${state}`);
    return (plans as Json[])[0]?.['plan_id'] as string | undefined;
  }, 8_000);
}
async function deadLetter(): Promise<string> {
  const { redis, keys } = desk.testEnv;
  const id = (await redis.xadd(keys.planStream(), '*', 'decision', 'SKIP')) ?? '';
  return placeDeadLetter(redis, keys, keys.planStream(), 'governor', { id, fields: { decision: 'SKIP' } });
}

let executed = '';
let ran: Ran;
/** Types the command of the operation that is walked; `reason` is its name where it changes something. */
type Typed = (...args: string[]) => Promise<Ran>;
interface Walk {
  /** Does it, and asserts its effect. */
  readonly walk: (type: Typed) => Promise<void>;
  /** The audit entry of one that changes something through the interface. */
  readonly audit?: { readonly action: string; readonly before: unknown; readonly after: unknown };
}

const WALKS: Readonly<Record<string, Walk>> = {
  'approve a plan that waits': {
    walk: async (type) => {
      await propose('1000SHIBUSDT', 'a');
      executed = await planThat('1000SHIBUSDT', 'WAITING_APPROVAL');
      await type('approve', executed);
      expect(await resultOf(desk.testEnv, executed, 2)).toMatchObject({ executed: 'True', state: 'FILLED' });
    },
    audit: {
      action: 'plan.approve',
      before: { state: 'WAITING_APPROVAL', approvals: [] },
      after: { outcome: 'approved', approvals: [{ by: 'otto' }] },
    },
  },
  'set the ledger to the exchange': {
    walk: async (type) => {
      await desk.testEnv.redis.hset(desk.testEnv.keys.ledger('DOGEUSDT'), 'last_known_amt', '800');
      await type('reconcile', 'DOGEUSDT', '--expected', '1000');
      expect(await ledgerOf('DOGEUSDT')).toBe('1000');
    },
    audit: { action: 'ledger.reconcile', before: { ledger_amt: '800' }, after: { ledger_amt: '1000' } },
  },
  'retry a plan': {
    walk: async (type) => {
      const { redis, keys } = desk.testEnv;
      // A symbol whose snapshot is too old for a moment is denied for a passing reason; one attempt is all that a plan has here.
      await redis.hset(keys.ledger('SOLUSDT'), 'last_fill_ms', Date.now() + 600_000);
      const { planId } = await submit(desk.gate, 'SOLUSDT', 'PARTIAL_50', {}, 'operator');
      expect(await resultOf(desk.testEnv, planId)).toMatchObject({ error: 'p33_denied', reason: 'cooldown_in_flight' });
      await redis.hset(keys.ledger('SOLUSDT'), 'last_fill_ms', Date.now() - 60_000);
      await type('retry', planId);
      expect(await resultOf(desk.testEnv, planId, 2)).toMatchObject({ executed: 'True' });
    },
    audit: { action: 'plan.retry', before: { attempt: 1 }, after: expect.anything() },
  },
  "show a plan's permits and how long they live": {
    walk: async (type) => {
      await desk.testEnv.redis.setex(desk.testEnv.keys.governorPermit(executed), 60, '{"granted":true}');
      await type('permits', executed);
      expect(ran.out).toMatch(/Governor: yes.* It lives \d+ s more\./);
    },
  },
  'trace a plan': {
    walk: async (type) => {
      await type('trace', executed);
      expect(ran.out).toContain('FILLED');
      expect(ran.out).toContain('otto');
    },
  },
  'ask why a symbol does not trade': {
    walk: async (type) => {
      await type('why', 'LINKUSDT');
      expect(ran.out).toContain('LINKUSDT does not trade: one thing is in the way.');
      expect(ran.out).toContain('No proposal for LINKUSDT has been seen.');
    },
  },
  'show how far the groups are behind': {
    walk: async (type) => {
      await type('streams');
      for (const name of ['apply.plan', 'apply.result', 'governor', 'p33']) expect(ran.out).toContain(name);
    },
  },
  'claim the entries of a dead consumer': {
    walk: async (type) => {
      const { redis, keys } = desk.testEnv;
      const [[id] = ['']] = await redis.xrevrange(keys.planStream(), '+', '-', 'COUNT', 1);
      await redis.hset(keys.fleet('governor'), 'gone', `${Date.now()} {"role":"governor"}`);
      await redis.call('XCLAIM', keys.planStream(), 'governor', 'governor-gone', 0, id, 'FORCE');
      await type('streams', 'claim', 'apply.plan', 'governor');
      expect(ran.out).toContain('governor-gone');
      const pending = (await redis.xpending(keys.planStream(), 'governor', '-', '+', 10)) as [string, string][];
      expect(pending.filter(([, consumer]) => consumer === 'governor-gone')).toEqual([]);
      await redis.hdel(keys.fleet('governor'), 'gone');
      await redis.xgroup('DELCONSUMER', keys.planStream(), 'governor', 'governor-gone');
    },
    audit: {
      action: 'stream.claim',
      before: { held: [{ consumer: 'governor-gone', pending: 1 }] },
      after: { claimed: [{ from: 'governor-gone' }] },
    },
  },
  'leave a backlog behind': {
    walk: async (type) => {
      const { redis, keys } = desk.testEnv;
      const [[last] = ['']] = await redis.xrevrange(keys.planStream(), '+', '-', 'COUNT', 1);
      await type('streams', 'skip', 'apply.plan', 'governor', '--to', 'latest');
      expect(ran.out).toContain(`The group governor goes on after ${last}`);
    },
    audit: { action: 'stream.skip', before: { last_delivered_id: expect.any(String) }, after: { unread: 0 } },
  },
  'stop everything': {
    walk: async (type) => {
      await type('kill');
      expect(JSON.parse((await desk.testEnv.redis.get(desk.testEnv.keys.killSwitch())) ?? '')).toMatchObject({
        engaged: true,
        by: 'otto',
      });
    },
    audit: { action: 'kill_switch.engage', before: { engaged: false }, after: { engaged: true, by: 'otto' } },
  },
  'release the kill switch': {
    walk: async (type) => {
      await type('release');
      expect(await desk.call('viewer', 'GET', '/kill-switch')).toMatchObject({ engaged: false });
    },
    audit: { action: 'kill_switch.release', before: { engaged: true, by: 'otto' }, after: { engaged: false } },
  },
  disarm: {
    walk: async (type) => {
      await type('disarm');
      expect(await desk.call('viewer', 'GET', '/status')).toMatchObject({ armed: false });
    },
    audit: { action: 'disarm', before: { armed: true }, after: { armed: false } },
  },
  'show why it is disarmed': {
    walk: async (type) => {
      await type('status');
      expect(ran.out).toMatch(/armed +no, plans are dry runs \(by otto since .*Z:\s+disarm\)/);
    },
  },
  arm: {
    walk: async (type) => {
      await type('arm');
      expect(await desk.call('viewer', 'GET', '/status')).toMatchObject({ armed: true });
    },
    audit: { action: 'arm', before: { armed: false, by: 'otto' }, after: { armed: true } },
  },
  'take a symbol off the allowlist': {
    walk: async (type) => {
      await type('suspend', 'LINKUSDT');
      expect((await submit(desk.gate, 'LINKUSDT', 'PARTIAL_50')).reasonCodes).toEqual(['symbol_suspended']);
    },
    audit: { action: 'symbol.suspend', before: { suspension: null }, after: { suspension: { by: 'otto' } } },
  },
  'put a symbol back on the allowlist': {
    walk: async (type) => {
      await type('allow', 'LINKUSDT');
      const { planId } = await submit(desk.gate, 'LINKUSDT', 'PARTIAL_50');
      expect(await resultOf(desk.testEnv, planId)).toMatchObject({ executed: 'True' });
    },
    audit: { action: 'symbol.allow', before: { suspension: { by: 'otto' } }, after: { suspension: null } },
  },
  'set a hold': {
    walk: async (type) => {
      await type('hold', 'ETHUSDT');
      expect(await desk.testEnv.redis.get(desk.testEnv.keys.hold('ETHUSDT'))).toContain('"by":"otto"');
    },
    audit: { action: 'hold.set', before: { hold: null }, after: { hold: { symbol: 'ETHUSDT', by: 'otto' } } },
  },
  'show a hold': {
    walk: async (type) => {
      await type('positions', 'ETHUSDT');
      expect(ran.out.replaceAll(/\s+/g, ' ')).toMatch(
        /ETHUSDT is on hold \(operator\) by otto since .* UTC: set a hold\./,
      );
    },
  },
  'lift a hold': {
    walk: async (type) => {
      await type('unhold', 'ETHUSDT');
      expect(await desk.testEnv.redis.exists(desk.testEnv.keys.hold('ETHUSDT'))).toBe(0);
    },
    audit: { action: 'hold.clear', before: { hold: { by: 'otto' } }, after: { hold: null } },
  },
  'close a position through the gate': {
    walk: async (type) => {
      await type('close', 'BTCUSDT', '--pct', '50', '--expected', '1');
      const [planId = ''] = /[0-9a-f]{16}/.exec(ran.out) ?? [];
      expect(await resultOf(desk.testEnv, planId)).toMatchObject({ executed: 'True', state: 'FILLED' });
      await untilLedger('BTCUSDT', '0.5');
    },
    audit: {
      action: 'position.close',
      before: { exchange_amt: '1' },
      after: { symbol: 'BTCUSDT', decision: 'EXECUTE' },
    },
  },
  'compare the exchange with the ledger': {
    walk: async (type) => {
      await desk.testEnv.redis.hset(desk.testEnv.keys.ledger('SPELLUSDT'), 'last_known_amt', '5');
      await type('positions');
      expect(ran.out).toMatch(/\nSPELLUSDT +0 +5 +-5 .*\n +in the way: .*drift/);
    },
  },
  'clean up a ghost position': {
    walk: async (type) => {
      await type('reconcile', 'SPELLUSDT', '--expected', '0');
      expect(await ledgerOf('SPELLUSDT')).toBe('0');
    },
    audit: { action: 'ledger.reconcile', before: { ledger_amt: '5' }, after: { ledger_amt: '0' } },
  },
  'show how old a snapshot is': {
    walk: async (type) => {
      await type('positions', 'DOGEUSDT');
      expect(ran.out).toMatch(/\d+(\.\d+)? m?s/);
    },
  },
  'show how often issuers say yes and no': {
    walk: async (type) => {
      await type('ratio');
      expect(ran.out).toMatch(/^\d+ yes, [1-9]\d* no \(/);
      expect(ran.out).toMatch(/SOLUSDT +p33 +deny +1 +cooldown_in_flight/);
    },
  },
  'show limits, used and left': {
    walk: async (type) => {
      await type('limits');
      expect(ran.out).toMatch(/BTCUSDT/);
      expect(ran.out).toContain('1000');
    },
  },
  'show what runs where': {
    walk: async (type) => {
      await type('fleet');
      for (const role of ['apply', 'position-brain', 'governor']) expect(ran.out).toContain(role);
      expect(ran.out).toMatch(/version \d+\.\d+\.\d+ .*, configuration [0-9a-f]{8}, mode testnet/);
    },
  },
  'show the configuration': {
    walk: async (type) => {
      await type('config');
      expect(ran.out).toMatch(/\n\* APPLY_MAX_ATTEMPTS +1\n/);
    },
  },
  'list dead letters': {
    walk: async (type) => {
      const id = await deadLetter();
      await type('dead-letters');
      expect(ran.out).toContain(id);
    },
  },
  'handle a dead letter again': {
    walk: async (type) => {
      const id = await deadLetter();
      await type('dead-letters', 'replay', id);
      expect(await desk.call('viewer', 'GET', `/dead-letters/${id}`)).toMatchObject({
        settled: { outcome: 'replayed' },
      });
    },
    audit: { action: 'dead_letter.replay', before: { settled: null }, after: { settled: { outcome: 'replayed' } } },
  },
  'discard a dead letter': {
    walk: async (type) => {
      const id = await deadLetter();
      await type('dead-letters', 'discard', id);
      expect(await desk.call('viewer', 'GET', `/dead-letters/${id}`)).toMatchObject({
        settled: { outcome: 'discarded' },
      });
    },
    audit: { action: 'dead_letter.discard', before: { settled: null }, after: { settled: { outcome: 'discarded' } } },
  },
  'show how far the archive is': {
    walk: async (type) => {
      await type('archive', 'status');
      expect(ran.out).toMatch(/archive +files, /);
      expect(ran.out).toMatch(/plans +\d{4}-\d\d-\d\dT/);
    },
  },
  'list the plans since a day, also from the archive': {
    walk: async (type) => {
      const oldMs = Date.now() - 20 * DAY_MS;
      const planId = '00000000000000aa';
      const fields = { plan_id: planId, symbol: 'BTCUSDT', action: 'PARTIAL_50', decision: 'EXECUTE', attempt: '1' };
      const entry = {
        kind: 'plan',
        id: `${oldMs}-0`,
        atMs: oldMs,
        symbol: 'BTCUSDT',
        planId,
        attempt: 1,
        fields,
      } as const;
      const day = new Date(oldMs).toISOString().slice(0, 10);
      appendFileSync(join(archive, `archive-${day}.0001.jsonl`), lineOf({ ...entry, tooLargeBytes: undefined }));
      await type('plans', '--since', day);
      expect(ran.out).toContain(planId);
      expect(ran.out).toContain(executed);
    },
  },
  'report what a day closed, cost and gained': {
    walk: async (type) => {
      const day = new Date().toISOString().slice(0, 10);
      await type('report', 'day', day);
      expect(ran.out).toContain(`plan ${executed}`);
      expect(ran.out).toMatch(/USDT: profit \S+, fees \S+, net \S+/);
    },
  },
  "try the messages, and the dead-man's ping": {
    walk: async (type) => {
      const called: string[] = [];
      const service = createServer(({ method, url }, response) => {
        called.push(`${method} ${url}`);
        response.end();
      }).listen(0, '127.0.0.1');
      await once(service, 'listening');
      const { port } = service.address() as AddressInfo;
      vi.stubEnv('NOTIFY_SLACK_URL', `http://127.0.0.1:${port}/slack`);
      vi.stubEnv('NOTIFY_PING_URL', `http://127.0.0.1:${port}/ping`);
      await type('notify', 'test');
      service.close();
      expect(called.toSorted()).toEqual(['GET /ping', 'POST /slack']);
    },
  },
  'make a token': {
    walk: async (type) => {
      await type('token', 'create', '--name', 'new', '--role', 'viewer', '--out', desk.file('tokens.json'));
      const [, token = ''] = /token\s+(\S+)/.exec(ran.out) ?? [];
      const asked = await fetch(`${desk.gate.url}/api/v1/whoami`, { headers: { authorization: `Bearer ${token}` } });
      expect(await asked.json()).toMatchObject({ name: 'new', role: 'viewer' });
    },
  },
  'end a token': {
    walk: async (type) => {
      const { token } = JSON.parse(
        (
          await desk.type(
            'viewer',
            'token',
            'create',
            '--name',
            'old',
            '--role',
            'viewer',
            '--json',
            '--out',
            desk.file('tokens.json'),
          )
        ).out,
      ) as { token: string };
      await type('token', 'revoke', 'old', '--file', desk.file('tokens.json'));
      const asked = await fetch(`${desk.gate.url}/api/v1/whoami`, { headers: { authorization: `Bearer ${token}` } });
      expect(asked.status).toBe(401);
    },
  },
  'rotate the key of an issuer': {
    walk: async (type) => {
      const keys = new KeyFolder();
      const before = keys.key('p33').kid;
      await type('keys', 'rotate', '--issuer', 'p33', '--key-file', keys.keyFile('p33'), '--trusted', keys.trusted);
      expect(keys.key('p33').kid).not.toBe(before);
      keys.remove();
    },
  },
  'export the audit': {
    walk: async (type) => {
      await type('audit', 'export', '--output', desk.file('audit.jsonl'));
      const lines = desk.read('audit.jsonl').trim().split('\n');
      expect(lines.length).toBeGreaterThan(15);
      expect(lines.filter((line) => line.includes('kill_switch.engage'))).toHaveLength(1);
    },
  },
  'flatten all, on testnet': {
    walk: async (type) => {
      await type('flatten');
      await untilOk(async () => (await ledgerOf('BTCUSDT')) === '0');
      expect(ran.out).toMatch(/DOGEUSDT +1000 +published/);
    },
    audit: { action: 'positions.flatten', before: expect.anything(), after: { symbols: expect.any(Array) } },
  },
};

const template = (path: string): RegExp => new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);

describe('every operation by hand', () => {
  it('of docs/operations-table.md is walked', () => {
    expect(
      operations()
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(Object.keys(WALKS).toSorted());
  });

  const ordered = Object.keys(WALKS).flatMap((name) => operations().filter((each) => each.name === name));
  it.each(ordered)('$name: $command', async ({ name, words, command, call, role }) => {
    const { walk, audit } = WALKS[name] ?? { walk: () => Promise.reject(new Error('not walked')) };
    const isChange = audit !== undefined;
    const person = (role === '–' ? 'viewer' : role) as PersonsRole;
    await walk(async (...args) => {
      expect(args.slice(0, words.split(' ').length).join(' ')).toBe(words);
      expect(command.includes('--reason')).toBe(isChange);
      ran = await desk.type(person, ...args, ...(isChange ? ['--reason', name] : []));
      // These are checks: they end with 1 where something is wrong, as it may be just after a start.
      const mayEnd = words === 'why' || words === 'fleet' ? [0, 1] : [0];
      expect(mayEnd, ran.err + ran.out).toContain(ran.code);
      expect(ran.err).toBe('');
      const made = ran.calls.map((each) => each.split(' ') as [string, string]);
      const isIt = ([method, path]: [string, string]): boolean =>
        method === call?.method && template(call.path).test(path);
      expect(call === undefined ? made.length === 0 : made.some(isIt), made.join()).toBe(true);
      expect(isChange ? made.length : 1).toBe(1);
      return ran;
    });
    const entry = isChange ? await desk.audited(name) : undefined;
    const wanted = isChange ? { actor: desk.nameOf(person), role, reason: name, outcome: 'ok', ...audit } : undefined;
    expect([entry]).toMatchObject([wanted]);
  });
});
