import type { RedisSession } from '../../src/cli/redis-session.js';
import { monitorCommands } from './monitor.js';

export interface CommandCount {
  /** How many commands clients sent, and how many scripts ran inside the server. */
  readonly sent: number;
  readonly inScripts: number;
  readonly byCommand: ReadonlyMap<string, { readonly sent: number; readonly inScripts: number }>;
}

/** Counts every command that reaches the server while `work` runs, but for those of the load and of who watches it. */
export async function countCommands(
  { keys }: RedisSession,
  socketPath: string,
  work: () => Promise<void>,
): Promise<CommandCount> {
  const byCommand = new Map<string, { sent: number; inScripts: number }>();
  const isOfTheBench = (command: string, args: readonly string[]): boolean =>
    command === 'echo' ||
    (command === 'xadd' && args.includes(keys.proposalStream())) ||
    (command === 'xread' && args.includes(keys.resultStream()));
  const end = await monitorCommands(socketPath, ({ inScript, args }) => {
    const command = (args[0] ?? '').toLowerCase();
    if (isOfTheBench(command, args)) return;
    const known = byCommand.get(command) ?? { sent: 0, inScripts: 0 };
    byCommand.set(command, known);
    if (inScript) known.inScripts += 1;
    else known.sent += 1;
  });
  await work();
  await end(`end-of-${process.pid}`);
  const all = [...byCommand.values()];
  return {
    sent: all.reduce((sum, each) => sum + each.sent, 0),
    inScripts: all.reduce((sum, each) => sum + each.inScripts, 0),
    byCommand: new Map([...byCommand].toSorted(([a], [b]) => a.localeCompare(b))),
  };
}

/** Bytes that went into and out of the server while `work` ran. */
export async function countBytes({ commands }: RedisSession, work: () => Promise<void>): Promise<number> {
  const before = await commands.info('stats');
  await work();
  return bytesIn(await commands.info('stats')) - bytesIn(before);
}

const bytesIn = (stats: string): number =>
  [...stats.matchAll(/^total_net_(?:input|output)_bytes:(\d+)/gm)].reduce((sum, [, bytes]) => sum + Number(bytes), 0);
