import { warmUp, warmUpCount } from '../run.js';
import { type Scenario } from '../scenario.js';
import { startBullMq } from '../subjects/peers.js';
import { stage, staged, stagePeer } from '../subjects/stage.js';
import { highestRate, rates, SYMBOLS } from './throughput.js';

/** The same shape on a queue that many use: a parent job that waits for two children. */
export const flows: Scenario = {
  name: 'flows',
  about: 'plans a second until p99 exceeds 50 ms, beside a flow of BullMQ with two children, one process each, dry run',
  run: (bench) =>
    staged(
      [
        stagePeer(bench, SYMBOLS, (environment) => startBullMq(bench, environment)),
        stage(bench, 'ours', { symbolCount: SYMBOLS }),
      ],
      async (all) => {
        const found: Parameters<typeof rates>[0][number][] = [];
        for (const each of all) {
          await warmUp(each.environment, each.subject, warmUpCount(bench.effort));
          found.push({ name: each.subject.name, sustained: await highestRate(bench, each) });
        }
        return rates(found);
      },
    ),
};
