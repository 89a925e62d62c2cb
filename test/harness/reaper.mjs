// @ts-check
/**
 * Outlives the harness by a moment: reads `+<pid>` and `-<pid>` lines, and when the pipe ends, however the harness died,
 * kills the process groups that are left.
 */
import { createInterface } from 'node:readline';

/** @type {Set<number>} */
const groups = new Set();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const pid = Number(line.slice(1));
    if (line.startsWith('+')) groups.add(pid);
    else groups.delete(pid);
  })
  .on('close', () => {
    for (const pid of groups) {
      try {
        process.kill(-pid, 'SIGKILL');
      } catch (error) {
        if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
      }
    }
  });
