import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { EXCHANGE, type ExchangePort } from '../exchange/exchange.port.js';
import type { Mode } from '../flow/0-primitives.js';
import type { AccountOfPrefix, InitialControl } from '../redis/stores/control-initialisation.js';
import { AuditLog } from '../redis/stores/audit-log.js';
import { ControlStore } from '../redis/stores/control-store.js';
import type { Keys } from '../redis/keys/keys.js';
import { ConsumerNameTaken, LeaseKeeper } from '../redis/stores/lease-keeper.js';
import { type RedisClient, RedisClients } from '../redis/connection/redis-clients.js';
import { ownerOf } from '../redis/connection/slot-owner.js';
import { RedisClock } from '../redis/connection/redis-clock.js';
import { ScriptRunner } from '../redis/scripts/script-runner.js';
import { checkRights, rightsTrouble } from '../redis/scripts/acl/rights-check.js';
import { askRedis, isMissingRight } from '../redis/connection/redis.errors.js';
import { checkServer } from '../redis/connection/server-check.js';
import { checkShape } from '../redis/connection/shape-check.js';
import { type Logger, LOGGER } from '../telemetry/logger.js';
import { RoleRegistry, type RoleService } from './role-service.js';
import { startRole } from './start-role.js';
import { ControlWatch } from './control-watch.js';
import { startFacts, stopFacts } from './process-audit.js';
import { StartRefused } from './start-refused.js';
import { untilRedisAnswers } from './until-redis-answers.js';
import { StartupState } from './startup-state.js';
import { AccountPreflight } from './account-preflight.js';
import { AccountRegistration, knowsAccount } from './account-registration.js';
import { COMMANDS, KEYS, OPERATOR_COMMANDS } from '../redis/redis.tokens.js';

const ASK_AGAIN_MS = 500;
const ACCOUNT_ASK_AGAIN_MS = 2_000;
const STOP_GRACE_MS = 8_000;
const START_ORDER = ['position-brain', 'governor', 'apply'] as const;

/** Starts the roles when Redis is fit for them and the prefix is theirs; stops them in an order that leaves nothing half done. */
@Injectable()
export class Supervisor {
  /** Rejects when a check after the start finds that this process must not run. */
  readonly refusedLater: Promise<never>;
  #refuse: (reason: unknown) => void = () => undefined;
  isStopping = false;
  readonly #started: RoleService[] = [];

  constructor(
    private readonly env: Environment,
    readonly state: StartupState,
    private readonly registry: RoleRegistry,
    private readonly clients: RedisClients,
    @Inject(COMMANDS) private readonly commands: RedisClient,
    @Inject(OPERATOR_COMMANDS) private readonly operators: RedisClient,
    private readonly scripts: ScriptRunner,
    private readonly control: ControlStore,
    private readonly leases: LeaseKeeper,
    private readonly clock: RedisClock,
    @Inject(KEYS) private readonly keys: Keys,
    @Inject(EXCHANGE) private readonly exchange: ExchangePort,
    private readonly preflight: AccountPreflight,
    private readonly account: AccountRegistration,
    private readonly watch: ControlWatch,
    private readonly audit: AuditLog,
    @Inject(LOGGER) readonly logger: Logger,
  ) {
    this.refusedLater = new Promise((_resolve, reject) => (this.#refuse = reject));
    control.changes.onRoleAct((facts) => void audit.record(facts));
  }

  /** Resolves when the roles run. Throws {@link StartRefused} when they must not. */
  async start(): Promise<void> {
    const { state, logger, registry } = this;
    this.clients.onChange(({ name, state: connection, detail }) => {
      if (connection === 'lost') logger.debug({ connection: name, detail }, 'Redis connection lost');
    });
    const steps = [
      () => this.#connect(),
      () => this.#checkRights(),
      () => this.account.register(() => this.isStopping),
      () => this.#takePrefix(),
      () => this.#acquireNames(),
      () => this.#checkAccount(),
    ];
    for (const step of steps) await untilRedisAnswers(step, this);
    if (this.isStopping) return;
    this.audit.start();
    void this.audit.record(startFacts(this.env));
    this.watch.start();
    for (const role of START_ORDER.flatMap((name) => registry.roles.filter((each) => each.role === name))) {
      this.#started.push(role);
      if (!(await startRole(role, this))) return;
    }
    state.set('running');
    void this.leases.renew();
    logger.info({ roles: this.#started.map((role) => role.role) }, 'permit-gate running');
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    const { state, leases, clients } = this;
    if (state.phase !== 'refused') state.set('stopping');
    await Promise.all([this.registry.stopped(), ...this.#started.map((role) => role.stop(STOP_GRACE_MS))]);
    await this.watch.stop();
    if (this.#started.length > 0) void this.audit.record(stopFacts(this.env));
    await this.audit.close();
    await Promise.all([this.account.release(), leases.release()]);
    clients.closeAll();
  }

  async #connect(): Promise<void> {
    const { commands, clients, logger, state, clock, keys } = this;
    // A first connection that fails is tried again by the client; what matters is when it answers.
    await clients.connectCommands();
    const logged = new Set<string>();
    while (!this.isStopping) {
      state.detail = await this.#redisTrouble();
      if (state.detail === '') break;
      if (!logged.has(state.detail)) logger.warn({ detail: state.detail }, 'waiting for Redis');
      logged.add(state.detail);
      await sleep(ASK_AGAIN_MS);
    }
    if (this.isStopping) return;
    const time = await askRedis('reading the time', () => ownerOf(commands, keys.server()).time());
    clock.observe(Number(time[0]) * 1000 + Number(time[1]) / 1000);
    await askRedis('loading the scripts', () => this.scripts.preload());
  }

  /** What keeps Redis from being used; `""` when nothing does. */
  async #redisTrouble(): Promise<string> {
    const { commands, operators, clients, keys, env } = this;
    try {
      const production = env.applyMode === 'production';
      const findings = await checkServer(commands, keys, env.instanceId, clients.database, production);
      const wrong = findings.filter(({ ok }) => !ok);
      if (wrong.length > 0)
        return wrong.map(({ what, found, remedy }) => `Redis ${what} is ${found}: ${remedy}`).join('; ');
    } catch (error) {
      return this.#unreachable(error);
    }
    // Fail at the start, not when somebody engages the kill switch.
    if (operators.status === 'ready') return '';
    const trouble = `the operators' connection does not work (${clients.troubleOf(operators) || operators.status})`;
    return env.redisOperatorUsername === undefined
      ? trouble
      : `${trouble}: correct REDIS_OPERATOR_USERNAME and REDIS_OPERATOR_PASSWORD`;
  }

  /** Names the first Sentinel or cluster node that does not work, if there is one. */
  async #unreachable(error: unknown): Promise<string> {
    const [first] = await this.clients.addressTroubles();
    const message = error instanceof Error ? error.message : String(error);
    if (first === undefined)
      return `Redis cannot be reached (${message}): check that it runs and that ${this.clients.variables.address} name it`;
    return `Redis cannot be reached: ${first.address} of ${first.variable}: ${first.trouble}; ${first.remedy}`;
  }

  /** A Redis that others can use or fill, a user with too many rights, and one with too few are all unsafe in production. */
  async #checkRights(): Promise<void> {
    const { env, commands, operators, keys } = this;
    if (env.applyMode !== 'production') return;
    const shape = (await askRedis('reading the configuration', () => checkShape(commands, keys))).filter(
      ({ ok }) => !ok,
    );
    const refusals = shape.map(({ what, found, remedy }) => `Redis' ${what} is ${found}: ${remedy}`);
    const users = [
      { variable: 'REDIS_USERNAME', client: commands, principals: [...env.roles] as const },
      ...(env.redisOperatorUsername === undefined
        ? []
        : [{ variable: 'REDIS_OPERATOR_USERNAME', client: operators, principals: ['operator'] as const }]),
    ];
    for (const { variable, client, principals } of users) {
      const rights = await askRedis('reading the rights', () => checkRights(client, env.redisKeyPrefix, principals));
      const trouble = rightsTrouble(rights);
      if (trouble === undefined) continue;
      refusals.push(
        `the Redis user of ${variable} has other rights than ${principals.join(', ')} needs: ${trouble}. Load the docker/redis/users.acl of this version, and name the user of this role`,
      );
    }
    if (refusals.length > 0) throw new StartRefused(refusals.join('; '));
  }

  /** Control state first, then the account: a bound prefix proves that it had control state. */
  async #takePrefix(): Promise<void> {
    const { env, control, clock, logger } = this;
    const by = 'start-up';
    const at_ms = clock.nowMs();
    const initial: InitialControl = {
      killSwitch: { engaged: env.applyKillSwitch, by, reason: 'initial value', at_ms },
      arm: { armed: env.applyMode !== 'production', by, reason: 'initial value', at_ms },
    };
    if (!(await this.#writeMissing(initial))) return;
    const found = await control.read();
    if (env.applyKillSwitch && found.killSwitch?.engaged === false) await this.#engageAtStart(by, at_ms);
    logger.info({ control: await control.read() }, 'control state');
  }

  #ownAccount(): AccountOfPrefix | undefined {
    const { env, exchange } = this;
    if (!knowsAccount(env, exchange)) return undefined;
    const account = (mode: Mode): string => `${mode}:${exchange.accountFingerprint}`;
    const siblings: Mode[] = env.applyMode === 'dry_run' ? ['testnet', 'production'] : ['dry_run'];
    return { account: account(env.applyMode), compatible: siblings.map(account) };
  }

  /** Writes missing control state and binds the prefix. A process without the right waits for one that has it. False when it is stopped before that. */
  async #writeMissing(initial: InitialControl): Promise<boolean> {
    const { control, logger, state } = this;
    const own = this.#ownAccount();
    let logged = false;
    while (!this.isStopping) {
      if (await this.#isThere(own)) return true;
      try {
        const initialised = await control.init(initial, own);
        if (initialised.kind === 'other_account') throw this.#otherAccount(initialised.account);
        if (initialised.kind === 'lost')
          logger.error(
            { lost: initialised.what },
            `${initialised.what} missing from Redis on a prefix that was in use: the kill switch counts as engaged and the system as disarmed until an admin releases and arms`,
          );
        return true;
      } catch (error) {
        if (!isMissingRight(error)) throw error;
        state.detail = `kill switch and arm state are not in Redis yet, and this process may not write them (${error.message}): start one that has REDIS_OPERATOR_USERNAME and REDIS_OPERATOR_PASSWORD`;
      }
      if (!logged) logger.warn({ detail: state.detail }, 'waiting for control state');
      logged = true;
      await sleep(ASK_AGAIN_MS);
    }
    return false;
  }

  /** Whether control state exists; then the prefix is bound. */
  async #isThere(own: AccountOfPrefix | undefined): Promise<boolean> {
    const { control } = this;
    if (own === undefined) {
      const found = await control.stored();
      return found.killSwitch !== undefined && found.arm !== undefined;
    }
    const bound = await control.bindAccount(own);
    if (bound.kind === 'other_account') throw this.#otherAccount(bound.account);
    return bound.kind === 'bound';
  }

  #otherAccount(account: string): StartRefused {
    const { redisKeyPrefix } = this.env;
    return new StartRefused(
      `the key prefix ${redisKeyPrefix} belongs to another account or mode (${account.split(':')[0] ?? ''}); use a REDIS_KEY_PREFIX of its own for this one`,
    );
  }

  async #engageAtStart(by: string, at_ms: number): Promise<void> {
    const reason = 'APPLY_KILL_SWITCH=true at start';
    try {
      await this.control.setKillSwitch({ engaged: true, by, reason, at_ms });
    } catch (error) {
      if (!isMissingRight(error)) throw error;
      throw new StartRefused(
        `APPLY_KILL_SWITCH=true cannot be carried out: ${error.message}. Set REDIS_OPERATOR_USERNAME and REDIS_OPERATOR_PASSWORD, or set the variable for a process that has them`,
        { cause: error },
      );
    }
  }

  async #acquireNames(): Promise<void> {
    const { registry, leases, state } = this;
    try {
      for (const group of new Set(registry.roles.flatMap((role) => role.groups))) {
        state.detail = `taking the consumer name of group ${group}`;
        await leases.acquire(group);
      }
    } catch (error) {
      if (error instanceof ConsumerNameTaken) throw new StartRefused(error.message, { cause: error });
      throw error;
    }
  }

  /** While the exchange cannot be asked about the account, asks again. Orders wait for the answer, the roles do not. */
  async #checkAccount(): Promise<void> {
    const { env, exchange, preflight, state, logger } = this;
    if (!knowsAccount(env, exchange)) return;
    state.detail = 'asking the exchange about the account';
    const unavailable = await preflight.run();
    if (unavailable === undefined) return;
    logger.warn({ detail: unavailable }, 'the exchange cannot be asked about the account yet');
    void this.#askAccountAgain();
  }

  async #askAccountAgain(): Promise<void> {
    const { preflight, logger, state } = this;
    while (!this.isStopping && !preflight.confirmed) {
      await sleep(ACCOUNT_ASK_AGAIN_MS, undefined, { ref: false });
      try {
        await preflight.run();
      } catch (error) {
        logger.fatal({ err: error }, 'the account must not be used');
        state.set('refused', error instanceof Error ? error.message : String(error));
        this.#refuse(error);
        return;
      }
    }
  }
}
