import { Command } from 'commander';
import { ensureBrowser } from '../hosts/browser.ts';
import { addQuietOption, type ResultFlags, Voice } from './voice.ts';

export function setupCommand(): Command {
  const command = new Command('setup').description('install a browser if there is none, and print its path');
  return addQuietOption(command).action((flags: Pick<ResultFlags, 'quiet'>) => {
    const voice = new Voice(flags);
    const { path, source } = ensureBrowser(voice.note);
    voice.tell(`Browser: ${path} (${source})`);
  });
}
