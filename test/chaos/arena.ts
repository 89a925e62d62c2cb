import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type Keys, keysFor } from '../../src/redis/keys/keys.js';
import { type AdminToken, createAdminToken } from '../harness/admin-token.js';
import { ChildProcesses } from '../harness/child-processes.js';
import { sameMarks, writeListing } from '../harness/listing.js';
import { PAPER_KEYS, PaperExchangeProcess } from '../harness/paper-exchange-process.js';
import { freePorts } from '../harness/ports.js';
import { KeyFolder } from '../harness/signing-keys.js';
import { TcpProxy } from '../harness/tcp-proxy.js';
import { CROWD_MARK } from './bursts.js';
import { ChaosGate, PROOF_MS, type UnaskedEnd } from './chaos-gate.js';
import { RedisNode } from './redis-node.js';
import type { Scenario } from './scenario.js';

const STAGGER_MS = 150;
const UP_WITHIN_MS = 60_000;

/** Waits short enough that a run takes seconds, limits high enough that plans are carried out. */
const COMMON_ENV = {
  APPLY_MODE: 'testnet',
  APPLY_PROPOSAL_MAX_AGE_SEC: '8',
  P33_STALE_THRESHOLD_SEC: '4',
  P33_METRICS_PORT: '0',
  GOV_MAX_EXEC_PER_HOUR: '10000',
  GOV_MAX_EXEC_PER_5MIN: '10000',
  GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD: '900000000000',
  EXCHANGE_UNKNOWN_PROOF_SEC: String(PROOF_MS / 1_000),
  EXCHANGE_ORDER_TIMEOUT_MS: '500',
  EXCHANGE_RECV_WINDOW_MS: '1000',
  ...PAPER_KEYS,
  LOG_LEVEL: 'debug',
} as const;

function newKeys(folder: string): KeyFolder {
  const keys = join(folder, 'keys');
  mkdirSync(keys, { mode: 0o700 });
  return new KeyFolder(keys);
}

/** All that takes part in a run: servers, links and processes, started and ready. */
export class Arena {
  readonly keys: Keys = keysFor('quantum:');
  readonly unaskedEnds: UnaskedEnd[] = [];
  readonly gates: ChaosGate[] = [];
  readonly #links: TcpProxy[] = [];
  #primary: RedisNode;
  #replica: RedisNode | undefined;

  private constructor(
    private readonly processes: ChildProcesses,
    readonly scenario: Scenario,
    readonly folder: string,
    readonly paper: PaperExchangeProcess,
    private readonly token: AdminToken,
    /** The harness' own link to Redis: it follows a failover and is never broken. */
    private readonly ownLink: TcpProxy,
    private readonly replicaLink: TcpProxy | undefined,
    primary: RedisNode,
    replica: RedisNode | undefined,
  ) {
    this.#primary = primary;
    this.#replica = replica;
  }

  static async open(scenario: Scenario, main: string, folder: string): Promise<Arena> {
    const processes = new ChildProcesses();
    try {
      return await Arena.#open(processes, scenario, main, folder);
    } catch (error) {
      await processes.killAll();
      throw error;
    }
  }

  static async #open(processes: ChildProcesses, scenario: Scenario, main: string, folder: string): Promise<Arena> {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'scenario.json'), JSON.stringify(scenario, undefined, 2));
    const token = createAdminToken(folder, 'chaos');
    const configDir = join(folder, 'config');
    mkdirSync(configDir, { recursive: true });
    writeFileSync(join(configDir, 'none.yaml'), 'symbols: {}\n');
    const [primaryPort = 0, replicaPort = 0, ...httpPorts] = await freePorts(2 + scenario.gates.length);
    const primary = new RedisNode(processes, 'redis-a', folder, primaryPort, scenario.fsync);
    await primary.start();
    let replicaLink: TcpProxy | undefined;
    let replica: RedisNode | undefined;
    if (scenario.replica) {
      replicaLink = await TcpProxy.open(primaryPort);
      replica = new RedisNode(processes, 'redis-b', folder, replicaPort, scenario.fsync);
      await replica.start(['--replicaof', '127.0.0.1', String(replicaLink.port)]);
    }
    const { crowd, paper: own } = scenario;
    const beside = crowd.length > 0 && {
      exchangeInfoFile: writeListing(folder, crowd, { beside: true }),
      marks: sameMarks(crowd, CROWD_MARK),
    };
    const listed = { positions: scenario.positions, unlimited: true, ...beside, ...own };
    const paper = await PaperExchangeProcess.start(listed, folder, { main, processes });
    const ownLink = await TcpProxy.open(primaryPort);
    const arena = new Arena(processes, scenario, folder, paper, token, ownLink, replicaLink, primary, replica);
    const env = {
      ...COMMON_ENV,
      ...scenario.env,
      APPLY_ALLOWLIST: Object.keys(scenario.positions).join(','),
      ADMIN_TOKENS_FILE: token.tokensFile,
      CONFIG_DIR: configDir,
    };
    const signing = scenario.signing ? newKeys(folder) : undefined;
    for (const [index, spec] of scenario.gates.entries()) {
      const redisLink = await TcpProxy.open(primaryPort);
      const exchangeLink = await TcpProxy.open(paper.port);
      arena.#links.push(redisLink, exchangeLink);
      const onUnaskedEnd = (end: UnaskedEnd): void => void arena.unaskedEnds.push(end);
      const port = httpPorts[index] ?? 0;
      const variables = { ...env, ...signing?.env(spec.roles.join(',')) };
      arena.gates.push(
        new ChaosGate(processes, spec, main, folder, variables, port, redisLink, exchangeLink, onUnaskedEnd),
      );
    }
    for (const gate of arena.gates) {
      gate.start();
      await sleep(STAGGER_MS);
    }
    await arena.untilUp();
    return arena;
  }

  gate(index: number): ChaosGate {
    const gate = this.gates[index];
    if (gate === undefined) throw new RangeError(`there is no gate ${index}`);
    return gate;
  }

  /** Waits for the next entry of a stream, at most `withinMs`; so that something can happen while it is being handled. */
  async nextEntry(stream: string, withinMs: number): Promise<void> {
    const redis = this.redis();
    const entry = redis.xread('BLOCK', withinMs, 'STREAMS', stream, '$').catch(() => null);
    await Promise.race([entry, sleep(withinMs)]);
    // Not awaited: on a connection that is being replaced the read may never settle.
    redis.disconnect();
  }

  /** A connection of the harness' own, which comes back by itself. */
  redis(): Redis {
    const client = new Redis({
      port: this.ownLink.port,
      host: '127.0.0.1',
      maxRetriesPerRequest: null,
      retryStrategy: () => 50,
      // One that a disturbance has left half open would wait for its answer for ever.
      socketTimeout: 20_000,
    });
    client.on('error', () => undefined);
    return client;
  }

  /** Calls the API of one process; `undefined` when it did not answer. */
  async call(gate: ChaosGate, method: string, path: string, body: object): Promise<number | undefined> {
    return (await this.ask(gate, method, path, body))?.status;
  }

  /** As {@link call}, with what it answered. */
  async ask(
    gate: ChaosGate,
    method: string,
    path: string,
    body: object,
  ): Promise<{ readonly status: number; readonly body: unknown } | undefined> {
    try {
      const answer = await fetch(`http://127.0.0.1:${gate.httpPort}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${this.token.token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(12_000),
      });
      return { status: answer.status, body: await answer.json() };
    } catch (error) {
      if (error instanceof TypeError || (error instanceof DOMException && error.name === 'TimeoutError'))
        return undefined;
      throw error;
    }
  }

  async restartRedis(how: 'SIGTERM' | 'SIGKILL', downMs: number): Promise<void> {
    await this.#primary.stop(how);
    await sleep(downMs);
    await this.#primary.start();
  }

  async losePower(downMs: number): Promise<void> {
    await this.#primary.losePower();
    await sleep(downMs);
    await this.#primary.start();
  }

  async freezeRedis(forMs: number): Promise<void> {
    this.#primary.freeze();
    await sleep(forMs);
    this.#primary.thaw();
  }

  /** The replica, `behindMs` behind, becomes the primary; the old primary dies and comes back as its replica. */
  async failOver(behindMs: number): Promise<void> {
    const [old, next] = [this.#primary, this.#replica];
    if (next === undefined) throw new Error('this run has no replica to fail over to');
    this.replicaLink?.set('stall');
    await sleep(behindMs);
    await old.stop('SIGKILL');
    const promoting = new Redis({ port: next.port, host: '127.0.0.1' });
    await promoting.replicaof('NO', 'ONE');
    promoting.disconnect();
    this.#primary = next;
    this.#replica = old;
    for (const link of this.#links.filter((_, index) => index % 2 === 0)) link.retarget(next.port);
    this.ownLink.retarget(next.port);
    old.forget();
    this.replicaLink?.retarget(next.port);
    this.replicaLink?.set('pass');
    await old.start(['--replicaof', '127.0.0.1', String(this.replicaLink?.port ?? next.port)]);
  }

  /** Ends every disturbance; what was killed is started again. */
  async heal(): Promise<void> {
    this.#primary.thaw();
    for (const link of this.#links) link.set('pass');
    for (const gate of this.gates) gate.thaw();
    await this.paper.clearFaults();
    for (const gate of this.gates) gate.start();
  }

  /** Waits for all roles to run, starting again what ended while it started. */
  async untilUp(): Promise<void> {
    const until = Date.now() + UP_WITHIN_MS;
    while (!this.gates.every((gate) => gate.alive && gate.hasRun)) {
      if (Date.now() > until) {
        const missing = this.gates.filter((gate) => !gate.alive || !gate.hasRun).map((gate) => gate.spec.id);
        throw new Error(
          `${missing.join(', ')} did not start within ${UP_WITHIN_MS} ms; see the logs in ${this.folder}`,
        );
      }
      for (const gate of this.gates) gate.start();
      await sleep(100);
    }
  }

  async close(): Promise<void> {
    this.#primary.unwatch();
    this.#replica?.unwatch();
    await this.processes.killAll();
    const links = [...this.#links, this.ownLink];
    if (this.replicaLink !== undefined) links.push(this.replicaLink);
    await Promise.all(links.map((link) => link.close()));
  }
}
