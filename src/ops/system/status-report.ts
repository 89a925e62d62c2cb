import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { EXCHANGE, type ExchangePort } from '../../exchange/exchange.port.js';
import { isArmed } from '../../redis/stores/control-state.js';
import { ControlStore } from '../../redis/stores/control-store.js';
import { accountIdOf, knowsAccount } from '../../runtime/account-registration.js';
import { RoleRegistry } from '../../runtime/role-service.js';
import { StartupState } from '../../runtime/startup-state.js';
import { RedisHealthCheck } from '../health/redis-health.js';
import { build } from '../../runtime/build.js';
import { DeploymentReport, orNull } from './deployment-report.js';
import { RedisTime } from './redis-time.js';
import { StreamGroups, type StreamState } from './stream-groups.js';
import type { ExchangeAnswer, LagAnswer, RoleAnswer, StatusAnswer } from './status.dto.js';

/** The state of the deployment, of this process and of its dependencies. Works while Redis is unreachable: unknown values are `null` then. */
@Injectable()
export class StatusReport {
  constructor(
    private readonly environment: Environment,
    private readonly registry: RoleRegistry,
    private readonly startup: StartupState,
    private readonly control: ControlStore,
    private readonly redis: RedisHealthCheck,
    private readonly streams: StreamGroups,
    private readonly time: RedisTime,
    private readonly deployment: DeploymentReport,
    @Inject(EXCHANGE) private readonly exchange: ExchangePort,
  ) {}

  async make(): Promise<StatusAnswer> {
    const { environment, startup } = this;
    const streams = this.streams.read();
    const [redis, control, lag, clock] = await Promise.all([
      this.redis.check(),
      orNull(this.#control()),
      orNull(lagIn(streams)),
      orNull(this.#redisOffsetMs()),
    ]);
    const deployment = await this.deployment.make(redis.ok ? undefined : redis.message, streams);
    return {
      instance: environment.instanceId,
      mode: environment.applyMode,
      key_prefix: environment.redisKeyPrefix,
      account_id: knowsAccount(environment, this.exchange) ? accountIdOf(environment, this.exchange) : null,
      symbols: environment.applyAllowlist,
      phase: startup.phase,
      detail: startup.detail,
      build: { ...build(), node: process.version },
      uptime_sec: Math.round(process.uptime()),
      roles: [...environment.roles].map((role) => this.#role(role)),
      armed: control?.armed ?? null,
      arm: control?.arm ?? null,
      governor_disarm: control?.governor_disarm ?? null,
      kill_switch: control?.kill_switch ?? null,
      redis: { ok: redis.ok, message: redis.message, findings: redis.findings },
      exchange: this.#exchange(),
      clock: {
        redis_offset_ms: clock,
        exchange_offset_ms: finite(this.exchange.clock().offsetMs),
        exchange_uncertainty_ms: finite(this.exchange.clock().uncertaintyMs),
      },
      lag,
      ...deployment,
    };
  }

  #role(role: string): RoleAnswer {
    const loops = this.registry.roles.filter((service) => service.role === role).flatMap((service) => service.loops());
    return {
      role,
      loops: loops.map(({ name, idleMs, allowedIdleMs }) => ({
        name,
        idle_ms: Math.round(idleMs),
        allowed_idle_ms: allowedIdleMs,
        alive: idleMs <= allowedIdleMs,
      })),
    };
  }

  async #control(): Promise<Pick<StatusAnswer, 'armed' | 'arm' | 'governor_disarm' | 'kill_switch'>> {
    const state = await this.control.read();
    return {
      armed: isArmed(state),
      arm: state.arm ?? null,
      governor_disarm: state.governorDisarm ?? null,
      kill_switch: state.killSwitch ?? {
        engaged: true,
        by: '',
        reason: 'missing from Redis, which counts as engaged',
        at_ms: null,
      },
    };
  }

  /** Redis' clock minus this host's. Nothing is decided by it. */
  async #redisOffsetMs(): Promise<number> {
    const beforeMs = Date.now();
    const redisMs = await this.time.nowMs();
    return Math.round(redisMs - (beforeMs + Date.now()) / 2);
  }

  #exchange(): ExchangeAnswer {
    const health = this.exchange.health();
    const { usedWeight1m, bannedUntilMs } = this.exchange.budget();
    const common = { state: health.state, weight_used_1m: usedWeight1m, banned_until_ms: bannedUntilMs };
    switch (health.state) {
      case 'no_credentials':
        return { ...common, last_answer_ms: null, last_error: '' };
      case 'ok':
        return { ...common, last_answer_ms: health.lastAnswerMs, last_error: '' };
      case 'never_answered':
      case 'failing':
        return { ...common, last_answer_ms: health.lastAnswerMs, last_error: health.lastError };
    }
    return health satisfies never;
  }
}

async function lagIn(streams: Promise<readonly StreamState[]>): Promise<LagAnswer[]> {
  return (await streams).flatMap(({ stream, groups }) =>
    groups.map(({ group, exists, lag, pending }) => ({ stream, group, exists, lag: lag ?? null, pending })),
  );
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
