import { freshProposal, submitToStream } from '../../../src/cli/proof/fresh-proposal.js';
import { LogWatch } from '../../../src/cli/proof/log-watch.js';
import { lineText } from '../../../src/cli/proof/line-text.js';
import { proveNextPlan } from '../../../src/cli/proof/proof.js';
import type { Scene } from '../scene.js';
import { SceneFailure } from '../stage.js';

const WITHIN_MS = 10_000;

/** The way through, proven line by line: the guide's proof, with the log lines checked too. */
export const executed: Scene = {
  title: 'A plan gets both permits and is carried out: 75 % of 0.010 BTC',
  async play(stage) {
    const { session, watch, logFile } = stage.gate;
    const logs = await LogWatch.start([logFile]);
    try {
      const proposal = await freshProposal(session, 'PARTIAL_75');
      await submitToStream(session, 'BTCUSDT', proposal);
      for await (const line of proveNextPlan(session, watch, logs, {
        proposalId: proposal.proposal_id,
        withinMs: WITHIN_MS,
      })) {
        if (!line.holds) throw new SceneFailure(line.text);
        stage.report(lineText(line));
      }
    } finally {
      await logs.close();
    }
    const own = (await stage.exchange.records()).orders.find(({ symbol }) => symbol === 'BTCUSDT');
    stage.expect('the order at the exchange', { ...own }, { side: 'SELL', reduceOnly: true, executedQty: '0.007' });
    stage.report('The exchange has one order of it: SELL 0.007, reduce-only; 0.0075 was rounded down to its step.');
  },
};
