import { Inject, Injectable } from '@nestjs/common';
import type { MarketSymbol } from '../flow/0-primitives.js';
import { afterOrder, parseTakenUp, type TakenUp } from '../flow/1-standing.js';
import { type ExecutedStep, parseResult } from '../flow/5-result.js';
import { CredentialsRefused, ExchangeUnavailable } from '../exchange/exchange.port.js';
import { ServerIdentity } from '../redis/connection/server-identity.js';
import { type PlanRecord, PlanRecords } from '../redis/stores/plan-records.js';
import { ResultStream } from '../redis/streams/result-stream.js';
import { NothingPublished } from '../runtime/proposal-intake.js';
import { APPLY_SETTINGS, type ApplySettings } from './apply-settings.js';
import { UnrecordedOrders } from './unrecorded-orders.js';

/** A result of the stream that says that an order was carried out. */
interface ExecutedResult {
  readonly planId: string;
  readonly atMs: number;
  readonly fill: ExecutedStep | undefined;
}

/** An execution, and what its journal says of the proposal. */
interface Executed {
  readonly planId: string;
  readonly atMs: number;
  /** The standing proposal after it; `undefined` for a foreign result, whose journal nobody wrote. */
  readonly standing: { readonly identity: string; readonly takenUp: TakenUp } | undefined;
}

/** What was done of a proposal. */
export interface Earlier {
  /** The plan that did it under the same id, though nobody here published it; `""` for a plan of ours. */
  readonly planId: string;
  readonly takenUp: TakenUp;
}

/** The proposal that nothing is stored of. */
interface Unknown {
  readonly symbol: MarketSymbol;
  readonly planId: string;
  readonly identity: string;
  readonly episode: number;
  readonly nowMs: number;
  /** What would be taken up; `undefined` if no target could be fixed. */
  readonly takenUp: TakenUp | undefined;
}

/**
 * What was done before the records of now began: Redis lost them, or they are on another server. Asked before a proposal is taken
 * up that nothing is stored of: the results are read once by each process, and again when another server answers. What the exchange
 * knows beyond them is {@link UnrecordedOrders}' to find.
 */
@Injectable()
export class EarlierWork {
  #changedMs: number | undefined;
  /** Of all symbols, read once. */
  #results: Promise<ReadonlyMap<string, readonly ExecutedResult[]>> | undefined;
  readonly #compared = new Map<MarketSymbol, readonly Executed[]>();

  constructor(
    private readonly unrecorded: UnrecordedOrders,
    private readonly server: ServerIdentity,
    private readonly results: ResultStream,
    private readonly records: PlanRecords,
    @Inject(APPLY_SETTINGS) private readonly settings: Pick<ApplySettings, 'dedupeTtlMs'>,
  ) {}

  /**
   * The proposal as it was carried out before; `undefined` for one that was not. Throws {@link NothingPublished} if the exchange
   * must be compared first and cannot be asked, and as the reads of Redis do.
   */
  async of({ symbol, planId, identity, episode, nowMs, takenUp }: Unknown): Promise<Earlier | undefined> {
    this.#forgetAtChange();
    let executed = this.#compared.get(symbol);
    if (executed === undefined) {
      await this.#afterComparison(symbol, nowMs);
      executed = await this.#executed(symbol, nowMs);
      this.#compared.set(symbol, executed);
    }
    for (const each of executed.toReversed()) {
      const known = each.standing;
      // One of an earlier episode ended with it; of a later one: the record of the episodes is lost too.
      if (known?.identity === identity && known.takenUp.episode >= episode)
        return { planId: '', takenUp: { ...known.takenUp, episode } };
      if (known === undefined && each.planId === planId && takenUp !== undefined)
        return { planId, takenUp: { ...takenUp, isDone: true, hasFilled: true, atMs: each.atMs } };
    }
    return undefined;
  }

  #forgetAtChange(): void {
    const changedMs = this.server.known?.changedMs ?? 0;
    if (changedMs === this.#changedMs) return;
    this.#changedMs = changedMs;
    this.#results = undefined;
    this.#compared.clear();
  }

  async #executed(symbol: MarketSymbol, nowMs: number): Promise<Executed[]> {
    this.#results ??= this.#readResults(nowMs - this.settings.dedupeTtlMs);
    let bySymbol;
    try {
      bySymbol = await this.#results;
    } catch (error) {
      this.#results = undefined;
      throw error;
    }
    const found = await Promise.all(
      (bySymbol.get(symbol) ?? []).map(async (result) => ({
        ...result,
        record: await this.records.find(result.planId),
      })),
    );
    return found.flatMap(({ planId, atMs, fill, record }) => {
      const standing = record === undefined ? undefined : standingAfter(record, fill, atMs);
      return record === undefined || standing !== undefined ? [{ planId, atMs, standing }] : [];
    });
  }

  async #readResults(fromMs: number): Promise<ReadonlyMap<string, readonly ExecutedResult[]>> {
    const bySymbol = new Map<string, ExecutedResult[]>();
    for await (const { fields, atMs } of this.results.since(fromMs)) {
      const reading = parseResult(fields);
      if (!reading.ok || !reading.executed) continue;
      const known = bySymbol.get(reading.symbol) ?? [];
      known.push({ planId: reading.planId, atMs, fill: reading.fills[0] });
      bySymbol.set(reading.symbol, known);
    }
    return bySymbol;
  }

  /** After another server has answered, what was done of a symbol is known only once the exchange was compared. */
  async #afterComparison(symbol: MarketSymbol, nowMs: number): Promise<void> {
    const { known } = this.server;
    if (known === undefined || nowMs >= known.changedMs + this.settings.dedupeTtlMs) return;
    try {
      await this.unrecorded.compare();
    } catch (error) {
      if (!(error instanceof ExchangeUnavailable || error instanceof CredentialsRefused)) throw error;
      throw new NothingPublished(
        `Redis was restarted, failed over or emptied, so what was done of ${symbol} is first compared with the exchange, and it cannot be asked: ${error.message}. Nothing was published.`,
        { cause: error },
      );
    }
  }
}

/** What the journal of an executed attempt says of its proposal. */
function standingAfter(record: PlanRecord, fill: ExecutedStep | undefined, atMs: number): Executed['standing'] {
  const { identity, takenUp, left, smallest } = record;
  const before = parseTakenUp(takenUp);
  if (identity === '' || before === undefined || before === 'unreadable') return undefined;
  const stop = record.plan['new_sl_proposed'] ?? '';
  if (before.target === undefined) return { identity, takenUp: { ...before, atMs, isDone: true, stop } };
  if (fill === undefined) return undefined;
  const after = afterOrder({ identity, takenUp, left, smallest }, { executedQty: fill.executedQty, stop, atMs });
  return after === undefined ? undefined : { identity, takenUp: after };
}
