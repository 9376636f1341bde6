import { Command } from 'commander';
import { ensureBrowser } from '../hosts/browser.ts';

export function setupCommand(): Command {
  return new Command('setup').description('install a browser if there is none, and print its path').action(() => {
    const log = (line: string) => process.stderr.write(`${line}\n`);
    const { path, source } = ensureBrowser(log);
    process.stdout.write(`Browser: ${path} (${source})\n`);
  });
}
