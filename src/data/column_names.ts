// Names by which people call the columns of series, in the spelling of `plainName`.

const LABEL_NAMES = [
  'label',
  'labels',
  'class',
  'target',
  'y',
  'class_label',
  'activity',
  'category',
  'outcome',
  'fault',
  'diagnosis',
  'klasse',
];
const ID_NAMES = [
  'id',
  'ids',
  'uid',
  'uuid',
  'series',
  'series_id',
  'sample',
  'sample_id',
  'subject',
  'subject_id',
  'sid',
  'case',
  'case_id',
  'caseid',
  'trial',
  'trial_id',
  'unit',
  'unit_id',
  'unit_number',
  'engine',
  'engine_id',
  'machine_id',
  'device_id',
  'session',
  'session_id',
  'run',
  'run_id',
  'recording',
  'recording_id',
  'patient',
  'patient_id',
  'participant',
  'user',
  'user_id',
  'window',
  'window_id',
  'segment',
  'segment_id',
  'index',
  'row',
  'row_id',
  'no',
  'nr',
  'file',
  'filename',
  'file_name',
  'serie',
  'kennung',
  'unnamed:_0',
  '',
];
const TIME_NAMES = [
  'time',
  't',
  'step',
  'time_step',
  'timestep',
  'timestamp',
  'time_stamp',
  'datetime',
  'date_time',
  'date',
  'seconds',
  'sec',
  'cycle',
  'time_cycles',
  'measurement_number',
  'reading_id',
  'frame',
  'tick',
  'zeit',
  'zeitstempel',
  'datum',
  'uhrzeit',
];

/** A column's name in lower case, without its unit, `time [s]`, and with underscores between words. */
export function plainName(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/\s*[[(][^\])]*[\])]$/, '')
    .replaceAll(/[\s-]+/g, '_');
}

export const isLabelName = (name: string) => LABEL_NAMES.includes(plainName(name));

/** The first column with one of the usual names, in the order of these names. */
const named = (usual: string[]) => (names: string[]) => {
  const plain = names.map(plainName);
  return usual.map((name) => plain.indexOf(name)).find((at) => at >= 0);
};

export const idColumn = named(ID_NAMES);
export const timeColumn = named(TIME_NAMES);

/** A y beside an x is an axis, not a label. */
export function labelColumn(names: string[]): number | undefined {
  const hasX = names.map(plainName).includes('x');
  return named(hasX ? LABEL_NAMES.filter((name) => name !== 'y') : LABEL_NAMES)(names);
}

/** A column of a wide file: the channel, and the place of the step within its series. */
export interface StepName {
  channel: string;
  step: number;
}

/** `vib_0`, `t12`, `x1_1`, `ch0.t3`, `0_vib`: undefined for a name without a number at either end. */
export function stepName(name: string): StepName | undefined {
  const last = /^(.*?)[\s_.-]*?(?:[\s_.-]t)?[\s_.-]*(\d+)$/i.exec(name.trim());
  if (last) return { channel: last[1], step: Number(last[2]) };
  const first = /^t?(\d+)[\s_.-]+(.+)$/i.exec(name.trim());
  return first ? { channel: first[2], step: Number(first[1]) } : undefined;
}
