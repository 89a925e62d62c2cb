import { countBytes, countCommands } from '../command-count.js';
import { submitter, warmUp } from '../run.js';
import { Observer } from '../observer.js';
import { by, type Scenario } from '../scenario.js';
import { stage, staged } from '../subjects/stage.js';

/** What one plan costs in commands, whatever the machine does meanwhile. */
export const counts: Scenario = {
  name: 'counts',
  about: 'Redis commands, scripts and bytes of a plan in dry run',
  run: (bench) =>
    staged(
      (['floor', 'ours'] as const).map((name) => stage(bench, name)),
      async (all) => {
        const plans = by(bench.effort, { quick: 20, normal: 100, full: 200 });
        const rows: string[][] = [];
        const figures: Record<string, number> = {};
        for (const { environment, subject } of all) {
          await warmUp(environment, subject);
          bench.progress(`${subject.name}, ${plans} plans one after the other`);
          const observer = await Observer.start(environment.session, subject, false);
          const send = submitter(environment.session, subject, environment.symbols, observer);
          const oneByOne = async (): Promise<void> => {
            for (let index = 0; index < plans; index += 1) {
              send({ index, startMs: performance.now() });
              await observer.settled(2_000);
            }
          };
          const counted = await countCommands(environment.session, environment.redisSocket, oneByOne);
          const bytes = await countBytes(environment.session, oneByOne);
          await observer.stop();
          const perPlan = (count: number): number => count / plans;
          figures[`${subject.name}.sent`] = perPlan(counted.sent);
          figures[`${subject.name}.bytes`] = perPlan(bytes);
          for (const [command, { sent, inScripts }] of counted.byCommand)
            rows.push([subject.name, command, perPlan(sent).toFixed(2), perPlan(inScripts).toFixed(2)]);
          rows.push([subject.name, 'bytes (with load and observer)', perPlan(bytes).toFixed(0), '']);
          rows.push([subject.name, 'all', perPlan(counted.sent).toFixed(2), perPlan(counted.inScripts).toFixed(2)]);
        }
        return {
          title: 'Redis commands of a plan, from its proposal on (those of the load and the observer are left out)',
          head: ['subject', 'command', 'sent', 'inside scripts'],
          rows,
          figures,
        };
      },
    ),
};
