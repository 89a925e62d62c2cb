import { clock } from '../api/server-clock.js';
import { createStore, useStore } from './store.js';

const tick = createStore(Date.now());
setInterval(() => tick.set(Date.now()), 1_000);

/** The browser's clock, once a second: for ages of what the browser received. */
export const useBrowserNow = (): number => useStore(tick);

/** The clock of Redis, once a second: for times that an answer names. */
export const useGateNow = (): number => clock.nowMs(useStore(tick));
