import { describeKilled } from './halts/killed.js';

describeKilled('restarted with Redis');
