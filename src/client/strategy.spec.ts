import { describe, expect, it } from 'vitest';
import { parseMarketSymbol } from '../flow/0-primitives.js';
import { parseProposal } from '../flow/1-proposal.js';
import { planIdOf } from '../flow/2-plan.js';
import { gateApi, ProposalRefused, type ProposalRequest, StrategyClient } from './strategy.js';

class Recorder {
  readonly sent: string[][] = [];
  fault: Error | undefined;
  xadd(...args: string[]): Promise<string> {
    this.sent.push(args);
    return this.fault === undefined ? Promise.resolve('1-0') : Promise.reject(this.fault);
  }
}

const REQUEST: ProposalRequest = {
  symbol: 'BTCUSDT',
  action: 'CLOSE_PCT',
  killScore: 0.4,
  closePct: '12.5',
  proposalId: 'p-1',
};

const NO_PLAN = (): Response => new Response('{}', { status: 404 });

/** The last of the answers is given again and again. */
function client(
  answers: readonly (object | (() => Response))[] = [],
  account?: string,
): { strategy: StrategyClient; redis: Recorder } {
  const redis = new Recorder();
  const left = answers.length === 0 ? [NO_PLAN] : [...answers];
  const fetch = (): Promise<Response> => {
    const next = left.length > 1 ? left.shift() : left[0];
    return Promise.resolve(typeof next === 'function' ? (next as () => Response)() : Response.json(next));
  };
  return {
    redis,
    strategy: new StrategyClient({
      redis,
      api: gateApi({ url: 'http://gate', token: 't', fetch }),
      ...(account === undefined ? {} : { account }),
    }),
  };
}

describe('the client of a strategy', () => {
  it('publishes a proposal that Apply reads, and knows the id of its plan', async () => {
    const { strategy, redis } = client();
    const planId = await strategy.propose(REQUEST);
    expect(redis.sent).toHaveLength(1);
    const [stream, id, ...pairs] = redis.sent[0] ?? [];
    const fields = Object.fromEntries(pairs.flatMap((name, at) => (at % 2 === 0 ? [[name, pairs[at + 1] ?? '']] : [])));
    expect([stream, id, fields['symbol']]).toEqual(['quantum:stream:harvest.proposal', '*', 'BTCUSDT']);
    const reading = parseProposal('BTCUSDT', fields);
    expect(reading.ok && [reading.proposal.symbol, planIdOf(reading.proposal)]).toEqual([
      parseMarketSymbol('BTCUSDT'),
      planId,
    ]);
  });

  it('of an account publishes for the router of all cells, with the account, and knows the same id', async () => {
    const { strategy, redis } = client([], 'fund-a');
    const planId = await strategy.propose(REQUEST);
    await strategy.withdraw('BTCUSDT');
    expect(redis.sent).toHaveLength(2);
    const [proposed = [], withdrawn = []] = redis.sent;
    expect(proposed.slice(0, 6)).toEqual([
      'quantum:stream:cells.proposal',
      '*',
      'account',
      'fund-a',
      'symbol',
      'BTCUSDT',
    ]);
    expect(withdrawn.slice(0, 8)).toEqual([...proposed.slice(0, 6), 'harvest_action', 'HOLD']);
    const pairs = proposed.slice(6);
    const fields = Object.fromEntries(pairs.flatMap((name, at) => (at % 2 === 0 ? [[name, pairs[at + 1] ?? '']] : [])));
    const reading = parseProposal('BTCUSDT', fields);
    expect(reading.ok && planIdOf(reading.proposal)).toBe(planId);
  });

  it('reports a proposal that Redis did not acknowledge, and does not publish it again', async () => {
    const { strategy, redis } = client();
    redis.fault = new Error('Command timed out');
    await expect(strategy.propose(REQUEST)).rejects.toThrow('Command timed out');
    expect(redis.sent).toHaveLength(1);
  });

  it.each([
    ['a share of more than the position', { ...REQUEST, closePct: 101 }],
    ['a score that is no number', { ...REQUEST, killScore: Number.NaN }],
    ['a symbol with a slash', { ...REQUEST, symbol: 'BTC/USDT' }],
  ])('does not send %s', async (_, request) => {
    const { strategy, redis } = client();
    await expect(strategy.propose(request)).rejects.toThrow(ProposalRefused);
    expect(redis.sent).toEqual([]);
  });

  it('waits for the plan to be published, and over a passing failure until the plan is carried out', async () => {
    const plan = { attempt: 1, executed: false, error: '', reason: '' };
    const { strategy } = client([
      NO_PLAN,
      { ...plan, state: 'WAITING_APPROVAL', executed: null, error: null, reason: null },
      { ...plan, state: 'WAITING', executed: null, error: null, reason: null },
      { ...plan, state: 'BLOCKED', error: 'permit_timeout', reason: 'missing: Governor' },
      { ...plan, state: 'FILLED', attempt: 2, executed: true },
    ]);
    const filled = { state: 'FILLED', attempt: 2, executed: true, error: '', reason: '', final: true };
    expect(await strategy.outcome('0f1e2d3c4b5a6978')).toEqual({ planId: '0f1e2d3c4b5a6978', ...filled });
  });

  it('says that a plan which may run again is not final, and that no plan was made', async () => {
    const failed = { state: 'BLOCKED', attempt: 1, executed: false, error: 'permit_timeout', reason: 'missing: P3.3' };
    expect(await client([failed]).strategy.outcome('0f1e2d3c4b5a6978', 1)).toMatchObject({ final: false });
    const { strategy } = client([{ ...failed, error: 'order_rejected', reason: '' }]);
    expect(await strategy.outcome('0f1e2d3c4b5a6978')).toMatchObject({ final: true, error: 'order_rejected' });
    expect(await client().strategy.outcome('0f1e2d3c4b5a6978', 1)).toBeUndefined();
  });

  it('reports a call that the API refuses, and does not take it for a plan that was never published', async () => {
    const refusal = (): Response => Response.json({ detail: 'no' }, { status: 503 });
    const { strategy } = client([refusal]);
    await expect(strategy.outcome('0f1e2d3c4b5a6978')).rejects.toThrow('GET /plans/0f1e2d3c4b5a6978 answers 503');
  });
});
