import { setTimeout as sleep } from 'node:timers/promises';
import type { ExchangeFault } from '../harness/paper-exchange-process.js';
import type { Arena } from './arena.js';
import type { ChaosGate } from './chaos-gate.js';
import type { ChaosEvent, KillMoment } from './events.js';
import { ORDER } from './exchange-faults.js';
import type { History } from './history.js';
import type { StampLog } from './stamps.js';
import { play } from './strategy.js';

/** A time (host clock, epoch ms) in which no order may be accepted. */
export interface StoppedSpan {
  readonly fromMs: number;
  /** When the call that releases was about to be made. */
  readonly toMs: number;
}

const DELIVERED_WITHIN_MS = 1_000;
const LATE_ORDERS: readonly ExchangeFault[] = [
  { match: ORDER, action: { type: 'delay', ms: 150, when: 'before' }, times: 2 },
];
const RELEASE_WITHIN_MS = 30_000;

/** Makes the events of a scenario happen, and notes what they led to. */
export class Director {
  readonly stopped: StoppedSpan[] = [];
  readonly counts: Record<string, number> = {};
  /** Disturbances whose end is still to come, by what they disturb: two of a kind never overlap. */
  readonly #busy = new Set<string>();
  readonly #running: Promise<void>[] = [];
  #healing = false;

  constructor(
    private readonly arena: Arena,
    private readonly log: StampLog,
    private readonly history: History,
  ) {}

  begin(event: ChaosEvent): void {
    const target = targetOf(event);
    if (this.#busy.has(target)) return;
    this.#busy.add(target);
    const counted = event.kind === 'strategy' ? `strategy-${event.game.name}` : event.kind;
    this.counts[counted] = (this.counts[counted] ?? 0) + 1;
    this.#running.push(this.#carryOut(event).finally(() => this.#busy.delete(target)));
  }

  /** Resolves when all that was begun has ended. */
  async settled(): Promise<void> {
    this.#healing = true;
    await Promise.all(this.#running);
  }

  /** As {@link settled}, for a run that failed: what still goes wrong in it does not matter any more. */
  async abandoned(): Promise<void> {
    this.#healing = true;
    await Promise.allSettled(this.#running);
  }

  async #carryOut(event: ChaosEvent): Promise<void> {
    const { arena } = this;
    switch (event.kind) {
      case 'kill': {
        const gate = arena.gate(event.gate);
        await this.#momentOf(event.moment, gate);
        await gate.end('SIGKILL');
        gate.redisLink.set('pass');
        if (event.newName) gate.rename();
        await sleep(event.downMs);
        gate.start();
        return;
      }
      case 'terminate': {
        const gate = arena.gate(event.gate);
        await gate.end('SIGTERM');
        await sleep(event.downMs);
        gate.start();
        return;
      }
      case 'pause': {
        const gate = arena.gate(event.gate);
        gate.freeze();
        await sleep(event.forMs);
        gate.thaw();
        return;
      }
      case 'redis-link':
      case 'exchange-link': {
        const gate = arena.gate(event.gate);
        const link = event.kind === 'redis-link' ? gate.redisLink : gate.exchangeLink;
        link.set(event.state);
        await sleep(event.forMs);
        link.set('pass');
        return;
      }
      case 'redis-restart':
        return arena.restartRedis(event.how, event.downMs);
      case 'redis-pause':
        return arena.freezeRedis(event.forMs);
      case 'power-loss':
        return arena.losePower(event.downMs);
      case 'failover':
        return arena.failOver(event.behindMs);
      case 'exchange-faults':
        if (!this.#healing) await arena.paper.addFaults(event.faults);
        return;
      case 'streams':
        return arena.paper.streams(event.action);
      case 'kill-switch':
        return this.#stopAndRelease(event.gate, event.heldMs);
      case 'rules':
        return arena.paper.setRules(event.symbol, event.change);
      case 'strategy':
        return play(event.game, event.symbol, this.log, this.history, () => this.#healing);
    }
    return event satisfies never;
  }

  async #momentOf(moment: KillMoment, gate: ChaosGate): Promise<void> {
    switch (moment.kind) {
      case 'at once':
        return;
      case 'muted':
        gate.redisLink.set('mute');
        await sleep(moment.forMs);
        return;
      case 'delivery':
        await this.arena.nextEntry(this.arena.keys[moment.stream](), DELIVERED_WITHIN_MS);
        if (moment.afterMs > 0) await sleep(moment.afterMs);
        return;
    }
    moment satisfies never;
  }

  async #stopAndRelease(gateIndex: number, heldMs: number): Promise<void> {
    const { arena } = this;
    // A stop matters most while orders are on their way.
    if (!this.#healing) await arena.paper.addFaults(LATE_ORDERS);
    await arena.nextEntry(arena.keys.planStream(), DELIVERED_WITHIN_MS);
    const status = await arena.call(arena.gate(gateIndex), 'PUT', '/kill-switch', { engaged: true, reason: 'chaos' });
    const fromMs = Date.now();
    await sleep(heldMs);
    const toMs = Date.now();
    if (status === 200) this.stopped.push({ fromMs, toMs });
    this.counts[status === 200 ? 'stop-confirmed' : 'stop-not-confirmed'] =
      (this.counts[status === 200 ? 'stop-confirmed' : 'stop-not-confirmed'] ?? 0) + 1;
    await this.release();
  }

  /** Asks one process after the other until the kill switch is released. */
  async release(): Promise<void> {
    const until = Date.now() + RELEASE_WITHIN_MS;
    for (let turn = 0; Date.now() < until; turn += 1) {
      const gate = this.arena.gate(turn % this.arena.gates.length);
      const body = { engaged: false, reason: 'chaos over' };
      if ((await this.arena.call(gate, 'PUT', '/kill-switch', body)) === 200) return;
      await sleep(100);
    }
    throw new Error(`no process released the kill switch within ${RELEASE_WITHIN_MS} ms`);
  }
}

function targetOf(event: ChaosEvent): string {
  switch (event.kind) {
    case 'kill':
    case 'terminate':
    case 'pause':
    case 'redis-link':
      return `gate ${event.gate}`;
    case 'exchange-link':
      return `exchange link ${event.gate}`;
    case 'redis-restart':
    case 'redis-pause':
    case 'power-loss':
    case 'failover':
      return 'redis';
    case 'kill-switch':
      return 'kill switch';
    case 'exchange-faults':
      return `faults at ${event.atMs}`;
    case 'strategy':
      return `strategy of ${event.symbol}`;
    case 'rules':
      return `rules at ${event.atMs}`;
    case 'streams':
      return `streams at ${event.atMs}`;
  }
  return event satisfies never;
}
