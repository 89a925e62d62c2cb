import type { Redis } from 'ioredis';

/** What is written once and kept: it must survive, whatever happens to the rest. */
const KEPT = /:(apply:journal|apply:taken-up|position:ledger|control|account|stream):?/;

/** The kept keys, and how much is in each stream. */
export async function keptIn(redis: Redis): Promise<ReadonlyMap<string, string>> {
  const names = (await redis.keys('*')).filter((name) => KEPT.test(name));
  const contents = names.map(async (name): Promise<[string, string]> => {
    if ((await redis.type(name)) !== 'stream') return [name, ''];
    const info = (await redis.xinfo('STREAM', name)) as unknown[];
    return [name, String(info[info.indexOf('last-generated-id') + 1])];
  });
  return new Map(await Promise.all(contents));
}

export const isAfter = (later: string, earlier: string): boolean => {
  const [a, b] = [later, earlier].map((id) => id.split('-').map(Number));
  return (a?.[0] ?? 0) > (b?.[0] ?? 0) || ((a?.[0] ?? 0) === (b?.[0] ?? 0) && (a?.[1] ?? 0) >= (b?.[1] ?? 0));
};
