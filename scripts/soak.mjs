// `npm run test:soak -- 600`: runs the long tests for 600 minutes each.
import { spawnSync } from 'node:child_process';

const [minutes = '30'] = process.argv.slice(2);
if (!(Number(minutes) > 0)) {
  process.stderr.write(`"${minutes}" is not a number of minutes: give how long the soak lasts, e.g. 30\n`);
  process.exit(2);
}
const { status } = spawnSync('npx', ['playwright', 'test', '--config', 'soak/playwright.config.ts'], {
  stdio: 'inherit',
  env: { ...process.env, ATTENTION_LSTM_SOAK_MINUTES: minutes },
  shell: process.platform === 'win32',
});
process.exit(status ?? 1);
