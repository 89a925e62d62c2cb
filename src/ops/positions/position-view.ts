import { Injectable } from '@nestjs/common';
import { SymbolSettings } from '../../config/symbols/symbol-settings.js';
import { parseDecimal, toPlainString } from '../../flow/0-decimal.js';
import { parseMarketSymbol } from '../../flow/0-primitives.js';
import type { SharedFacts } from '../../gates/why/facts.js';
import type { Hold } from '../../redis/stores/control-state.js';
import type { PositionEvidence } from '../../redis/stores/position-evidence.js';
import { SymbolFaults } from '../health/symbol-faults.js';
import { problem } from '../problem/problem.js';
import { blockerJson, type SymbolReading, SymbolWhy } from '../why/symbol-why.js';
import type {
  DriftAnswer,
  HoldAnswer,
  LedgerAnswer,
  OpenOrderAnswer,
  PositionAnswer,
  SnapshotAnswer,
} from './position.dto.js';

type Stored = Readonly<Record<string, string>>;

/** The known positions: the exchange's amount, the ledger's, and the age of each. */
@Injectable()
export class PositionViews {
  constructor(
    private readonly settings: SymbolSettings,
    private readonly why: SymbolWhy,
    private readonly faults: SymbolFaults,
  ) {}

  /** Every symbol of this deployment. */
  get symbols(): string[] {
    return this.faults.symbols;
  }

  /** The symbol, in any case, when this deployment knows it. Throws 404 otherwise. */
  known(given: string): string {
    const symbol = parseMarketSymbol(given.toUpperCase());
    if (symbol !== undefined && this.symbols.includes(symbol)) return symbol;
    const detail = `${JSON.stringify(given.slice(0, 40))} is in none of SYMBOLS, APPLY_ALLOWLIST, P33_ALLOWLIST (${this.symbols.slice(0, 20).join(', ')}).`;
    throw problem(404, 'symbol-unknown', 'The symbol is not known', detail);
  }

  async all(): Promise<PositionAnswer[]> {
    const shared = await this.why.shared();
    return Promise.all(this.symbols.map((symbol) => this.#one(symbol, shared)));
  }

  async one(symbol: string): Promise<PositionAnswer> {
    return this.#one(symbol, await this.why.shared());
  }

  async #one(symbol: string, shared: SharedFacts): Promise<PositionAnswer> {
    const { evidence, stored, order, hold, faults, blockers } = await this.why.read(symbol, shared);
    return {
      symbol,
      snapshot: snapshotView(evidence, stored.snapshot),
      ledger: ledgerView(evidence, stored.ledger),
      drift: this.#drift(symbol, evidence),
      hold: hold === undefined ? null : holdView(hold, evidence.nowMs),
      in_flight: order === undefined ? null : orderView(order),
      position_epoch: evidence.epoch,
      faults,
      blockers: blockers.map(blockerJson),
    };
  }

  #drift(symbol: string, { snapshot, ledger }: PositionEvidence): DriftAnswer | null {
    if (snapshot === undefined || ledger.kind !== 'present') return null;
    const { amount } = ledger.ledger;
    const difference = snapshot.amount.minus(amount);
    return {
      difference: toPlainString(difference),
      agrees: difference.isZero(),
      side_mismatch: snapshot.amount.mul(amount).isNegative() && !snapshot.amount.mul(amount).isZero(),
      tolerance_pct: this.settings.forSymbol(symbol).tolerancePct,
    };
  }
}

const orderView = ({ planId, attempt, record }: NonNullable<SymbolReading['order']>): OpenOrderAnswer => ({
  plan_id: planId,
  attempt: Number(attempt),
  state: record?.state ?? null,
  claimed_ms: record?.claimedMs ?? null,
});

const textOr = (stored: Stored, field: string): string | null => stored[field] ?? null;

function snapshotView({ snapshot, nowMs }: PositionEvidence, stored: Stored): SnapshotAnswer | null {
  if (snapshot === undefined) return null;
  return {
    position_amt: toPlainString(snapshot.amount),
    side: textOr(stored, 'side'),
    entry_price: textOr(stored, 'entry_price'),
    mark_price: textOr(stored, 'mark_price'),
    unrealized_pnl: textOr(stored, 'unrealized_pnl'),
    leverage: textOr(stored, 'leverage'),
    resting_reduce_qty: stored['resting_reduce_qty'] === undefined ? null : toPlainString(snapshot.restingReduceQty),
    source: textOr(stored, 'source'),
    ts_ms: snapshot.tsMs,
    age_ms: nowMs - snapshot.tsMs,
  };
}

function ledgerView({ ledger, nowMs }: PositionEvidence, stored: Stored): LedgerAnswer {
  switch (ledger.kind) {
    case 'absent':
      return { state: 'absent', detail: 'no ledger was made yet' };
    case 'lost':
      return { state: 'lost', detail: ledger.detail };
    case 'present': {
      const updatedMs = parseDecimal(stored['updated_at'] ?? '')
        ?.mul(1000)
        .toNumber();
      const { amount, lastFillMs } = ledger.ledger;
      return {
        state: 'present',
        last_known_amt: toPlainString(amount),
        last_order_id: textOr(stored, 'last_order_id'),
        last_result_plan_id: textOr(stored, 'last_result_plan_id'),
        last_executed_qty: textOr(stored, 'last_executed_qty'),
        last_side: textOr(stored, 'last_side'),
        source: textOr(stored, 'source'),
        updated_ms: updatedMs ?? null,
        age_ms: updatedMs === undefined ? null : nowMs - updatedMs,
        last_fill_ms: lastFillMs ?? null,
        last_fill_age_ms: lastFillMs === undefined ? null : nowMs - lastFillMs,
      };
    }
  }
  return ledger satisfies never;
}

/** A hold that cannot be read has no cause and no time. */
function holdView({ cause, reason, by, at_ms: atMs }: Hold, nowMs: number): HoldAnswer {
  const shown = { cause: cause === '' ? 'unreadable' : cause, reason, by };
  return atMs > 0 ? { ...shown, at_ms: atMs, age_ms: nowMs - atMs } : { ...shown, at_ms: null };
}
