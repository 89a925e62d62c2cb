import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PROPOSAL_INTAKE, NothingPublished, type ProposalIntake } from '../../src/runtime/proposal-intake.js';
import { eventually } from '../harness/eventually.js';
import { proposalFields } from '../harness/proposals.js';
import { KeyFolder } from '../harness/signing-keys.js';
import { QUICK, resultOf, sleep, untilKnown } from './apply-support.js';
import { worldOf } from './many-symbols.js';

const SYMBOLS = Array.from({ length: 566 }, (_, index) => `B${String(index).padStart(4, '0')}USDT`);

it(
  'closes of 566 symbols at once, by hash and stream, permits signed: each is claimed at its first attempt; part of [P12]',
  { timeout: 120_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'permit-gate-burst-'));
    const keys = new KeyFolder();
    const testEnv = await worldOf(SYMBOLS, folder);
    try {
      const env = {
        ...QUICK,
        ...keys.env(),
        APPLY_MODE: 'dry_run',
        APPLY_ALLOWLIST: SYMBOLS.join(','),
        APPLY_POLL_SEC: '5',
        APPLY_PERMIT_STEP_MS: '100',
        APPLY_PERMIT_WAIT_MS: '1200',
        APPLY_REPEAT_POLICY: 'once_per_episode',
        APPLY_MAX_ATTEMPTS: '1',
        P33_POLL_SEC: '5',
        P33_STALE_THRESHOLD_SEC: '60',
        LOG_LEVEL: 'warn',
      };
      await testEnv.gate({ env });
      await untilKnown(testEnv, ...SYMBOLS);
      const fromMs = performance.now();
      const burst = testEnv.redis.pipeline();
      for (const [index, symbol] of SYMBOLS.entries()) {
        const fields = proposalFields(index % 5 === 0 ? 'FULL_CLOSE_PROPOSED' : 'PARTIAL_50');
        if (index % 5 === 1) burst.hset(testEnv.keys.proposal(symbol), fields);
        else burst.xadd(testEnv.keys.proposalStream(), '*', 'symbol', symbol, ...Object.entries(fields).flat());
      }
      await burst.exec();
      let most = 0;
      await eventually(
        async () => {
          await sleep(50);
          most = Math.max(most, await testEnv.redis.zcard(testEnv.keys.openPlans()));
          return (await testEnv.redis.xlen(testEnv.keys.resultStream())) >= SYMBOLS.length || undefined;
        },
        90_000,
        () => most,
      );
      process.stdout.write(`566 plans in ${Math.round(performance.now() - fromMs)} ms, at most ${most} open\n`);
      const ends = new Map<string, number>();
      for (const { fields } of await testEnv.results()) {
        const what = `attempt ${fields['attempt']} ${fields['error'] || fields['state']}`;
        ends.set(what, (ends.get(what) ?? 0) + 1);
      }
      expect(Object.fromEntries(ends)).toEqual({ 'attempt 1 SKIPPED': SYMBOLS.length });
      expect(most).toBeLessThanOrEqual(64);
    } finally {
      await testEnv.close();
      keys.remove();
      rmSync(folder, { recursive: true });
    }
  },
);

it(
  'an operator gets 503 when no slot comes, a full close is next, and HOLD does not wait; part of [P12] [L1]',
  { timeout: 60_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'permit-gate-burst-'));
    const symbols = SYMBOLS.slice(0, 64 + 3);
    const testEnv = await worldOf(symbols, folder);
    try {
      const env = {
        ...QUICK,
        APPLY_ALLOWLIST: symbols.join(','),
        APPLY_PERMIT_WAIT_MS: '9000',
        APPLY_MAX_ATTEMPTS: '1',
      };
      const gate = await testEnv.gate({ roles: 'apply', env });
      const intake = gate.app.get<ProposalIntake>(PROPOSAL_INTAKE, { strict: false });
      const [part = '', full = '', held = '', ...others] = symbols;
      const first = await Promise.all(
        others.map((symbol) => intake.submit(symbol, proposalFields('PARTIAL_50'), 'api')),
      );
      expect(first.map(({ decision }) => decision)).toEqual(others.map(() => 'EXECUTE'));

      const refused = intake.submit(part, proposalFields('PARTIAL_50'), 'api').catch((error: unknown) => error);
      const waiting = intake.submit(held, proposalFields('PARTIAL_50'), 'stream');
      await testEnv.propose(full, 'FULL_CLOSE_PROPOSED');
      const hold = { ...proposalFields('HOLD'), last_update_epoch: String(Date.now() / 1000 + 1) };
      expect(await intake.submit(held, hold, 'stream')).toMatchObject({ reasonCodes: ['action_hold'] });
      const refusal = await refused;
      expect(refusal).toBeInstanceOf(NothingPublished);
      expect(String(refusal)).toMatch(
        /^Error: The plan waits for capacity: 64 plans .* no slot became free in 5 s\. Nothing was published\.$/,
      );

      // One of those that wait ends, and the full close has its place before what waited longer.
      const published = async (symbol: string): Promise<boolean> =>
        (await testEnv.plans()).some(({ fields }) => fields['symbol'] === symbol && fields['decision'] === 'EXECUTE');
      expect(await published(full)).toBe(false);
      await testEnv.redis.setex(
        testEnv.keys.governorBlock(first[0]?.planId ?? ''),
        60,
        '{"reason":"daily_limit_exceeded"}',
      );
      await resultOf(testEnv, first[0]?.planId ?? '');
      await eventually(async () => (await published(full)) || undefined);
      expect(await published(held)).toBe(false);
      await sleep(50);
      expect(await waiting).toMatchObject({ decision: 'SKIP', reasonCodes: ['proposal_withdrawn'] });
      expect(await published(held)).toBe(false);
    } finally {
      await testEnv.close();
      rmSync(folder, { recursive: true });
    }
  },
);

it(
  'of proposals that are read at once the most urgent get the free slots, whichever came first',
  { timeout: 60_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'permit-gate-burst-'));
    const symbols = SYMBOLS.slice(0, 160);
    const testEnv = await worldOf(symbols, folder);
    try {
      const env = {
        ...QUICK,
        APPLY_ALLOWLIST: symbols.join(','),
        APPLY_PERMIT_WAIT_MS: '9000',
        APPLY_MAX_ATTEMPTS: '1',
      };
      const gate = await testEnv.gate({ roles: 'apply', env });
      const burst = testEnv.redis.multi();
      for (const [index, symbol] of symbols.entries()) {
        const fields = proposalFields(index < 80 ? 'PARTIAL_50' : 'FULL_CLOSE_PROPOSED', {
          kill_score: index % 40 === 0 ? '0.55' : '0.5',
        });
        burst.xadd(testEnv.keys.proposalStream(), '*', 'symbol', symbol, ...Object.entries(fields).flat());
      }
      await burst.exec();
      await eventually(async () => (await testEnv.plans()).length >= 64 || undefined);
      expect(await gate.metrics()).toContain('plans_waiting_for_capacity 96\n');
      const planned = (await testEnv.plans()).map(({ fields }) => `${fields['kill_score']} ${fields['action']}`);
      const count = new Map<string, number>();
      for (const each of planned) count.set(each, (count.get(each) ?? 0) + 1);
      expect(Object.fromEntries(count)).toEqual({
        '0.55 PARTIAL_50': 2,
        '0.55 FULL_CLOSE_PROPOSED': 2,
        '0.5 FULL_CLOSE_PROPOSED': 60,
      });
    } finally {
      await testEnv.close();
      rmSync(folder, { recursive: true });
    }
  },
);
