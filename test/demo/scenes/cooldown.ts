import type { Scene } from '../scene.js';
import { denialContext, SceneFailure, type Stage } from '../stage.js';

/** The default of APPLY_MAX_ATTEMPTS. */
const MAX_ATTEMPTS = 5;

export const cooldown: Scene = {
  title: 'A second plan right after the fill has to wait',
  async play(stage) {
    const { planId, result } = await stage.run('BTCUSDT', 'PARTIAL_50');
    stage.expect('the first attempt', result, { executed: 'False', error: 'p33_denied', reason: 'cooldown_in_flight' });
    stage.report(
      `The Position Brain denied plan ${planId}: cooldown_in_flight ${JSON.stringify(denialContext(result))}`,
    );
    const attempt = await executedAs(stage, planId);
    stage.report(
      `The proposal was still fresh: tried again by itself, executed as attempt ${attempt} of the same plan.`,
    );
  },
};

/** The attempt that was carried out; each has a result of its own. */
async function executedAs(stage: Stage, planId: string): Promise<number> {
  for (let attempt = 2; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const result = await stage.result(planId, attempt);
    if (result['executed'] === 'True') return attempt;
  }
  throw new SceneFailure(`none of ${MAX_ATTEMPTS} attempts of plan ${planId} was executed`);
}
