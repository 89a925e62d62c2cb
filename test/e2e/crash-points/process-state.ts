import { readFileSync } from 'node:fs';

/** What the kernel says of a process. */
export function processState(pid: number): 'running' | 'stopped' | 'gone' {
  try {
    const state = /\) (.)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? '';
    if (state === 'Z') return 'gone';
    return state === 'T' ? 'stopped' : 'running';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'gone';
    throw error;
  }
}
