import { describeKilled } from './crash-points/killed.js';

describeKilled('taken over');
