// `npm run test:aa -- 20 chrome`: compares this build with itself 20 times in Chrome, and prints how often it is wrong.
import { spawnSync } from 'node:child_process';

const [comparisons = '10', runtime = 'dawn'] = process.argv.slice(2);
if (!Number.isInteger(Number(comparisons)) || Number(comparisons) < 1 || !['dawn', 'chrome'].includes(runtime)) {
  process.stderr.write(`"${comparisons} ${runtime}" is no number of comparisons and runtime: give such as 20 chrome\n`);
  process.exit(2);
}
const { status } = spawnSync('npx', ['playwright', 'test', 'e2e/aa.spec.ts', '--workers', '1'], {
  stdio: 'inherit',
  env: { ...process.env, ATTENTION_LSTM_AA: comparisons, ATTENTION_LSTM_AA_RUNTIME: runtime },
  shell: process.platform === 'win32',
});
process.exit(status ?? 1);
