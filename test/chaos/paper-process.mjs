// @ts-check
/** The paper exchange as a process of its own: `paper-process.mjs <dist folder> <options as JSON>`. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [dist = '', options = '{}'] = process.argv.slice(2);
const { runPaperExchange } = await import(pathToFileURL(resolve(dist, 'paper-exchange/index.js')).href);
await runPaperExchange(JSON.parse(options));
