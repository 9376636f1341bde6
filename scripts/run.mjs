// Runs a command of the command line from a clone: `node scripts/run.mjs train --epochs 1`.
import { setup } from './setup.mjs';

setup();
await import('../dist/node/main.js');
