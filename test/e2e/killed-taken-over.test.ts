import { describeKilled } from './halts/killed.js';

describeKilled('taken over');
