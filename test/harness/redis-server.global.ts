import type { TestProject } from 'vitest/node';
import { RedisServer } from './redis-server.js';

declare module 'vitest' {
  interface ProvidedContext {
    redisSocket: string;
  }
}

/** One private server for all tests of the project; each test file works under a key prefix of its own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await new RedisServer().start();
  project.provide('redisSocket', server.socketPath);
  return () => server.stop();
}
