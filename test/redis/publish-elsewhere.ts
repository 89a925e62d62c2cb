import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { parseProposal } from '../../src/flow/1-proposal.js';
import { encodePlan, planIdOf } from '../../src/flow/2-plan.js';
import { RedisClock } from '../../src/redis/connection/redis-clock.js';
import { PlanJournal } from '../../src/redis/stores/plan-journal.js';
import { accountOf, hashed } from '../harness/hashed-plan.js';
import { proposalFields } from '../harness/proposals.js';
import { scriptsOn } from '../harness/scripts-on.js';
import { NOT_TAKEN_UP } from '../harness/standing.js';
import type { Gate, TestEnvironment } from '../harness/test-environment.js';

export interface PlanElsewhere {
  readonly symbol: string;
  readonly action: string;
  readonly windowMs: number;
  /** Fields of the entry that are changed after its hash was made. */
  readonly change?: Readonly<Record<string, string>>;
}

/** Publishes a plan for the account of `gate` as an Apply of another process does. Answers with its id. */
export async function publishElsewhere(
  { redis, keys }: TestEnvironment,
  gate: Gate,
  { symbol, action, windowMs, change = {} }: PlanElsewhere,
): Promise<string> {
  const raw = { ...proposalFields(action), proposal_id: randomUUID() };
  const reading = parseProposal(symbol, raw);
  if (!reading.ok) throw new Error(reading.detail);
  const { proposal } = reading;
  const planId = planIdOf(proposal);
  const draft = { planId, symbol, proposal, raw, closeQty: '0', price: '0', source: 'test', timestampSec: '0' };
  const fields = { ...encodePlan({ ...draft, decision: 'EXECUTE', reasonCodes: [] }), attempt: '1', mode: 'testnet' };
  const journal = new PlanJournal(scriptsOn(redis, keys), keys, new RedisClock());
  const published = await journal.publish({
    planId,
    symbol,
    action,
    attempt: 1,
    mode: 'testnet',
    fields: { ...hashed(fields, accountOf(gate)), ...change },
    proposal: JSON.stringify({ fields: raw, source: 'test' }),
    freshUntilMs: Date.now() + 60_000,
    windowMs,
    dedupeTtlMs: 60_000,
    maxAttempts: 1,
    standing: NOT_TAKEN_UP,
  });
  expect(published.kind).toBe('published');
  return planId;
}
