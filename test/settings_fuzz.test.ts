import { CommanderError } from 'commander';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../src/cli/program.ts';
import { requireFlags } from '../src/cli/stored_flags.ts';
import { addressParameters, readAddress, VIEWS } from '../src/page/address.ts';
import { describeSetting, requireUse } from '../src/settings/check.ts';
import { namesFor, SETTING_NAMES, type SettingName, unsetValue } from '../src/settings/table.ts';
import { fuzz, readOrRefused } from './fuzz.ts';

// Texts that people type: the page's address and the command line.

/** Values that settings get instead of proper ones. */
const value = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '0',
    '-0',
    '1',
    '7',
    '0.5',
    '-1',
    '1e3',
    '0x10',
    '1e999',
    'NaN',
    'Infinity',
    '9223372036854775808',
    '9007199254740993',
    '-9223372036854775809',
    '١',
    '1_000',
    '1,000',
    'true',
    'false',
    'null',
    'undefined',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '$&',
    "$'",
    '<img src=x onerror=alert(1)>',
    '\0',
    'a\nb',
    '\x1b[31mred',
    '\u2028',
    '\ud800',
    'x'.repeat(5000),
    '1,'.repeat(5000),
    '-',
    '--',
    '%00',
    '%',
    'cosine',
    'step:1:0.5',
    'plateau:3:0.1',
    'step:1:0.5:2',
    'step',
    'balanced',
    'software',
    'dawn',
    'end',
    'auto',
    ...VIEWS,
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.double().map(String),
);

/** Encoded as in an address. Half a surrogate pair stays as it is. */
function encoded(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    return text;
  }
}

describe('an address', () => {
  const name = fc.oneof(fc.constantFrom(...SETTING_NAMES, 'view', 'data', 'run', '__proto__', 'constructor'), value);
  const parameters = fc
    .array(fc.tuple(name, value), { maxLength: 12 })
    .map((pairs) => pairs.map((pair) => pair.map(encoded).join('=')).join('&'));
  const text = fc.oneof(
    parameters,
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.tuple(parameters, fc.nat(30)).map(([one, count]) => `${one}&`.repeat(count)),
  );

  it('gives what it says where it is right', () => {
    const address = readAddress(new URLSearchParams('view=profile&epochs=3&run=1&run=0&epochs=4'));
    expect(address).toMatchObject({ view: 'profile', run: false, values: { epochs: 4 }, refused: [] });
  });

  it.each(['__proto__', 'constructor', 'toString'])('does not start a run for run=%s', (text) => {
    expect(readAddress(new URLSearchParams({ run: text }))).toMatchObject({
      run: false,
      refused: [`run is ${text}: give 1 or 0`],
    });
  });

  it('of a hundred thousand mistakes names ten', () => {
    expect(readAddress(new URLSearchParams('a&'.repeat(1e5))).refused).toHaveLength(10);
  });

  fuzz('address: settings within their bounds, and sentences on the rest', text, async (query) => {
    const address = await readOrRefused(query.length, () => readAddress(new URLSearchParams(query)));
    const { view, run, data, values, refused } = address as ReturnType<typeof readAddress>;
    expect(VIEWS).toContain(view);
    expect(run).toBeTypeOf('boolean');
    // Whether class weights go with the data shows when these are known.
    const used = namesFor(data).filter((name) => name !== 'classWeights');
    for (const name of used) expect(describeSetting(name, values[name], { source: data })).toBeUndefined();
    expect(refused.length).toBeLessThanOrEqual(10);
    for (const sentence of refused) expect(sentence).toMatch(/^[^\n\r]{10,600}$/);
    const again = readAddress(addressParameters(view, address as ReturnType<typeof readAddress>));
    expect(again.refused).toEqual([]);
    expect(Object.prototype).not.toHaveProperty('epochs');
  });
});

describe('a command line', () => {
  const program = createProgram();
  let parsed: { name: string; flags: Record<string, unknown> } | undefined;
  for (const command of [program, ...program.commands]) {
    command.configureOutput({ writeOut: () => {}, writeErr: () => {} });
    if (command === program) continue;
    // Replaces the run.
    command.action(() => {
      parsed = { name: command.name(), flags: command.opts() };
    });
  }

  /** The command and its options; undefined if commander has printed an error or its help. */
  function parse(args: string[]): typeof parsed {
    parsed = undefined;
    try {
      program.parse(args, { from: 'user' });
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error;
      expect(error.code).toMatch(/^commander\./);
    }
    return parsed;
  }

  const words = program.commands.map((command) => {
    const flags = command.options.flatMap(({ long, short, negate }) => [
      long,
      short,
      negate ? undefined : `--no-${long?.slice(2)}`,
    ]);
    const flag = fc.constantFrom(
      ...flags.filter((one) => one !== undefined),
      '--help',
      '--version',
      '--__proto__',
      '--',
      '-',
    );
    const word = fc.oneof(
      flag,
      value,
      fc.tuple(flag, value).map(([one, text]) => `${one}=${text}`),
    );
    return fc.array(word, { maxLength: 12 }).map((args) => [command.name(), ...args]);
  });
  const train = program.commands.find((command) => command.name() === 'train');

  it('gives the options where they are right', () => {
    const args = ['train', '--epochs', '3', '--schedule', 'step:2:0.5', '--class-weights', '1,2', '--no-shuffle'];
    expect(parse(args)?.flags).toMatchObject({
      epochs: 3,
      schedule: { kind: 'step', everyEpochs: 2, factor: 0.5 },
      classWeights: [1, 2],
      shuffle: false,
    });
  });

  it('quotes a number as it was written', () => {
    expect(() => parse(['train', '--epochs', '$&'])).toThrow(
      '--epochs is $&: give a whole number from 1 to 100000 (passes over the training part)',
    );
  });

  fuzz('command line: options within their bounds, or refused', fc.oneof(...words, fc.array(value)), async (args) => {
    const bytes = args.join(' ').length;
    const found = await readOrRefused(bytes, () => parse(args), ['invalid-option']);
    if (found?.name !== 'train' || !train) return;
    const stored: Record<string, unknown> = JSON.parse(JSON.stringify(found.flags));
    const source = stored.data === undefined ? 'planted' : 'series';
    const isGiven = (name: SettingName) => JSON.stringify(stored[name]) !== JSON.stringify(unsetValue(name));
    const check = () => requireFlags('runs/1', stored, train);
    try {
      requireUse(SETTING_NAMES.filter(isGiven), { source });
    } catch {
      // The command refuses these before it trains, so no run has them.
      expect(check).toThrow('has options that no run can have: ');
      return;
    }
    expect(check).not.toThrow();
    for (const name of SETTING_NAMES) {
      if (stored[name] === 'balanced') continue; // Whether it goes with the data shows later.
      expect(describeSetting(name, stored[name], {})).toBeUndefined();
    }
  });
});
