import { Failure } from '../errors.ts';
import { shown } from '../rules.ts';
import { orList } from '../text/quote.ts';
import { type Bound, describeMisfit, parseNumber, real, whole, written } from './bounds.ts';

/** How the learning rate falls from epoch to epoch. */
export type Schedule =
  /** It stays as it is. */
  | { kind: 'constant' }
  /** It is multiplied by the factor every `everyEpochs` epochs. */
  | {
      kind: 'step';
      /** Epochs after which the learning rate falls again. */
      everyEpochs: number;
      /** What it is multiplied by, from 0 to 1. */
      factor: number;
    }
  /** It follows half a cosine down to zero at the last epoch. */
  | { kind: 'cosine' }
  /**
   * It is multiplied by the factor after `patience` epochs without a smaller loss (of the validation part if there is
   * one).
   */
  | {
      kind: 'plateau';
      /** Epochs without a smaller loss after which the learning rate falls. */
      patience: number;
      /** What it is multiplied by, from 0 to 1. */
      factor: number;
    };

export const SCHEDULE_EPOCHS = whole(1, 100_000, 'epochs');
export const SCHEDULE_FACTOR = real(0, 1, 'the learning rate is multiplied by it');

/** The numbers of each kind, in the order in which they are written. */
const NUMBERS: { [Kind in Schedule['kind']]: Record<string, Bound> } = {
  cosine: {},
  step: { everyEpochs: SCHEDULE_EPOCHS, factor: SCHEDULE_FACTOR },
  plateau: { patience: SCHEDULE_EPOCHS, factor: SCHEDULE_FACTOR },
  constant: {},
};

/** How schedules are written. */
export const SCHEDULE_FORMS = 'cosine, step:EPOCHS:FACTOR, plateau:EPOCHS:FACTOR or constant';

/** The schedule in a text of the form `SCHEDULE_FORMS`. Throws invalid-option. */
export function parseSchedule(label: string, text: string): Schedule {
  const [kind, ...numbers] = text.split(':');
  const bounds = Object.hasOwn(NUMBERS, kind) ? Object.entries(NUMBERS[kind as Schedule['kind']]) : undefined;
  if (!bounds || numbers.length > bounds.length) {
    throw new Failure('invalid-option', `${label} is ${shown(text)}: give ${SCHEDULE_FORMS}`);
  }
  const values = bounds.map(([name, bound], i) => {
    const of = `${label} ${kind}: ${bound === SCHEDULE_FACTOR ? 'factor' : 'epochs'}`;
    return [name, parseNumber(of, numbers[i] ?? '', bound)];
  });
  return { kind, ...Object.fromEntries(values) };
}

/** The reverse of `parseSchedule`. */
export function formatSchedule(schedule: Schedule): string {
  const values = Object.keys(NUMBERS[schedule.kind]).map((name) => schedule[name as keyof Schedule]);
  return [schedule.kind, ...values].join(':');
}

/** A sentence that says why a value is not a schedule; undefined if it is one. */
export function describeScheduleMisfit(label: string, schedule: Schedule): string | undefined {
  if (typeof schedule !== 'object') {
    return `${label} is ${written(schedule)}: give an object whose kind is ${orList(Object.keys(NUMBERS))}`;
  }
  const kind: unknown = schedule?.kind;
  if (typeof kind !== 'string' || !Object.hasOwn(NUMBERS, kind)) {
    return `${label} is ${written(kind)}: give one of ${Object.keys(NUMBERS).join(', ')}`;
  }
  for (const [name, bound] of Object.entries(NUMBERS[schedule.kind])) {
    const misfit = describeMisfit(`${label}.${name}`, schedule[name as keyof Schedule], bound);
    if (misfit) return misfit;
  }
  return undefined;
}
