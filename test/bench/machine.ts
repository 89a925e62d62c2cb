import { spawnSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Where and on what a run was made: figures without it say nothing. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly node: string;
  readonly redis: string;
  /** What commands are durable to, unless a scenario says otherwise. */
  readonly fsync: string;
  readonly commit: string;
  readonly startedAt: string;
}

export function describeMachine(): Machine {
  const says = (program: string, args: readonly string[]): string =>
    spawnSync(program, [...args], { encoding: 'utf8', cwd: fileURLToPath(new URL('.', import.meta.url)) }).stdout ?? '';
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    redis: /v=(\S+)/.exec(says('redis-server', ['--version']))?.[1] ?? 'unknown',
    fsync: 'everysec',
    commit: says('git', ['rev-parse', '--short', 'HEAD']).trim() || 'unknown',
    startedAt: new Date().toISOString(),
  };
}
