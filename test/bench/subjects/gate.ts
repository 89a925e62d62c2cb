import { mkdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { parseProposal } from '../../../src/flow/1-proposal.js';
import { planIdOf } from '../../../src/flow/2-plan.js';
import type { Fields } from '../../../src/flow/0-primitives.js';
import { stop } from '../../harness/child-processes.js';
import { startGate } from '../../harness/gate-process.js';
import { PAPER_KEYS } from '../../harness/paper-exchange-process.js';
import { knowsPositions } from '../../harness/readiness.js';
import type { TempResources } from '../../harness/temp-resources.js';
import { KeyFolder } from '../../harness/signing-keys.js';
import type { BenchEnvironment } from '../environment.js';
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
  /** Whether each role logs in to Redis as its own user. */
  readonly hasUsers: boolean;
  /** Settings beside those every run has. */
  readonly variables: Readonly<Record<string, string>>;
  /** The program; the one of this repository by default. */
  readonly main?: string | undefined;
  /** The Node that runs it; that of this process by default. */
  readonly node?: string | undefined;
  readonly nodeOptions?: readonly string[] | undefined;
}

let started = 0;

/** Starts permit-gate with everything at its defaults but the limits, and waits until it knows every position. */
export async function startSubject(
  { folder: parent, processes }: TempResources,
  environment: BenchEnvironment,
  options: GateOptions,
): Promise<Subject> {
  const { session, symbols } = environment;
  const folder = join(parent, `config-${(started += 1)}`);
  mkdirSync(folder);
  const shared = {
    APPLY_MODE: options.mode,
    APPLY_ALLOWLIST: symbols.join(','),
    APPLY_REPEAT_POLICY: 'every_proposal',
    APPLY_MAX_ATTEMPTS: '1',
    REDIS_URL: environment.redisUrl,
    EXCHANGE_REST_URL: environment.exchange.restUrl,
    ...PAPER_KEYS,
    P33_METRICS_PORT: '0',
    P33_COOLDOWN_SEC: '0',
    GOV_MAX_EXEC_PER_HOUR: '100000',
    GOV_MAX_EXEC_PER_5MIN: '100000',
    GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD: '1000000000000',
    CONFIG_DIR: folder,
  };
  const keyFolder = options.signing ? new KeyFolder(folder) : undefined;
  const roleSets = options.processes === 'one' ? [ROLES.join(',')] : ROLES;
  const startedMs = performance.now();
  const instances = Array.from({ length: options.instances }, (_, index) => index);
  const gates = await Promise.all(
    instances.flatMap((instance) =>
      roleSets.map(async (roles) => {
        const id = `bench-${started}-${roles.split(',')[0] ?? ''}-${instance}`;
        const logFile = join(parent, `${id}.log`);
        const user = `permit-gate-${roles}`;
        const operator = 'permit-gate-operator';
        const asOperator = { REDIS_OPERATOR_USERNAME: operator, REDIS_OPERATOR_PASSWORD: operator };
        const login = options.hasUsers ? { REDIS_USERNAME: user, REDIS_PASSWORD: user, ...asOperator } : {};
        const signing = keyFolder?.env(roles) ?? { PERMIT_SIGNING: 'off' };
        const variables = { ...shared, ...signing, ...login, ROLES: roles, INSTANCE_ID: id, ...options.variables };
        const { main, node: command, nodeOptions } = options;
        const { program, url } = await startGate(variables, parent, {
          logFile,
          processes,
          ...(main && { main }),
          ...(command && { command }),
          ...(nodeOptions && { nodeOptions }),
        });
        return { program, url, logFile };
      }),
    ),
  );
  const readyAfterMs = performance.now() - startedMs;
  const known = (): Promise<boolean> => knowsPositions(session.commands, session.keys, symbols);
  for (const { program } of gates) await program.until('permit-gate knows every position', known);
  return {
    name: 'ours',
    pids: gates.map(({ program }) => program.pid),
    urls: gates.map(({ url }) => url),
    readyAfterMs,
    planIdOf: ourPlanId,
    isWanted: (result) =>
      result['error'] === '' && result['executed'] === (options.mode === 'dry_run' ? 'False' : 'True'),
    forgetLog: () => {
      for (const { logFile } of gates) truncateSync(logFile);
    },
    stop: async () => {
      await Promise.all(gates.map(({ program }) => stop(program.child)));
    },
  };
}

function ourPlanId(symbol: string, fields: Fields): string {
  const reading = parseProposal(symbol, fields);
  if (!reading.ok) throw new Error(`the load is no proposal: ${reading.detail}`);
  return planIdOf(reading.proposal);
}
