import { Injectable } from '@nestjs/common';
import { Decimal } from '../../flow/0-decimal.js';
import { type ArchiveFacts, type Attention, type GroupFacts, needsPerson } from '../../gates/why/attention.js';
import type { Blocker } from '../../gates/why/blocker.js';
import { RedisRefused, RedisUnavailable } from '../../redis/connection/redis.errors.js';
import { PlanRecords, unknownSinceMs } from '../../redis/stores/plan-records.js';
import { DeadLetterStore } from '../../redis/streams/dead-letter-store.js';
import type { ArchiveAnswer } from '../archive/archive.dto.js';
import { fleetAnswer } from '../fleet/fleet.controller.js';
import { ArchiveReport } from '../archive/archive-report.js';
import { Fleet, type FleetState } from '../fleet/fleet.js';
import { SymbolFaults } from '../health/symbol-faults.js';
import { SymbolWhy } from '../why/symbol-why.js';
import type { AttentionAnswer, DeploymentAnswer, HotLimitAnswer, UnknownOrderAnswer } from './deployment.dto.js';
import { LIMIT_NAMES, LimitUsage } from './limit-usage.js';
import { RedisTime } from './redis-time.js';
import type { StreamState } from './stream-groups.js';

/** From this share of a limit on it is shown. */
const HOT = new Decimal('0.8');

/** What is going on in the whole deployment, and what of it needs a person. Any of its processes can say so. */
@Injectable()
export class DeploymentReport {
  constructor(
    private readonly fleet: Fleet,
    private readonly why: SymbolWhy,
    private readonly symbols: SymbolFaults,
    private readonly limits: LimitUsage,
    private readonly records: PlanRecords,
    private readonly deadLetters: DeadLetterStore,
    private readonly time: RedisTime,
    private readonly archive: ArchiveReport,
  ) {}

  /** `streams` is how far they are read, for whoever of this report needs it. */
  async make(
    redisFault: string | undefined,
    streams: Promise<readonly StreamState[]>,
  ): Promise<Pick<DeploymentAnswer, keyof DeploymentAnswer>> {
    const { fleet, blockers, unknown, letters, hot, archive, attention } = await this.#read(redisFault, streams);
    return {
      attention: attention.map(attentionAnswer),
      fleet: fleet === null ? null : fleetAnswer(fleet),
      unknown_orders: unknown,
      holds: blockers === null ? null : holdsIn(blockers),
      dead_letters: letters,
      hot_limits: hot,
      archive,
    };
  }

  /** What needs a person, for whoever calls people. `unread`: what Redis could not give. */
  async needs(
    redisFault: string | undefined,
    streams: Promise<readonly StreamState[]>,
  ): Promise<{
    readonly attention: readonly Attention[];
    readonly instances: FleetState['instances'];
    readonly unread: ReadonlySet<'fleet' | 'symbols' | 'deadLetters' | 'archive'>;
  }> {
    const { fleet, blockers, letters, archive, attention } = await this.#read(redisFault, streams);
    const unread = (
      [
        ['fleet', fleet],
        ['symbols', blockers],
        ['deadLetters', letters],
        ['archive', this.archive.isOn ? archive : 'off'],
      ] as const
    ).flatMap(([part, read]) => (read === null ? [part] : []));
    return { attention, instances: fleet?.instances ?? [], unread: new Set(unread) };
  }

  async #read(redisFault: string | undefined, streams: Promise<readonly StreamState[]>) {
    const fleetRead = this.fleet.read(streams);
    const [fleet, blockers, groups, unknown, letters, hot, archive] = await Promise.all([
      orNull(fleetRead),
      orNull(this.#blockers(fleetRead)),
      orNull(this.#groups(streams)),
      orNull(this.#unknownOrders()),
      orNull(this.deadLetters.unsettled()),
      orNull(this.#hotLimits()),
      this.archive.isOn ? orNull(this.archive.read()) : null,
    ]);
    const attention = needsPerson({
      nowMs: fleet?.nowMs ?? Date.now(),
      redisFault,
      fleet: fleet ?? undefined,
      symbols: blockers ?? undefined,
      groups: groups ?? undefined,
      deadLetters: letters ?? undefined,
      archive: archive === null ? undefined : archiveFacts(archive),
    });
    return { fleet, blockers, unknown, letters, hot, archive, attention };
  }

  async #blockers(fleet: Promise<FleetState>): Promise<ReadonlyMap<string, readonly Blocker[]>> {
    const shared = await this.why.shared(fleet);
    const read = this.symbols.symbols.map(
      async (symbol) => [symbol, (await this.why.read(symbol, shared)).blockers] as const,
    );
    return new Map(await Promise.all(read));
  }

  async #groups(streams: Promise<readonly StreamState[]>): Promise<GroupFacts[]> {
    const found = (await streams).map(({ stream, groups }) =>
      Promise.all(
        groups.map(async (group) => {
          const lives = await this.fleet.livesOf(group);
          const left = group.consumers.filter(({ name }) => lives.get(name) === 'dead');
          return {
            stream: stream.slice(stream.lastIndexOf(':') + 1),
            group: group.group,
            unread: group.lag ?? 0,
            left: left.reduce((sum, { pending }) => sum + pending, 0),
          };
        }),
      ),
    );
    return (await Promise.all(found)).flat();
  }

  async #unknownOrders(): Promise<UnknownOrderAnswer[]> {
    const unknown = await this.records.unknown();
    return unknown.map((record) => ({
      plan_id: record.planId,
      symbol: record.symbol,
      attempt: record.attempt,
      since_ms: unknownSinceMs(record) ?? null,
    }));
  }

  async #hotLimits(): Promise<HotLimitAnswer[]> {
    const limits = await this.limits.read(await this.time.nowMs());
    return limits.flatMap((ofSymbol) =>
      LIMIT_NAMES.flatMap((name) => {
        const { limit = null, used = '0', free_at_ms = null } = ofSymbol[name] ?? {};
        if (limit === null || new Decimal(used).lt(HOT.mul(limit))) return [];
        return [{ symbol: ofSymbol.symbol, limit_name: name, used, limit, free_at_ms }];
      }),
    );
  }
}

const holdsIn = (blockers: ReadonlyMap<string, readonly Blocker[]>): string[] =>
  [...blockers].flatMap(([symbol, found]) => (found.some(({ reason }) => reason === 'hold') ? [symbol] : []));

function archiveFacts({ streams, ...of }: ArchiveAnswer): ArchiveFacts {
  const noticed = streams.flatMap((each) => each.missed_at_ms ?? []);
  return {
    behindEntries: of.behind_entries,
    behindMs: of.behind_ms,
    error: of.error,
    errorSinceMs: of.error_since_ms ?? undefined,
    missed: of.missed,
    missedAtMs: noticed.length === 0 ? undefined : Math.max(...noticed),
  };
}

const attentionAnswer = ({ reason, symbol, text, sinceMs, untilMs, by, remedy }: Attention): AttentionAnswer => ({
  reason,
  symbol: symbol ?? null,
  text,
  since_ms: sinceMs ?? null,
  until_ms: untilMs ?? null,
  by: by ?? null,
  remedy,
});

/** What Redis cannot give now is `null`; the report's `redis` says why. */
export async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof RedisUnavailable || error instanceof RedisRefused) return null;
    throw error;
  }
}
