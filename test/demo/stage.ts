import { setTimeout as sleep } from 'node:timers/promises';
import type { Fields } from '../../src/flow/0-primitives.js';
import { type Close, freshProposal, submitToStream } from '../../src/cli/proof/fresh-proposal.js';
import type { PaperExchangeProcess } from '../harness/paper-exchange-process.js';
import type { Deployment } from './deployment.js';

/** What a scene showed differs from what it must show. */
export class SceneFailure extends Error {
  override readonly name = 'SceneFailure';
}

/** What became of a plan's attempt: the fields of its result. */
export interface Ended {
  readonly planId: string;
  readonly result: Fields;
}

const PLAN_WITHIN_MS = 5_000;
const RESULT_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 20;

/** What was measured on the way. */
export interface Figures {
  medianWaitMs: number;
}

/** Where the scenes play: the deployments, the exchange, and the means to ask, to wait and to insist. */
export class Stage {
  readonly figures: Figures = { medianWaitMs: Number.NaN };

  constructor(
    /** All roles in one process. */
    readonly gate: Deployment,
    readonly exchange: PaperExchangeProcess,
    readonly report: (text: string) => void,
  ) {}

  /** Submits a fresh proposal over the proposal stream and waits for its plan entry. */
  async propose(symbol: string, action: Close, at: Deployment = this.gate): Promise<Fields> {
    const proposal = await freshProposal(at.session, action);
    await submitToStream(at.session, symbol, proposal);
    const isOwn = (entry: { stream: string; fields: Fields }): boolean =>
      entry.stream === 'plan' && entry.fields['proposal_id'] === proposal.proposal_id;
    const entry = await at.watch.first(isOwn, PLAN_WITHIN_MS);
    if (entry === undefined)
      throw new SceneFailure(`no plan came of a proposal for ${symbol} within ${PLAN_WITHIN_MS} ms`);
    return entry.fields;
  }

  /** The result of one attempt. */
  async result(planId: string, attempt: number, at: Deployment = this.gate): Promise<Fields> {
    const entry = await at.watch.first(
      ({ stream, fields }) =>
        stream === 'result' && fields['plan_id'] === planId && fields['attempt'] === String(attempt),
      RESULT_WITHIN_MS,
    );
    if (entry === undefined)
      throw new SceneFailure(`attempt ${attempt} of plan ${planId} has no result within ${RESULT_WITHIN_MS} ms`);
    return entry.fields;
  }

  /** A proposal, its plan, and the result of its first attempt. */
  async run(symbol: string, action: Close, at: Deployment = this.gate): Promise<Ended> {
    const planId = (await this.propose(symbol, action, at))['plan_id'] ?? '';
    return { planId, result: await this.result(planId, 1, at) };
  }

  /** Asks until the answer is there. */
  async eventually<T>(what: string, ask: () => Promise<T | undefined>, withinMs = 10_000): Promise<T> {
    const untilMs = performance.now() + withinMs;
    for (;;) {
      const answer = await ask();
      if (answer !== undefined) return answer;
      if (performance.now() > untilMs) throw new SceneFailure(`${what}: not within ${withinMs} ms`);
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** Fails the scene unless every named field is what it must be. */
  expect(what: string, answer: object, wanted: Readonly<Record<string, unknown>>): void {
    const found = answer as Readonly<Record<string, unknown>>;
    const wrong = Object.entries(wanted).filter(([name, value]) => found[name] !== value);
    if (wrong.length === 0) return;
    const said = wrong.map(
      ([name, value]) => `${name} is ${JSON.stringify(found[name])} and must be ${JSON.stringify(value)}`,
    );
    throw new SceneFailure(`${what}: ${said.join(', ')}; all of it: ${JSON.stringify(found)}`);
  }

  /** The orders of this system that the exchange has accepted for a symbol: those of others open positions, ours cannot. */
  async ownOrders(symbol?: string): Promise<number> {
    const { orders } = await this.exchange.records();
    return orders.filter((order) => order.reduceOnly && (symbol === undefined || order.symbol === symbol)).length;
  }
}

/** The details of a result's first step, where a denial keeps its context. */
export function denialContext(result: Fields): Readonly<Record<string, unknown>> {
  const steps = JSON.parse(result['steps_results'] ?? '[]') as { details?: Readonly<Record<string, unknown>> }[];
  return steps[0]?.details ?? {};
}
