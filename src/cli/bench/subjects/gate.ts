import { mkdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { parseProposal } from '../../../flow/1-proposal.js';
import { planIdOf } from '../../../flow/2-plan.js';
import type { Fields } from '../../../flow/0-words.js';
import { type Belongings, stopChild } from '../../demo/belongings.js';
import { API_KEY, API_SECRET } from '../../demo/paper-venue.js';
import { freePort, startProgram } from '../../demo/program.js';
import { isReady, until } from '../../demo/readiness.js';
import type { RedisSession } from '../../redis-session.js';
import type { World } from '../world.js';
import { signingVariables } from './signing.js';
import type { Subject } from './subject.js';

const ROLES = ['apply', 'position-brain', 'governor'] as const;

export interface GateOptions {
  readonly mode: 'dry_run' | 'testnet';
  /** All roles in each process, or a process for each role. */
  readonly processes: 'one' | 'three';
  /** How many instances of each role. */
  readonly instances: number;
  /** Whether permits are signed and verified. */
  readonly signing: boolean;
  /** Settings beside those every run has. */
  readonly variables: Readonly<Record<string, string>>;
}

let started = 0;

/** Starts permit-gate with everything at its defaults but the limits, and waits until it knows every position. */
export async function startGate(belongings: Belongings, world: World, options: GateOptions): Promise<Subject> {
  const { session, symbols } = world;
  const folder = join(belongings.folder, `config-${(started += 1)}`);
  mkdirSync(folder);
  const shared = {
    APPLY_MODE: options.mode,
    APPLY_ALLOWLIST: symbols.join(','),
    APPLY_REPEAT_POLICY: 'every_proposal',
    APPLY_MAX_ATTEMPTS: '1',
    REDIS_URL: world.redisUrl,
    EXCHANGE_REST_URL: world.venue.restUrl,
    BINANCE_TESTNET_API_KEY: API_KEY,
    BINANCE_TESTNET_API_SECRET: API_SECRET,
    P33_METRICS_PORT: '0',
    P33_COOLDOWN_SEC: '0',
    GOV_MAX_EXEC_PER_HOUR: '100000',
    GOV_MAX_EXEC_PER_5MIN: '100000',
    GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD: '1000000000000',
    CONFIG_DIR: folder,
    ...(options.signing ? signingVariables(folder) : { PERMIT_SIGNING: 'off' }),
    ...options.variables,
  };
  const roleSets = options.processes === 'one' ? [ROLES.join(',')] : ROLES;
  const startedMs = performance.now();
  const programs = await Promise.all(
    Array.from({ length: options.instances }, (_, instance) => roleSets.map((roles) => ({ instance, roles })))
      .flat()
      .map(async ({ instance, roles }) => {
        const port = await freePort();
        const id = `bench-${started}-${roles.split(',')[0] ?? ''}-${instance}`;
        const variables = { ...shared, ROLES: roles, INSTANCE_ID: id, HTTP_PORT: String(port) };
        return { program: startProgram(belongings, id, ['serve'], variables), port };
      }),
  );
  await Promise.all(programs.map(({ program, port }) => until(program, () => isReady(port))));
  const readyAfterMs = performance.now() - startedMs;
  for (const { program } of programs) await until(program, () => knowsPositions(session, symbols));
  return {
    name: 'ours',
    pids: programs.map(({ program }) => program.child.pid ?? 0),
    readyAfterMs,
    planIdOf: ourPlanId,
    isWanted: (result) =>
      result['error'] === '' && result['executed'] === (options.mode === 'dry_run' ? 'False' : 'True'),
    forgetLog: () => {
      for (const { program } of programs) truncateSync(program.logFile);
    },
    stop: async () => {
      await Promise.all(programs.map(({ program }) => stopChild(program.child)));
    },
  };
}

function ourPlanId(symbol: string, fields: Fields): string {
  const reading = parseProposal(symbol, fields);
  if (!reading.ok) throw new Error(`the load is no proposal: ${reading.detail}`);
  return planIdOf(reading.proposal);
}

async function knowsPositions({ commands, keys }: RedisSession, symbols: readonly string[]): Promise<boolean> {
  const known = symbols.flatMap((symbol) => [keys.snapshot(symbol), keys.ledger(symbol)]);
  return (await commands.exists(...known)) === known.length;
}
