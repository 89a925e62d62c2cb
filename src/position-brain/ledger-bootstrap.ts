import { Inject, Injectable } from '@nestjs/common';
import { AuditLog } from '../redis/stores/audit-log.js';
import { ControlStore } from '../redis/stores/control-store.js';
import { LedgerStore } from '../redis/stores/ledger-store.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { MissedFills } from './missed-fills.js';
import { POSITION_SETTINGS, type PositionSettings } from './position-settings.js';
import type { SnapshotRead } from './snapshot-reader.js';

const HOLDER = 'position-brain';
/** Holds that end when the ledger exists and matches the exchange. */
const LEDGER_CAUSES: ReadonlySet<string> = new Set(['no_ledger', 'ledger_lost']);

/** For symbols without a usable ledger: adopts the exchange amount or holds the symbol, as configured. Never assumes zero. */
@Injectable()
export class LedgerBootstrap {
  constructor(
    private readonly ledgers: LedgerStore,
    private readonly control: ControlStore,
    private readonly missed: MissedFills,
    private readonly audit: AuditLog,
    @Inject(POSITION_SETTINGS) private readonly settings: PositionSettings,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {}

  /** Call at the start: amounts that were written while no Position Brain ran hold from now on, and every ledger is kept. */
  async noticeAll(): Promise<void> {
    const { ledgers, settings } = this;
    await Promise.all(settings.symbols.flatMap((symbol) => [ledgers.evidence(symbol, '-'), ledgers.keep(symbol)]));
  }

  /** Call after each read, with what was read. */
  async care(read: SnapshotRead): Promise<void> {
    if (read.agrees) return this.missed.agreed(read.symbol, read.tsMs);
    const evidence = await this.ledgers.evidence(read.symbol, '-');
    if (evidence.ledger.kind === 'present') {
      if (evidence.ledger.ledger.amount.eq(read.amount)) {
        this.missed.agreed(read.symbol, read.tsMs);
        await this.#liftOwnHold(read.symbol, evidence.hold);
      } else if (evidence.inflight === '') this.missed.look(read, evidence);
      return;
    }
    if (evidence.ledger.kind === 'absent' && this.settings.ledgerBootstrap === 'adopt') {
      await this.#adopt(read);
      return;
    }
    const cause = evidence.ledger.kind === 'absent' ? 'no_ledger' : 'ledger_lost';
    const reason =
      evidence.ledger.kind === 'absent'
        ? 'there is no ledger yet and P33_LEDGER_BOOTSTRAP=hold'
        : `the ledger cannot be used: ${evidence.ledger.detail}`;
    const hold = { symbol: read.symbol, cause, reason, by: HOLDER, at_ms: evidence.nowMs };
    if ((await this.control.setHold(hold, 'role', true)) === 'held') {
      this.logger.warn(
        { symbol: read.symbol, cause },
        `${read.symbol} is on hold: ${reason}. Reconcile it to lift the hold`,
      );
    }
  }

  /** Lifts the hold when a person has written the ledger again and it matches the exchange. */
  async #liftOwnHold(symbol: string, hold: string): Promise<void> {
    const held = hold === '' ? undefined : await this.control.hold(symbol);
    if (held?.by !== HOLDER || !LEDGER_CAUSES.has(held.cause)) return;
    const lifted = await this.control.liftOwnHold(symbol, hold, 'the ledger agrees with the exchange again', HOLDER);
    if (lifted === 'cleared')
      this.logger.warn({ symbol }, `the hold of ${symbol} is lifted: its ledger is there again`);
  }

  async #adopt(read: SnapshotRead): Promise<void> {
    const set = await this.ledgers.set({
      symbol: read.symbol,
      expectedExchangeAmt: read.amount,
      source: 'adopt',
      reason: 'no ledger existed and P33_LEDGER_BOOTSTRAP=adopt',
      actor: HOLDER,
      minSnapshotMs: read.tsMs,
    });
    if (set.kind === 'set') {
      void this.audit.record({
        actor: HOLDER,
        action: 'ledger.adopt',
        target: read.symbol,
        outcome: 'ok',
        before: { ledger_amt: set.before },
        after: { ledger_amt: set.amount },
      });
      this.logger.warn(
        { symbol: read.symbol, amount: set.amount },
        `ledger of ${read.symbol} adopted from the exchange`,
      );
    } else this.logger.info({ symbol: read.symbol, outcome: set.kind }, `ledger of ${read.symbol} not adopted yet`);
  }
}
