import { readdirSync, readFileSync } from 'node:fs';

/** What the system has counted for a process so far; Linux only. */
export interface Usage {
  readonly cpuMs: number;
  readonly residentMb: number;
}

const NS_PER_MS = 1_000_000;

/**
 * Time on a core, in nanoseconds, of all threads (`schedstat`, first field: proc(5), Documentation/scheduler/sched-stats.rst).
 * Exact, where the ticks of `stat` count in steps of 10 ms.
 */
function cpuNs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    try {
      return [Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0])];
    } catch (error) {
      // A thread that has ended since it was listed.
      if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return [];
      throw error;
    }
  });
  if (threads.length === 0)
    throw new Error(`/proc/${pid}/task holds no schedstat: the kernel has no scheduler statistics (CONFIG_SCHED_INFO)`);
  return threads.reduce((sum, each) => sum + each, 0);
}

function usageOf(pid: number): Usage {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    cpuMs: cpuNs(pid) / NS_PER_MS,
    residentMb: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? '0') / 1_024,
  };
}

export function totalUsage(pids: readonly number[]): Usage {
  return pids
    .map(usageOf)
    .reduce((sum, each) => ({ cpuMs: sum.cpuMs + each.cpuMs, residentMb: sum.residentMb + each.residentMb }), {
      cpuMs: 0,
      residentMb: 0,
    });
}
