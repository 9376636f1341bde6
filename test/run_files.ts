/** What a finished run leaves in its folder, in the order of the names. */
export const RUN_FILES = [
  'attention.csv',
  'history.csv',
  'history.json',
  'model.safetensors',
  'report.html',
  'run.json',
];
