import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { ExchangeFault } from '../../harness/paper-exchange-process.js';
import { proposalFields } from '../../harness/proposals.js';
import type { Arena } from '../arena.js';
import type { ChaosGate } from '../chaos-gate.js';
import type { Random } from '../random.js';
import type { StampLog } from '../stamps.js';
import { ORDER } from './exchange.js';
import type { DrillKind } from './options.js';
import { Trouble, type TroubledCall } from './trouble.js';

/** Times are the host's clock, epoch ms. */
export interface Engagement {
  readonly round: number;
  readonly askedMs: number;
  /** When the call had returned: by the answer's own figures, or when it was here, whichever was first. */
  readonly returnedMs: number;
  /** When the call that releases was about to be made. */
  readonly releasedMs: number;
  readonly inFlight: number;
  readonly paused: string | undefined;
}

/** The states of a plan that has not ended. */
export const STAGES = ['PUBLISHED', 'WAITING', 'CLAIMED', 'UNKNOWN'] as const;
export type Stages = Readonly<Record<(typeof STAGES)[number], number>>;

const ROUND_TRIES = 1.5;
/** Within this after the load the switch is engaged: by then its first plans have ended, and its last not begun. */
const SPREAD_MS = 220;
/** An engaging call gives up after 10 s. */
const ENDS_AFTER_MS = { lost: [200, 2_000, 11_000], there: [300, 2_000, 6_000] };
const PAUSED_ROUNDS = 0.15;
const FAULTY_ROUNDS = 0.08;
const FAULTS: readonly ExchangeFault['action'][] = [
  { type: 'loseReply' },
  { type: 'loseRequest' },
  // Longer than the requests live: the exchange refuses them when it comes to look at them.
  { type: 'delay', ms: 420, when: 'before' },
  { type: 'status', status: 400, code: -1021, msg: 'Timestamp for this request is outside of the recvWindow.' },
  { type: 'status', status: 503, code: -1008, msg: 'Request throttled by system-level protection.' },
];
const ENGAGE = { engaged: true, reason: 'kill switch drill' };
const RELEASE = { engaged: false, reason: 'next round of the drill' };
/** One round trip: the open plans by state. */
const COUNT_STATES = `local found = {}
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  found[#found + 1] = redis.call('HGET', ARGV[1] .. id, 'state') or 'none'
end
return found`;

interface Answer {
  readonly at_ms: number;
  readonly waited_ms: number;
  readonly in_flight: readonly unknown[];
}

/** Engages and releases the kill switch under load, again and again, and notes when. */
export class Drill {
  readonly engagements: Engagement[] = [];
  readonly stages: Record<(typeof STAGES)[number], number> = {
    PUBLISHED: 0,
    WAITING: 0,
    CLAIMED: 0,
    UNKNOWN: 0,
  };
  /** Of every kind but `load`: all calls, whatever they were answered. */
  readonly troubled: TroubledCall[] = [];
  notConfirmed = 0;
  proposals = 0;
  readonly #trouble: Trouble;
  #rounds = 0;

  constructor(
    private readonly arena: Arena,
    private readonly redis: Redis,
    private readonly log: StampLog,
    private readonly random: Random,
    private readonly plans: number,
    private readonly kind: DrillKind,
  ) {
    this.#trouble = new Trouble(kind, arena, redis);
  }

  /** Goes on until so many engagements are confirmed. */
  async run(engagements: number): Promise<void> {
    while (this.kind !== 'load' && this.troubled.length < engagements) await this.#troubledRound((this.#rounds += 1));
    if (this.kind !== 'load') return;
    while (this.engagements.length < engagements) {
      if (this.#rounds > engagements * ROUND_TRIES + 2)
        throw new Error(`${this.notConfirmed} of ${this.#rounds} engagements were not confirmed`);
      this.#rounds += 1;
      await this.#round(this.#rounds);
    }
  }

  async #round(round: number): Promise<void> {
    const { arena, random } = this;
    await this.#disturbExchange();
    await this.#load();
    const applies = arena.gates.filter((gate) => gate.spec.roles.includes('apply'));
    const paused = random.chance(PAUSED_ROUNDS) ? random.pick(applies) : undefined;
    const asked = random.pick(arena.gates.filter((gate) => gate !== paused));
    const beforeMs = random.between(0, SPREAD_MS);
    const pausedForMs = random.pick([0, 1, 3, 10]);
    await sleep(beforeMs);
    paused?.freeze();
    if (paused !== undefined) await sleep(pausedForMs);
    const counting = this.#countStages();
    const askedMs = Date.now();
    const thawing = this.#thawDuring(paused, random.pick(['during', 'after', 'released'] as const));
    const answer = await arena.ask(asked, 'PUT', '/kill-switch', ENGAGE);
    const arrivedMs = Date.now();
    thawing.returned();
    await counting;
    await sleep(paused === undefined ? random.between(0, 25) : random.between(20, 80));
    const releasedMs = Date.now();
    await this.#release(paused);
    thawing.released();
    if (answer?.status !== 200) {
      this.notConfirmed += 1;
      return;
    }
    const { at_ms: setMs, waited_ms: waitedMs, in_flight: inFlight } = answer.body as Answer;
    this.engagements.push({
      round,
      askedMs,
      // The figures are rounded to the millisecond, each its own way.
      returnedMs: Math.min(arrivedMs, setMs + waitedMs + 2),
      releasedMs,
      inFlight: inFlight.length,
      paused: paused?.spec.id,
    });
  }

  /** The trouble ends during the call, or only when it was answered. More plans wait for its end. */
  async #troubledRound(round: number): Promise<void> {
    const { arena, random, kind } = this;
    await this.#load();
    const applies = arena.gates.filter((gate) => gate.spec.roles.includes('apply'));
    const asked = kind === 'cut-off' ? random.pick(applies) : random.pick(arena.gates);
    await sleep(random.between(0, 4 * SPREAD_MS));
    await this.#trouble.begin(asked);
    await sleep(random.between(0, SPREAD_MS));
    const ending = this.#trouble.endAfter(
      random.pick(ENDS_AFTER_MS[kind === 'away' || kind === 'cut-off' ? 'lost' : 'there']),
    );
    const askedMs = Date.now();
    const calling = arena.ask(asked, 'PUT', '/kill-switch', ENGAGE);
    await sleep(random.between(0, 100));
    if (kind === 'away' || kind === 'cut-off') await this.#load();
    const answer = await calling;
    const returnedMs = Date.now();
    const healedMs = await ending;
    const storedMs = await this.#trouble.untilStored();
    await this.#load();
    await sleep(random.between(100, 400));
    const releasedMs = Date.now();
    await this.#release(undefined);
    const body = (answer?.body ?? {}) as { readonly stopped_here?: unknown; readonly in_flight?: readonly unknown[] };
    const { status } = answer ?? {};
    const stoppedHere = status === 200 || body.stopped_here === true;
    this.troubled.push({ round, gate: asked.spec.id, status, stoppedHere, returnedMs, healedMs, storedMs, releasedMs });
    if (status !== 200) this.notConfirmed += 1;
    else
      this.engagements.push({
        round,
        askedMs,
        returnedMs,
        releasedMs,
        inFlight: body.in_flight?.length ?? 0,
        paused: undefined,
      });
  }

  /** A paused process goes on while the call is made, once it has returned, or only when orders are let through again. */
  #thawDuring(
    paused: ChaosGate | undefined,
    when: 'during' | 'after' | 'released',
  ): { readonly returned: () => void; readonly released: () => void } {
    const thaw = (): void => paused?.thaw();
    const timer = when === 'during' ? setTimeout(thaw, this.random.between(1, 400)) : undefined;
    return {
      returned: () => {
        if (when === 'released') return;
        clearTimeout(timer);
        thaw();
      },
      released: thaw,
    };
  }

  async #load(): Promise<void> {
    const { arena, random, log } = this;
    const written: Promise<void>[] = [];
    const symbols = Object.keys(arena.scenario.positions);
    for (let count = 0; count < this.plans; count += 1) {
      this.proposals += 1;
      const symbol = random.pick(symbols);
      const fields = proposalFields('PARTIAL_50', { proposal_id: `drill-${arena.scenario.seed}-${this.proposals}` });
      written.push(log.stream(symbol, fields));
    }
    await Promise.all(written);
  }

  async #disturbExchange(): Promise<void> {
    const { arena, random } = this;
    if (!random.chance(FAULTY_ROUNDS)) return;
    await arena.paper.addFaults([{ match: ORDER, action: random.pick(FAULTS) }]);
  }

  async #countStages(): Promise<void> {
    const { redis, arena, stages } = this;
    const { keys } = arena;
    const states = (await redis.eval(COUNT_STATES, 1, keys.openPlans(), keys.journal(''))) as string[];
    for (const state of states) if (state in stages) stages[state as keyof Stages] += 1;
  }

  async #release(paused: ChaosGate | undefined): Promise<void> {
    for (let turn = 0; turn < 100; turn += 1) {
      const gates = this.arena.gates.filter((each) => each !== paused);
      const gate = gates[(turn + this.#rounds) % gates.length];
      if (gate !== undefined && (await this.arena.call(gate, 'PUT', '/kill-switch', RELEASE)) === 200) return;
      await sleep(20);
    }
    throw new Error('no process released the kill switch');
  }
}
