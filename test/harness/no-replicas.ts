import { keysFor } from '../../src/redis/keys/keys.js';
import { Replicas } from '../../src/redis/connection/replicas.js';

/** For stores on a Redis that needs no replica. */
export const NO_REPLICAS = new Replicas(undefined, keysFor('quantum:'), 0);
