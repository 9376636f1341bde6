// Trains on a file of your own series (one row each, with the label in the last column) and keeps the model:
// node own_csv.mjs [series.csv]
import { fileURLToPath } from 'node:url';
import {
  AttentionLstm,
  configFor,
  readModelFile,
  readSeriesFile,
  requestDevice,
  writeModelFile,
} from 'attention-lstm-webgpu';

const file = process.argv[2] ?? fileURLToPath(new URL('series.csv', import.meta.url));
const series = await readSeriesFile(file);
console.log(`${series.samples} series of ${series.timeSteps} steps; classes ${series.target.classes}`);

const device = await requestDevice();
const model = await AttentionLstm.create(device, { ...configFor(series), units: 16 });
await model.fit(series, {
  epochs: 60,
  batchSize: 16,
  learningRate: 0.01,
  validationSplit: 0.2,
  split: 'stratified',
  patience: 20,
  callbacks: { epoch: ({ epoch, valLoss }) => epoch % 10 === 0 && console.log(`epoch ${epoch}: loss ${valLoss}`) },
});
await writeModelFile('model.safetensors', model);
model.dispose();

const loaded = await AttentionLstm.load(device, await readModelFile('model.safetensors'));
const { accuracy, classification } = await loaded.evaluate(series);
console.log(`Accuracy ${accuracy.toFixed(3)}`, classification.confusion);
loaded.dispose();
device.destroy();
