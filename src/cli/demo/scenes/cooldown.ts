import type { Scene } from '../scene.js';
import { denialContext } from '../stage.js';

export const cooldown: Scene = {
  title: 'A second plan right after the fill has to wait',
  async play(stage) {
    const { planId, result } = await stage.run('BTCUSDT', 'PARTIAL_50');
    stage.expect('the first attempt', result, { executed: 'False', error: 'p33_denied', reason: 'cooldown_in_flight' });
    stage.tell(`P3.3 denied plan ${planId}: cooldown_in_flight ${JSON.stringify(denialContext(result))}`);
    const second = await stage.result(planId, 2);
    stage.expect('the second attempt', second, { executed: 'True', error: '' });
    stage.tell(
      `The proposal was still fresh: tried again by itself after 2 s, executed as attempt 2 of the same plan.`,
    );
  },
};
