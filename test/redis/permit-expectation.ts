import type { PermitExpectation } from '../../src/flow/3-permit-reading.js';
import type { TestEnvironment } from '../harness/test-environment.js';
import { redisNowMs } from './issuer-support.js';

/** What a permit for a published plan must fit. */
export async function expectationOf(testEnv: TestEnvironment, planId: string): Promise<PermitExpectation> {
  const journal = await testEnv.redis.hmget(testEnv.keys.journal(planId), 'symbol', 'attempt', 'plan');
  const fields = JSON.parse(journal[2] ?? '[]') as string[];
  return {
    planId,
    symbol: journal[0] ?? '',
    attempt: Number(journal[1]),
    mode: 'testnet',
    planHash: fields[fields.indexOf('plan_hash') + 1] ?? '',
    account: fields[fields.indexOf('account') + 1] ?? '',
    action: fields[fields.indexOf('action') + 1] ?? '',
    nowMs: await redisNowMs(testEnv),
  };
}
