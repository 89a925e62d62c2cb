import { readFileSync } from 'node:fs';

/** What the system has counted for a process so far; Linux only. */
export interface Usage {
  readonly cpuMs: number;
  readonly residentMb: number;
}

/** Linux counts CPU time in ticks of 10 ms, whatever the kernel's own timer does. */
const TICK_MS = 10;

function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in brackets may hold spaces; what follows it does not.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
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
