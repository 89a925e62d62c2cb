import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, inject, it } from 'vitest';
import { monitorCommands } from '../bench/monitor.js';
import { ScriptRunner } from '../../src/redis/scripts/script-runner.js';
import { loadScript } from '../../src/redis/scripts/script-source.js';
import { SCRIPTS, type ScriptName } from '../../src/redis/scripts/scripts.js';
import { createAdminToken } from '../harness/admin-token.js';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { proposalFields } from '../harness/proposals.js';

const PLANS = 20;
/** The load's own entry and what watches the results are not the gate's. */
const NOT_OURS = new Set(['xadd', 'xrange', 'xlen', 'echo']);

/** By time, not by plan. */
const BESIDE: ReadonlySet<string> = new Set([
  'hold_lease',
  'record_snapshot',
  'read_events',
  'newest_events',
  'archive_entries',
]);

interface Sent {
  readonly what: string;
  /** The first argument: of a plain command, its key. */
  readonly key: string;
  readonly bytes: number;
}

/** Every command that names a key of the testEnv, as it reaches the server from a client; `stop` waits for the last. */
async function watch(testEnv: TestEnvironment, gate: Gate): Promise<{ readonly sent: Sent[]; stop(): Promise<void> }> {
  const server = gate.app.get(ScriptRunner, { strict: false }).server.known?.id;
  const names = new Map(Object.keys(SCRIPTS).map((name) => [loadScript(name as ScriptName, server).sha1, name]));
  const sent: Sent[] = [];
  const end = await monitorCommands(inject('redisSocket'), ({ inScript, args }) => {
    if (inScript || !args.some((arg) => arg.includes(testEnv.prefix))) return;
    const command = (args[0] ?? '').toLowerCase();
    // The evidence of a symbol, read by the snapshot cycle, is no plan's.
    if (NOT_OURS.has(command) || args.includes(testEnv.keys.journal('-'))) return;
    // Nor is its look at fills of other services.
    if (args.includes(testEnv.keys.unknownFills())) return;
    const what = command === 'evalsha' ? (names.get(args[1] ?? '') ?? 'unknown script') : command;
    sent.push({ what, key: args[1] ?? '', bytes: args.reduce((sum, arg) => sum + arg.length, 0) });
  });
  return { sent, stop: () => end(`${testEnv.prefix}end`) };
}

async function runOne(testEnv: TestEnvironment, index: number): Promise<void> {
  const proposal = { ...proposalFields('PARTIAL_50'), proposal_id: randomUUID() };
  await testEnv.redis.xadd(testEnv.keys.proposalStream(), '*', 'symbol', 'BTCUSDT', ...Object.entries(proposal).flat());
  await eventually(async () => (await testEnv.redis.xlen(testEnv.keys.resultStream())) === index || undefined);
}

describe('what a plan costs in Redis commands', () => {
  let testEnv: TestEnvironment;
  afterEach(() => testEnv.close());

  const folder = mkdtempSync(join(tmpdir(), 'permit-gate-plan-cost-'));
  const admin = createAdminToken(folder, 'anna');
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Clients of the events, each of which has read something. */
  async function follow(gate: Gate, count: number): Promise<void> {
    const headers = { authorization: `Bearer ${admin.token}` };
    const answers = Array.from({ length: count }, () => fetch(`${gate.url}/api/v1/events`, { headers }));
    for (const answer of await Promise.all(answers)) {
      expect(answer.status).toBe(200);
      expect((await answer.body?.getReader().read())?.done).toBe(false);
    }
  }

  it.each([
    ['', 0, {}],
    [
      ', also while 20 clients follow the events and all of it is archived',
      20,
      { ARCHIVE_TO: 'files', ARCHIVE_DIR: join(folder, 'archive') },
    ],
  ])(
    'is six scripts and one read; two scripts are sequential from publication to claim%s',
    async (_also, clients, archive) => {
      testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
      const gate = await testEnv.gate({
        http: clients > 0,
        env: {
          APPLY_MODE: 'dry_run',
          APPLY_REPEAT_POLICY: 'every_proposal',
          APPLY_POLL_SEC: '3600',
          ADMIN_TOKENS_FILE: admin.tokensFile,
          // A machine that is busy must not bring in checks and retries that a plan does not need.
          APPLY_PERMIT_WAIT_MS: '50000',
          APPLY_PERMIT_STEP_MS: '49000',
          ...archive,
        },
      });
      await eventually(
        async () => (await testEnv.redis.hget(testEnv.keys.ledger('BTCUSDT'), 'last_known_amt')) ?? undefined,
      );
      await runOne(testEnv, 1);
      await follow(gate, clients);
      const watched = await watch(testEnv, gate);
      for (let index = 2; index < PLANS + 2; index += 1) await runOne(testEnv, index);
      const [earlier = '', ...planIds] = (await testEnv.plans()).map(({ fields }) => fields['plan_id'] ?? '');
      const reservation = (planId: string): string => testEnv.keys.reservation(planId, '1');
      // The Governor reads the reservation of a plan after its result was published: that of the plan before may come late, and
      // that of the last one is still to come.
      const settled = (): Set<string> => new Set(watched.sent.map(({ key }) => key));
      await eventually(() => planIds.every((planId) => settled().has(reservation(planId))) || undefined);
      await watched.stop();
      // The events look at the fleet and at the state, and at no reservation.
      const ofThese = watched.sent.filter(
        ({ what, key }) =>
          key !== reservation(earlier) && (what !== 'hgetall' || key.includes('governor:reservation:')),
      );

      const count = (what: string): number => ofThese.filter((each) => each.what === what).length;
      // A snapshot that is stored between judging and issuing makes an issuer read, and try again.
      const rereads = { issue_governor_permit: 'read_governor_evidence', issue_permit: 'read_position_evidence' };
      const again = (what: string): number => (what in rereads ? count(rereads[what as keyof typeof rereads]) : 0);
      for (const what of Object.keys(rereads)) expect(again(what)).toBeLessThanOrEqual(PLANS / 5);
      const perPlan = Object.fromEntries(
        [
          'take_in_proposal',
          'publish_plan',
          'take_plan',
          'issue_governor_permit',
          'issue_permit',
          'claim_dry_run',
          'hgetall',
        ].map((what) => [what, (count(what) - again(what)) / PLANS]),
      );
      expect(perPlan).toEqual(Object.fromEntries(Object.keys(perPlan).map((what) => [what, 1])));
      // One of the proposal and, by two groups, of the result; those of the plan before may come late.
      expect(count('xack')).toBeLessThanOrEqual(3 * (PLANS + 1));
      expect(count('unknown script')).toBe(0);
      const scriptBytes = watched.sent
        .filter(({ what }) => what in SCRIPTS && !BESIDE.has(what))
        .reduce((sum, { bytes }) => sum + bytes, 0);
      // 200 of them since the issuers look at the control state in the step that gives a permit, 300 with the target of the proposal,
      // 400 with account, action, side and bounds in the permits, 200 with the key of a suspension, 400 with the evidence that the plan carries in place of two scripts that read it.
      const rereadBytes = again('issue_permit') * 3_500 + again('issue_governor_permit') * 3_500;
      expect((scriptBytes - rereadBytes) / PLANS).toBeLessThan(8_800);

      const order = ofThese.map(({ what }) => what).filter((what) => what in perPlan);
      for (let from = order.indexOf('publish_plan'); from >= 0; from = order.indexOf('publish_plan', from + 1)) {
        const upTo = order.indexOf('claim_dry_run', from);
        if (upTo < 0) break;
        expect([...new Set(order.slice(from + 1, upTo))].toSorted()).toEqual([
          'issue_governor_permit',
          'issue_permit',
          'take_plan',
        ]);
      }
    },
  );
});
