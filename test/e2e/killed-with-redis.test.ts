import { describeKilled } from './crash-points/killed.js';

describeKilled('restarted with Redis');
