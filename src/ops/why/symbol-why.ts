import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { SymbolSettings } from '../../config/symbols/symbol-settings.js';
import { EXCHANGE, type ExchangePort } from '../../exchange/exchange.port.js';
import { parseDecimal } from '../../flow/0-decimal.js';
import { shareOf } from '../../flow/1-proposal.js';
import { isOpenState } from '../../flow/5-result.js';
import type { Asked, SharedFacts, WhyFacts } from '../../gates/why/facts.js';
import { whyNot } from '../../gates/why/index.js';
import type { Blocker } from '../../gates/why/blocker.js';
import { ServerIdentity } from '../../redis/connection/server-identity.js';
import { isWrongType, RedisRefused, unlessWrongType } from '../../redis/connection/redis.errors.js';
import { orderParts } from '../../redis/keys/order-parts.js';
import { AddressLimits } from '../../redis/stores/address-limits.js';
import { type Hold, holdIn, isReleased, suspensionIn } from '../../redis/stores/control-state.js';
import { ApprovalStore } from '../../redis/stores/approval-store.js';
import { ControlStore } from '../../redis/stores/control-store.js';
import { GovernorStore } from '../../redis/stores/governor-store.js';
import { type PlanRecord, PlanRecords, unknownSinceMs } from '../../redis/stores/plan-records.js';
import { type PositionEvidence, UNREADABLE } from '../../redis/stores/position-evidence.js';
import { PositionStore } from '../../redis/stores/position-store.js';
import { ProposalStore } from '../../redis/stores/proposal-store.js';
import { Fleet, type FleetState } from '../fleet/fleet.js';
import { SymbolFaults } from '../health/symbol-faults.js';
import { RedisTime } from '../system/redis-time.js';
import { actOf } from './stored-acts.js';
import type { BlockerAnswer } from './why.dto.js';

const HOUR_MS = 3_600_000;

/** Ended without an order that traded. */
const WITHOUT_ORDER: ReadonlySet<string> = new Set(['BLOCKED', 'EXPIRED', 'REJECTED', 'SKIPPED', 'NOT_FOUND']);
/** Only an operator has asked for something. */
const NOTHING_ASKED = {
  action: '',
  share: undefined,
  stampMs: 0,
  doneMs: undefined,
  ended: undefined,
  staysFresh: false,
};

/** What was read of a symbol, and what keeps it from trading. */
export interface SymbolReading {
  readonly evidence: PositionEvidence;
  readonly stored: Awaited<ReturnType<PositionStore['stored']>>;
  /** The order that the in-flight guard names. */
  readonly order:
    { readonly planId: string; readonly attempt: string; readonly record: PlanRecord | undefined } | undefined;
  /** One that cannot be read is a hold too. */
  readonly hold: Hold | undefined;
  readonly faults: readonly string[];
  readonly blockers: readonly Blocker[];
}

/** Reads the facts that {@link whyNot} judges, each from the store that owns it. Runs for people only, never for a plan. */
@Injectable()
export class SymbolWhy {
  constructor(
    private readonly environment: Environment,
    private readonly settings: SymbolSettings,
    private readonly positions: PositionStore,
    private readonly control: ControlStore,
    private readonly records: PlanRecords,
    private readonly usage: GovernorStore,
    private readonly proposals: ProposalStore,
    private readonly addressLimits: AddressLimits,
    private readonly server: ServerIdentity,
    private readonly faults: SymbolFaults,
    private readonly fleet: Fleet,
    private readonly time: RedisTime,
    private readonly approvals: ApprovalStore,
    @Inject(EXCHANGE) private readonly exchange: ExchangePort,
  ) {}

  /** What holds for every symbol: read it once for all. */
  async shared(fleet: Promise<FleetState> = this.fleet.read()): Promise<SharedFacts> {
    const [state, server, roles, bannedMs, nowMs] = await Promise.all([
      this.control.read(),
      unlessWrongType(() => this.server.confirm()),
      missingIn(fleet),
      this.addressLimits.remainingMs(),
      this.time.nowMs(),
    ]);
    const { killSwitch, arm, governorDisarm } = state;
    const disarms = [
      ...(arm?.armed === true ? [] : [actOf(arm ?? { reason: 'the arm state is missing from Redis or unreadable' })]),
      ...(governorDisarm === undefined ? [] : [actOf({ by: 'the Governor', ...governorDisarm })]),
    ];
    return {
      mode: this.environment.applyMode,
      killSwitch: isReleased(state) ? 'released' : killSwitch === undefined ? 'missing' : actOf(killSwitch),
      disarms,
      settleUntilMs: (server ?? this.server.known)?.settleUntilMs ?? Number.NaN,
      ...roles,
      bannedUntilMs: bannedMs > 0 ? nowMs + bannedMs : 0,
      approvals: (await this.approvals.waiting(nowMs)).map(({ approval, untilMs }) => ({
        planId: approval.planId,
        symbol: approval.symbol,
        sinceMs: approval.sinceMs,
        untilMs,
        by: approval.approvals.map(({ by }) => by),
        needed: approval.needed,
      })),
    };
  }

  async read(symbol: string, shared: SharedFacts): Promise<SymbolReading> {
    const [evidence, stored, faults] = await Promise.all([
      this.positions.evidence(symbol),
      this.positions.stored(symbol),
      this.faults.of(symbol),
    ]);
    const [usage, order, asked] = await Promise.all([
      this.#usage(symbol, evidence.nowMs),
      this.#order(evidence.inflight),
      this.#asked(symbol),
    ]);
    const { snapshot, ledger, nowMs } = evidence;
    const hold = holdIn(symbol, evidence.hold);
    const suspension = suspensionIn(symbol, evidence.suspended);
    const { cooldownSec, tolerancePct, ...limits } = this.settings.forSymbol(symbol);
    const { applyAllowlist, p33Allowlist, p33StaleThresholdSec, applyProposalMaxAgeSec } = this.environment;
    const facts: WhyFacts = {
      ...shared,
      symbol,
      nowMs,
      absentFrom: [
        ...(applyAllowlist.includes(symbol) ? [] : ['APPLY_ALLOWLIST']),
        ...(p33Allowlist.includes(symbol) ? [] : ['P33_ALLOWLIST']),
      ],
      suspension: suspension && actOf(suspension),
      hold: hold && { ...actOf(hold), cause: hold.cause },
      order: evidence.inflight === UNREADABLE ? 'unreadable' : order && openOrder(order),
      ledger: ledger.kind === 'present' ? { kind: 'present', amount: ledger.ledger.amount } : ledger,
      snapshot: snapshot && { ...snapshot, markPrice: parseDecimal(stored.snapshot['mark_price'] ?? '') },
      exchangeFault: this.#exchangeFault(),
      staleThresholdSec: p33StaleThresholdSec,
      tolerancePct,
      lastFillMs: ledger.kind === 'present' ? ledger.ledger.lastFillMs : undefined,
      cooldownSec,
      usage,
      limits: {
        perHour: limits.maxExecPerHour,
        per5Min: limits.maxExecPer5Min,
        notionalPerDayUsd: limits.maxReduceNotionalPerDayUsd,
        qtyPerDay: limits.maxReduceQtyPerDay ?? undefined,
      },
      faults: [...shared.sharedFaults, ...faults],
      asked,
      maxAgeSec: applyProposalMaxAgeSec,
    };
    return { evidence, stored, order, hold, faults, blockers: whyNot(facts) };
  }

  /** Keys of another type are among the faults. */
  async #usage(symbol: string, nowMs: number): Promise<WhyFacts['usage']> {
    try {
      const usage = await this.usage.usage(symbol);
      return { ...usage, executionsMs: await this.usage.executionTimes(symbol, nowMs - HOUR_MS) };
    } catch (error) {
      if (error instanceof RedisRefused) return undefined;
      throw error;
    }
  }

  async #order(guard: string): Promise<SymbolReading['order']> {
    if (guard === '' || guard === UNREADABLE) return undefined;
    const [newest = ''] = guard.split(',');
    const [planId, attempt] = orderParts(newest);
    return { planId, attempt, record: await unlessWrongType(() => this.records.find(planId)) };
  }

  async #asked(symbol: string): Promise<Asked | undefined> {
    const [last, operatorPlan] = await Promise.all([
      this.proposals.asked(symbol),
      this.proposals.planOf(symbol, 'operator'),
    ]);
    const [own, operators] = await Promise.all([this.#plan(last?.planId ?? ''), this.#plan(operatorPlan)]);
    const isUnderWay = [own, operators].some((record) => isOpenState(record?.state ?? ''));
    if (last === undefined) return isUnderWay ? { ...NOTHING_ASKED, planId: operatorPlan, isUnderWay } : undefined;
    const { action, closePct, stampMs, planId, takenUp } = last;
    const isDone = takenUp?.isDone === true && this.environment.applyRepeatPolicy === 'once_per_episode';
    return {
      action,
      share: isDone ? undefined : shareOf(action, closePct),
      stampMs,
      planId,
      doneMs: isDone ? takenUp.atMs : undefined,
      ended: own === undefined || !WITHOUT_ORDER.has(own.state) ? undefined : endOf(own),
      // A proposal that has filled something stays fresh until it is done or withdrawn.
      isUnderWay,
      staysFresh: takenUp?.hasFilled === true && !takenUp.isDone,
    };
  }

  #plan(planId: string): Promise<PlanRecord | undefined> {
    return planId === '' ? Promise.resolve(undefined) : unlessWrongType(() => this.records.find(planId));
  }

  #exchangeFault(): string | undefined {
    const health = this.exchange.health();
    return health.state === 'failing' || health.state === 'never_answered' ? health.lastError : undefined;
  }
}

const openOrder = ({ planId, attempt, record }: NonNullable<SymbolReading['order']>): WhyFacts['order'] => ({
  planId,
  attempt: Number(attempt),
  state: record?.state ?? '',
  sinceMs: record?.state === 'UNKNOWN' ? unknownSinceMs(record) : record?.claimedMs,
});

/** A refusal's reason already begins with its error. */
function endOf({ state, endedMs, result }: PlanRecord): Asked['ended'] {
  const [error = '', reason = ''] = [result?.['error'], result?.['reason']];
  const words = reason.startsWith(error) ? [reason] : [error, reason];
  return { state, why: words.filter((word) => word !== '').join(': '), atMs: endedMs };
}

/** As API answers show it. */
export function blockerJson({ reason, text, sinceMs, untilMs, by, remedy }: Blocker): BlockerAnswer {
  return {
    reason,
    text,
    since_ms: sinceMs ?? null,
    until_ms: untilMs ?? null,
    by: by ?? null,
    remedy: remedy ?? null,
  };
}

/** A stream of another type hides no position: it is a fault of every symbol. */
async function missingIn(fleet: Promise<FleetState>): Promise<Pick<SharedFacts, 'missingRoles' | 'sharedFaults'>> {
  try {
    return { missingRoles: (await fleet).missing, sharedFaults: [] };
  } catch (error) {
    if (!isWrongType(error)) throw error;
    return { missingRoles: [], sharedFaults: [`a stream is a key of another type (${error.message})`] };
  }
}
