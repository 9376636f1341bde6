import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { optionName } from '../src/cli/settings.ts';
import { describeValues } from '../src/settings/kinds.ts';
import { SETTING_NAMES, type Setting, type SettingName, settingOf, unsetValue } from '../src/settings/table.ts';

// Files that are made from the table of settings.

const PAGE = new URL('../docs/settings.md', import.meta.url);

const WHERE: Record<Setting['source'], string> = {
  planted: 'the experiment',
  series: 'own series',
  both: 'both',
};

function cellsOf(name: SettingName): string[] {
  const row = settingOf(name);
  const unset = unsetValue(name);
  const meaning = row.kind === 'flag' ? `${row.words} (off: ${row.off})` : row.words;
  return [
    `\`${name}\``,
    `\`${optionName(name)}\``,
    describeValues(name),
    unset === undefined && 'absent' in row ? row.absent : String(unset),
    row.needsClasses ? `${WHERE[row.source]}, classes only` : WHERE[row.source],
    meaning,
  ];
}

function settingsPage(): string {
  const head = ['setting', 'option', 'values', 'without it', 'for', 'meaning'];
  const lines = [head, head.map(() => '---'), ...SETTING_NAMES.map(cellsOf)].map((cells) => `| ${cells.join(' | ')} |`);
  return `# Settings

All settings of a training. The page's address has a setting under its name (\`?units=16\`; flags are 1 or 0). The
command line has it as the option. The library has it under its name: a setting of the model when the model is made, the
others in \`fit\`. A value out of bounds is refused, and so is a setting that does not apply to the data.

One place has another default: \`fit\` takes Keras' validation split, 0.

This page is made from \`src/settings/table.ts\` by a test, which fails if they differ
(\`UPDATE_SETTINGS=1 npx vitest run test/settings_made.test.ts\`).

${lines.join('\n')}
`;
}

const TYPES = new URL('../src/settings/settings.ts', import.meta.url);

/** A comment's lines of at most 118 letters. */
function wrapped(text: string): string {
  return text.replace(/(.{1,113})(?: |$)/g, '   * $1\n').trimEnd();
}

function capitalised(words: string): string {
  return words[0].toUpperCase() + words.slice(1);
}

/** The type of a setting's values, as TypeScript. */
function typeOf(row: Setting): string {
  if (row.kind === 'choice')
    return Object.keys(row.choices)
      .map((choice) => `'${choice}'`)
      .join(' | ');
  return {
    number: 'number',
    flag: 'boolean',
    schedule: 'Schedule',
    classWeights: 'ClassWeights',
    layers: 'readonly LayerSettings[]',
  }[row.kind];
}

/** What an editor shows of a setting. */
function hoverOf(name: SettingName): string {
  const [, , values, unset, where, meaning] = cellsOf(name);
  return `${capitalised(meaning)}. ${capitalised(values)}; without it: ${unset}. For ${where}.`;
}

function settingsTypes(): string {
  const lines = SETTING_NAMES.map((name) => {
    const row = settingOf(name);
    return `  /**\n${wrapped(hoverOf(name))}\n   */\n  ${name}${'default' in row ? '' : '?'}: ${typeOf(row)};`;
  });
  return `import type { ClassWeights } from './class_weights.ts';
import type { LayerSettings } from './layers.ts';
import type { Schedule } from './schedule.ts';

// Made from table.ts by a test, so that an editor shows what each setting means: see docs/settings.md.

/** The values of all settings: those with a default are always there. */
export interface Settings {
${lines.join('\n')}
}
`;
}

it.each([
  ['docs/settings.md', PAGE, settingsPage],
  ['the types of src/settings/settings.ts', TYPES, settingsTypes],
])('are in %s as in the table', (_, file, made) => {
  if (process.env.UPDATE_SETTINGS) writeFileSync(file, made());
  expect(readFileSync(file, 'utf8')).toBe(made());
});
