import { once } from 'node:events';
import type { RedisSession } from '../redis-session.js';

export interface CommandCount {
  /** How many commands clients sent, and how many scripts ran inside the server. */
  readonly sent: number;
  readonly inScripts: number;
  readonly byCommand: ReadonlyMap<string, { readonly sent: number; readonly inScripts: number }>;
}

/** How long the server may take to tell of the last commands. */
const TELL_WITHIN_MS = 200;

/** Counts every command that reaches the server while `work` runs, but for those of the load and of who watches it. */
export async function countCommands(session: RedisSession, work: () => Promise<void>): Promise<CommandCount> {
  const { commands, keys } = session;
  if (!('monitor' in commands)) throw new Error('commands are counted on a single Redis server');
  const byCommand = new Map<string, { sent: number; inScripts: number }>();
  const isOfTheBench = ([command, ...args]: readonly string[]): boolean =>
    (command === 'xadd' && args[0] === keys.proposalStream()) ||
    (command === 'xread' && args.includes(keys.resultStream()));
  const monitor = await commands.monitor();
  const end = `over-${process.pid}`;
  monitor.on('monitor', (_time: string, args: string[], source: string) => {
    if (args[0] === 'echo' && args[1] === end) monitor.emit('over');
    if (args[0] === 'echo' || isOfTheBench(args)) return;
    const command = (args[0] ?? '').toLowerCase();
    const known = byCommand.get(command) ?? { sent: 0, inScripts: 0 };
    byCommand.set(command, known);
    if (source === 'lua') known.inScripts += 1;
    else known.sent += 1;
  });
  await work();
  const told = once(monitor, 'over', { signal: AbortSignal.timeout(TELL_WITHIN_MS * 10) });
  await commands.echo(end);
  await told;
  monitor.disconnect();
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
