import type { Scene } from '../scene.js';
import { denialContext } from '../stage.js';

/** Exchange and ledger disagree because somebody else traded; nothing executes until an operator reconciles. */
export const mismatch: Scene = {
  title: 'Somebody else trades on the account: the ledger must be reconciled first',
  async play(stage) {
    await stage.exchange.buyAsAnotherTrader('SOLUSDT', '5');
    stage.report('Somebody buys 5 SOL on the same account; our ledger knows of 12.');
    const params = { path: { symbol: 'SOLUSDT' } };
    const positionAmt = await stage.eventually('the snapshot shows the other trade', async () => {
      const { snapshot } = await stage.gate.api.ask((calls) => calls.GET('/api/v1/positions/{symbol}', { params }));
      const amount = snapshot?.position_amt;
      return amount === '17' ? amount : undefined;
    });
    const { planId, result } = await stage.run('SOLUSDT', 'PARTIAL_50');
    stage.expect('the plan', result, {
      executed: 'False',
      error: 'p33_denied',
      reason: 'reconcile_required_qty_mismatch',
    });
    const context = denialContext(result);
    stage.expect('the context of the denial', context, { exchange_amt: 17, ledger_amt: 12, diff: 5 });
    stage.report(
      `The Position Brain denied plan ${planId}: reconcile_required_qty_mismatch ${JSON.stringify(context)}`,
    );
    const body = { expected_exchange_amt: positionAmt, reason: 'the demo looked: somebody else bought 5' };
    await stage.gate.api.ask((calls) => calls.POST('/api/v1/positions/{symbol}/reconcile', { params, body }));
    stage.report('An operator reconciles with what they saw at the exchange: 17.');
    const again = await stage.run('SOLUSDT', 'PARTIAL_50');
    stage.expect('the plan after reconciling', again.result, { executed: 'True', error: '' });
    stage.report(`Plan ${again.planId} of the same kind is now executed.`);
  },
};
