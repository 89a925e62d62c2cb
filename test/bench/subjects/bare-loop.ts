import { setTimeout as sleep } from 'node:timers/promises';
import type { Fields } from '../../../src/flow/0-primitives.js';
import { BLOCK_MS, type RedisClient } from '../../../src/redis/connection/redis-clients.js';
import { readFirstStream } from '../../../src/redis/streams/stream-entry.js';
import { redisConfiguration } from '../../../src/cli/configuration.js';
import { RedisSession } from '../../../src/cli/redis-session.js';

/**
 * The two baselines, as programs of their own. `floor` is what a hand-written event-driven loop needs at least: the
 * proposal is read by group and published; each issuer reads it by group, asks Redis for its evidence, and writes permit,
 * event and acknowledgement in one round trip; the waiting side reads the events and takes both permits with the result
 * in one transaction. It checks nothing, keeps no journal, survives no crash. `guide` waits as the guide's Apply does:
 * EXISTS of both permits, every 100 ms, twelve times.
 */
export type BareLoop = 'floor' | 'guide';
export const BARE_ROLES = ['governor', 'p33', 'apply'] as const;

const BATCH = 200;
const PERMIT_TTL_MS = 60_000;
const KEPT = 20_000;
const STEP_MS = 100;
const STEPS = 12;

type OnEntry = (id: string, fields: Fields) => Promise<void>;

/** `baseline.mjs <kind> <redis url> <roles>`: returns the exit code. */
export async function main([kind = '', redisUrl = '', roles = '']: readonly string[]): Promise<number> {
  if (kind !== 'floor' && kind !== 'guide') throw new RangeError(`the baseline is ${kind}; floor or guide is needed`);
  await runBareLoop(kind, redisUrl, roles.split(','));
  return 0;
}

/** Runs one of the loops, or some roles of it, until the process gets a signal to end. */
async function runBareLoop(kind: BareLoop, redisUrl: string, roles: readonly string[]): Promise<void> {
  const session = new RedisSession(redisConfiguration({ REDIS_URL: redisUrl }));
  await session.connect();
  const { keys, commands } = session;
  const read = async (stream: string, group: string, onEntry: OnEntry): Promise<void> => {
    await commands.xgroup('CREATE', stream, group, '$', 'MKSTREAM');
    void readGroup(await session.openBlocking(), stream, group, onEntry);
  };
  const waiting = new Map<string, Set<string>>();
  const issue =
    (issuer: 'governor' | 'p33'): OnEntry =>
    async (id, fields) => {
      const planId = fields['plan_id'] ?? '';
      const symbol = fields['symbol'] ?? '';
      const evidence = await commands.hmget(keys.snapshot(symbol), 'position_amt', 'mark_price', 'ts_ms');
      const permit = JSON.stringify({ granted: true, plan_id: planId, symbol, issuer, evidence });
      const key = issuer === 'governor' ? keys.governorPermit(planId) : keys.positionPermit(planId);
      const written = commands.pipeline().set(key, permit, 'PX', PERMIT_TTL_MS);
      if (kind === 'floor')
        written.xadd(
          keys.permitEvents(),
          'MAXLEN',
          '~',
          KEPT,
          '*',
          'plan_id',
          planId,
          'issuer',
          issuer,
          'permit',
          permit,
        );
      await written.xack(keys.planStream(), issuer, id).exec();
    };
  const claim = async (planId: string): Promise<void> => {
    await commands
      .multi()
      .getdel(keys.governorPermit(planId))
      .getdel(keys.positionPermit(planId))
      .xadd(keys.resultStream(), 'MAXLEN', '~', KEPT, '*', 'plan_id', planId, 'error', '', 'executed', 'True')
      .exec();
  };
  const plan: OnEntry = async (id, { symbol = '', proposal_id: planId = '', ...rest }) => {
    const fields = { plan_id: planId, symbol, decision: 'EXECUTE', ...rest };
    if (kind === 'floor') waiting.set(planId, new Set());
    await commands
      .pipeline()
      .xadd(keys.planStream(), 'MAXLEN', '~', KEPT, '*', ...Object.entries(fields).flat())
      .xack(keys.proposalStream(), 'apply', id)
      .exec();
    if (kind === 'guide')
      await waitInSteps(commands, [keys.governorPermit(planId), keys.positionPermit(planId)], () => claim(planId));
  };
  if (kind === 'floor' && roles.includes('apply')) {
    void readEvents(
      await session.openBlocking(),
      keys.permitEvents(),
      async ({ plan_id: planId = '', issuer = '' }) => {
        const have = waiting.get(planId)?.add(issuer);
        if (have?.size !== 2) return;
        waiting.delete(planId);
        await claim(planId);
      },
    );
  }
  for (const issuer of ['governor', 'p33'] as const)
    if (roles.includes(issuer)) await read(keys.planStream(), issuer, issue(issuer));
  if (roles.includes('apply')) await read(keys.proposalStream(), 'apply', plan);
  process.stdout.write(`${JSON.stringify({ msg: 'ready' })}\n`);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

/** The guide's own waiting: look, sleep, look again. */
async function waitInSteps(
  commands: RedisClient,
  [governor, p33]: readonly [string, string],
  claim: () => Promise<void>,
): Promise<void> {
  for (let step = 0; step < STEPS; step += 1) {
    const hasGovernor = await commands.exists(governor);
    const hasPosition = await commands.exists(p33);
    if (hasGovernor === 1 && hasPosition === 1) return claim();
    await sleep(STEP_MS);
  }
}

async function readGroup(blocking: RedisClient, stream: string, group: string, onEntry: OnEntry): Promise<never> {
  for (;;) {
    const block = ['COUNT', BATCH, 'BLOCK', BLOCK_MS] as const;
    const reply = await blocking.xreadgroup('GROUP', group, `${group}-bare`, ...block, 'STREAMS', stream, '>');
    for (const { id, fields } of readFirstStream(reply).entries) void onEntry(id, fields);
  }
}

async function readEvents(
  blocking: RedisClient,
  stream: string,
  onEvent: (fields: Fields) => Promise<void>,
): Promise<never> {
  let after = '0-0';
  for (;;) {
    const reply = await blocking.xread('COUNT', BATCH, 'BLOCK', BLOCK_MS, 'STREAMS', stream, after);
    for (const { id, fields } of readFirstStream(reply).entries) {
      after = id;
      void onEvent(fields);
    }
  }
}
