import type { Deployment } from '../deployment.js';
import type { Scene } from '../scene.js';
import { denialContext, SceneFailure } from '../stage.js';

/** Of the deployment that these scenes play in: without a Governor, and strict about old figures. */
export const WITHOUT_GOVERNOR = { ROLES: 'apply,position-brain', P33_STALE_THRESHOLD_SEC: '1.5' } as const;

/** Two deployments never trade one symbol of an account. */
export const SYMBOLS_WITHOUT_GOVERNOR = ['ETHUSDT', 'DOGEUSDT'];

const SLOW_READ_MS = 4_000;
const SLOW_READS = {
  match: { path: '/positionRisk' },
  action: { type: 'delay', ms: SLOW_READ_MS },
  times: -1,
} as const;
const STALE_AFTER_MS = 2_300;
/** The default of APPLY_PERMIT_WAIT_MS, and how late a busy machine may report that it passed. */
const WINDOW_MS = 1_200;
const LATEST_END_MS = 2_500;

export function stale(at: () => Deployment): Scene {
  return {
    title: 'The exchange answers slowly: no permit on old figures',
    async play(stage) {
      await stage.exchange.addFaults([SLOW_READS]);
      stage.report(`Every read of the positions now takes ${SLOW_READ_MS / 1_000} s.`);
      await new Promise((resolve) => setTimeout(resolve, STALE_AFTER_MS));
      const { planId, result } = await stage.run('ETHUSDT', 'PARTIAL_75', at());
      await stage.exchange.clearFaults();
      stage.expect('the plan', result, { executed: 'False', error: 'p33_denied', reason: 'stale_exchange_state' });
      stage.report(
        `The Position Brain denied plan ${planId}: stale_exchange_state ${JSON.stringify(denialContext(result))}`,
      );
    },
  };
}

export function timeout(at: () => Deployment): Scene {
  return {
    title: 'One issuer is not there: the window passes and the missing side is named',
    async play(stage) {
      const { planId, result } = await stage.run('DOGEUSDT', 'PARTIAL_75', at());
      stage.expect('the plan', result, { executed: 'False', error: 'permit_timeout', reason: 'missing: Governor' });
      const params = { path: { planId } };
      const { steps = [] } = await at().api.ask((calls) => calls.GET('/api/v1/plans/{planId}', { params }));
      const endedMs = steps.find(({ step }) => step === 'result')?.offset_ms ?? Number.NaN;
      if (!(endedMs >= WINDOW_MS && endedMs <= LATEST_END_MS))
        throw new SceneFailure(`the attempt ended ${endedMs} ms after publishing; the window is ${WINDOW_MS} ms`);
      stage.report(`Plan ${planId} ended ${endedMs} ms after publishing: permit_timeout, missing: Governor.`);
    },
  };
}
