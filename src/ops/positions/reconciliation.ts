import { Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import type { Decimal } from '../../flow/0-decimal.js';
import { LedgerStore } from '../../redis/stores/ledger-store.js';
import { problem } from '../problem/problem.js';
import { RedisTime } from '../system/redis-time.js';
import { amountChanged, noSnapshot, snapshotOld } from './amount-problems.js';

export interface ReconcileOrder {
  readonly symbol: string;
  readonly expectedExchangeAmt: Decimal;
  readonly reason: string;
  readonly actor: string;
}

/** Sets the ledger to the exchange's amount if that is the amount the operator expects. Lifts the symbol's hold. */
@Injectable()
export class Reconciliation {
  constructor(
    private readonly environment: Environment,
    private readonly ledgers: LedgerStore,
    private readonly time: RedisTime,
  ) {}

  /** Answers with the amounts of the ledger. Throws a 409 problem that says why nothing was changed. */
  async carryOut(order: ReconcileOrder): Promise<{ readonly before: string; readonly after: string }> {
    const staleSec = this.environment.p33StaleThresholdSec;
    const nowMs = await this.time.nowMs();
    const outcome = await this.ledgers.set({
      ...order,
      source: 'reconcile',
      minSnapshotMs: Math.floor(nowMs - staleSec * 1000),
    });
    const { symbol } = order;
    switch (outcome.kind) {
      case 'set':
        return { before: outcome.before, after: outcome.amount };
      case 'exchange_amount_is':
        throw amountChanged(symbol, outcome.amount, order.expectedExchangeAmt);
      case 'in_flight':
        throw problem(
          409,
          'in-flight',
          'An order is open',
          `${symbol} has an order of this system open, or a fill not yet in the ledger. Wait for its result: GET /api/v1/positions/${symbol} shows it.`,
        );
      case 'no_snapshot':
        throw noSnapshot(symbol);
      case 'snapshot_old':
        throw snapshotOld(symbol, nowMs - outcome.tsMs, staleSec);
      case 'exists':
        throw problem(409, 'ledger-exists', 'A ledger exists already', `The ledger of ${symbol} was left as it is.`);
    }
    return outcome satisfies never;
  }
}
