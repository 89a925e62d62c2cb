import { describeKilled } from './halts/killed.js';

describeKilled('restarted');
