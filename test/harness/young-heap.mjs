#!/usr/bin/env node
// @ts-check
/** Runs young-heap.ts. */
import { runTypeScript } from './run-typescript.mjs';

await runTypeScript(new URL('young-heap.ts', import.meta.url));
