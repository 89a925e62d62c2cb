import type { Scene } from '../scene.js';

export const killSwitch: Scene = {
  title: 'The kill switch stops everything',
  async play(stage) {
    const { api } = stage.gate;
    const set = (engaged: boolean, reason: string) =>
      api.ask((calls) => calls.PUT('/api/v1/kill-switch', { body: { engaged, reason } }));
    const engaged = await set(true, 'the demo pulls it');
    stage.expect('engaging', engaged, { engaged: true });
    stage.report(`Engaged; the call returned after ${String(engaged.waited_ms)} ms, and from then on nothing is sent.`);
    const ordersBefore = await stage.ownOrders();
    const plan = await stage.propose('LINKUSDT', 'FULL_CLOSE_PROPOSED');
    stage.expect('the plan', plan, { decision: 'BLOCKED', reason_codes: 'kill_switch_active' });
    stage.expect('orders sent', { orders: await stage.ownOrders() }, { orders: ordersBefore });
    stage.report(`Plan ${plan['plan_id'] ?? ''} is BLOCKED: kill_switch_active. The exchange got no order.`);
    stage.expect('releasing', await set(false, 'the demo goes on'), { engaged: false });
    const { result } = await stage.run('LINKUSDT', 'FULL_CLOSE_PROPOSED');
    stage.expect('the plan after the release', result, { executed: 'True', error: '' });
    stage.report('Released by an admin; a new plan closes the position.');
  },
};
