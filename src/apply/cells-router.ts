import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { CellUnanswered } from '../cells/cell-calls.js';
import { Cells } from '../cells/cells.js';
import { deliverTo, ownersOf, refuses } from '../cells/proposal-router.js';
import type { Fields } from '../flow/0-primitives.js';
import { type Proposal, parseProposal } from '../flow/1-proposal.js';
import { fresh } from '../gates/proposal/fresh.js';
import { RedisClock } from '../redis/connection/redis-clock.js';
import { GROUPS } from '../redis/keys/groups.js';
import type { Keys } from '../redis/keys/keys.js';
import { KEYS } from '../redis/redis.tokens.js';
import { DeadLetters } from '../redis/streams/dead-letters.js';
import { InOrder } from '../redis/streams/in-order.js';
import type { Handled } from '../redis/streams/stream-consumer.js';
import type { ConsumedStream } from '../redis/streams/stream-consumers.js';
import type { StreamEntry } from '../redis/streams/stream-entry.js';
import { type Logger, ROLE_LOGGER } from '../telemetry/logger.js';
import { GateMetrics } from '../telemetry/metrics.js';
import { APPLY_SETTINGS, type ApplySettings } from './apply-settings.js';

const RETRY_FIRST_MS = 250;
const RETRY_MOST_MS = 5_000;

/** The entries of one account and symbol. */
interface Line {
  /** The one with the latest stamp; it alone is worth a repetition. */
  newest: Routed;
  entries: number;
  /** The last attempt failed. */
  isAway: boolean;
  /** Ends the pause of the entry that waits. */
  wake: () => void;
}

interface Routed {
  readonly entry: StreamEntry;
  readonly account: string;
  readonly proposal: Proposal;
  readonly fields: Fields;
}

/**
 * Hands the proposals of the stream for all cells to the cells that own them. Entries of one account and symbol go in order; an entry
 * whose cell is away waits and delays no other account or symbol. An entry is acknowledged after its cell has it.
 */
@Injectable()
export class CellsRouter {
  readonly #order = new InOrder();
  readonly #lines = new Map<string, Line>();
  #isStopping = false;

  constructor(
    private readonly cells: Cells,
    private readonly deadLetters: DeadLetters,
    private readonly clock: RedisClock,
    private readonly metrics: GateMetrics,
    @Inject(APPLY_SETTINGS) private readonly settings: Pick<ApplySettings, 'proposalMaxAgeSec'>,
    @Inject(KEYS) private readonly keys: Keys,
    @Inject(ROLE_LOGGER) private readonly logger: Logger,
  ) {}

  /** None where CELLS_FILE is not set. */
  streams(): readonly ConsumedStream[] {
    if (this.cells.configured === undefined) return [];
    const stream = this.keys.cellsProposals();
    return [{ stream, group: GROUPS.apply, from: '$', handle: (entry) => this.handle(entry) }];
  }

  /** What waits for its cell stays pending, for the next start or for another process. */
  stop(): void {
    this.#isStopping = true;
    for (const line of this.#lines.values()) line.wake();
  }

  async handle(entry: StreamEntry): Promise<Handled> {
    const { account = '', symbol = '', ...fields } = entry.fields;
    if (account === '')
      return this.#deadLetter(entry, 'account is missing; it is required beside symbol and the fields of the hash');
    const reading = parseProposal(symbol, fields);
    if (!reading.ok) return this.#deadLetter(entry, `${reading.reason}: ${reading.detail}`);
    const routed = { entry, account, proposal: reading.proposal, fields };
    const key = JSON.stringify([account, symbol]);
    const line = this.#enter(key, routed);
    try {
      return await this.#order.run(key, () => this.#deliver(routed, line));
    } finally {
      line.entries -= 1;
      if (line.entries === 0) this.#lines.delete(key);
    }
  }

  #enter(key: string, routed: Routed): Line {
    const line = this.#lines.get(key) ?? { newest: routed, entries: 0, isAway: false, wake: () => undefined };
    this.#lines.set(key, line);
    line.entries += 1;
    if (routed.proposal.lastUpdateEpochSec >= line.newest.proposal.lastUpdateEpochSec) {
      line.newest = routed;
      line.wake();
    }
    return line;
  }

  async #deliver(routed: Routed, line: Line): Promise<Handled> {
    const { entry, account, proposal, fields } = routed;
    let failed = '';
    for (let tries = 0; ; tries += 1) {
      if (this.#isStopping) return 'later';
      const nowSec = this.clock.nowMs() / 1_000;
      const verdict = fresh({
        nowSec,
        lastUpdateEpochSec: proposal.lastUpdateEpochSec,
        maxAgeSec: this.settings.proposalMaxAgeSec,
      });
      if (!verdict.allow)
        return this.#deadLetter(entry, [`${verdict.reason}: ${JSON.stringify(verdict.context)}`, failed].join(' '));
      const owners = ownersOf(this.cells.configured ?? [], account, proposal.symbol);
      const [cell] = owners;
      const wanted = `${proposal.symbol} of account ${JSON.stringify(account.slice(0, 64))}`;
      if (cell === undefined) return this.#deadLetter(entry, `no cell of CELLS_FILE owns ${wanted}`);
      if (owners.length > 1) {
        const names = owners.map(({ name }) => name).join(', ');
        return this.#deadLetter(entry, `by CELLS_FILE several cells own ${wanted}: ${names}`);
      }
      if ((tries > 0 || line.isAway) && line.newest !== routed) {
        this.metrics.cellsProposals.inc({ cell: cell.name, outcome: 'superseded' });
        this.logger.info({ cell: cell.name, entry: entry.id }, 'a newer proposal takes its place: its cell is away');
        return 'done';
      }
      try {
        await deliverTo(cell, proposal.symbol, fields, this.#idempotencyKey(entry));
        line.isAway = false;
        this.metrics.cellsProposals.inc({ cell: cell.name, outcome: 'delivered' });
        return 'done';
      } catch (error) {
        if (!(error instanceof CellUnanswered)) throw error;
        if (refuses(error)) return this.#deadLetter(entry, `${cell.name} refused it: ${error.message}`, cell.name);
        failed = `(${cell.name} did not take it: ${error.message})`;
        line.isAway = true;
        if (tries === 0)
          this.logger.warn(
            { cell: cell.name, entry: entry.id, detail: error.message },
            'a cell does not take a proposal; it is tried again while the proposal is fresh',
          );
      }
      await this.#pause(line, Math.min(RETRY_FIRST_MS * 2 ** tries, RETRY_MOST_MS));
    }
  }

  /** The same for the same entry, whoever delivers it. Another Redis may give out the same id. */
  #idempotencyKey({ id, fields }: StreamEntry): string {
    const digest = createHash('sha256').update(JSON.stringify([this.keys.cellsProposals(), fields]));
    return `routed:${digest.digest('hex').slice(0, 32)}:${id}`;
  }

  async #pause(line: Line, ms: number): Promise<void> {
    const waking = new AbortController();
    line.wake = () => waking.abort();
    if (this.#isStopping) return;
    await sleep(ms, undefined, { signal: waking.signal }).catch(() => undefined);
  }

  async #deadLetter(entry: StreamEntry, reason: string, cell = ''): Promise<Handled> {
    const stream = this.keys.cellsProposals();
    const isLetter = await this.deadLetters.deadLetter(stream, GROUPS.apply, entry, reason.trim(), 1);
    if (isLetter) this.metrics.cellsProposals.inc({ cell, outcome: 'dead_letter' });
    return 'acknowledged';
  }
}
