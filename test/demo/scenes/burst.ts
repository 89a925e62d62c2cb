import { setTimeout as sleep } from 'node:timers/promises';
import { SETTINGS, type Scene } from '../scene.js';
import { denialContext } from '../stage.js';
import { showLatency } from './latency.js';

/** BTCUSDT has had its two executions in five minutes; the third breaches the limit, and the breach disarms. */
export const burst: Scene = {
  title: 'A third close within five minutes is blocked, and the Governor disarms the system',
  async play(stage) {
    // Past the cooldown, so that the limit alone stands in the way.
    await sleep(Number(SETTINGS.P33_COOLDOWN_SEC) * 1_000 + 200);
    const { planId, result } = await stage.run('BTCUSDT', 'FULL_CLOSE_PROPOSED');
    stage.expect('the third plan', result, {
      executed: 'False',
      error: 'governor_denied',
      reason: 'burst_limit_exceeded',
    });
    stage.report(`Governor blocked plan ${planId}: burst_limit_exceeded ${JSON.stringify(denialContext(result))}`);
    const disarm = await stage.eventually('the Governor disarms', async () => {
      const { armed, governor_disarm: state } = await stage.gate.api.ask((calls) => calls.GET('/api/v1/status'));
      return armed === false && state?.reason === 'burst_breach' ? state : undefined;
    });
    stage.report(`AUTO_DISARM: ${String(disarm.reason)}. Plans are dry runs from now on, also after a restart.`);
    const ordersBefore = await stage.ownOrders();
    await showLatency(stage);
    stage.expect('orders sent while disarmed', { orders: await stage.ownOrders() }, { orders: ordersBefore });
    const body = { reason: 'the demo has seen enough' };
    stage.expect('arming', await stage.gate.api.ask((calls) => calls.POST('/api/v1/arm', { body })), { armed: true });
    stage.report('No order was sent in that time. An admin arms the system again.');
  },
};
