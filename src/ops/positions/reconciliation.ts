import { Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import type { Decimal } from '../../flow/0-decimal.js';
import { toPlainString } from '../../flow/0-decimal.js';
import { LedgerStore } from '../../redis/stores/ledger-store.js';
import { problem } from '../problem/problem.js';
import { RedisTime } from '../system/redis-time.js';

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
        throw problem(
          409,
          'exchange-amount-changed',
          'The exchange amount has changed',
          `The exchange amount of ${symbol} is ${outcome.amount}, but you expected ${toPlainString(order.expectedExchangeAmt)}. Look again and repeat the call with the amount you see.`,
          { exchange_amt: outcome.amount, expected_exchange_amt: toPlainString(order.expectedExchangeAmt) },
        );
      case 'in_flight':
        throw problem(
          409,
          'in-flight',
          'An order is open',
          `${symbol} has an order of this system open, or a fill not yet in the ledger. Wait for its result: GET /api/v1/positions/${symbol} shows it.`,
        );
      case 'no_snapshot':
        throw problem(
          409,
          'no-snapshot',
          'There is no snapshot',
          `The exchange amount of ${symbol} was not read yet. A process with ROLES=position-brain reads it.`,
        );
      case 'snapshot_old': {
        const ageSec = Math.round((nowMs - outcome.tsMs) / 1000);
        throw problem(
          409,
          'snapshot-old',
          'The snapshot is too old',
          `The exchange amount of ${symbol} was read ${ageSec} s ago; ${staleSec} s are allowed (P33_STALE_THRESHOLD_SEC). Check the Position Brain and its exchange connection.`,
          { age_sec: ageSec },
        );
      }
      case 'exists':
        throw problem(409, 'ledger-exists', 'A ledger exists already', `The ledger of ${symbol} was left as it is.`);
    }
    return outcome satisfies never;
  }
}
