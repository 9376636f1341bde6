// Trains on the GPU from Deno (deno run -A deno.mjs): which step of a series carries its label?
import { AttentionLstm, attentionOverSteps, requestDevice } from 'attention-lstm-webgpu';

const [samples, timeSteps, inputDim, planted] = [2000, 16, 1, 5];
const y = Float32Array.from({ length: samples }, () => Math.round(Math.random()));
const x = Float32Array.from({ length: samples * timeSteps }, () => 2 * Math.random() - 1);
y.forEach((label, n) => {
  x[n * timeSteps + planted] = label;
});

const device = await requestDevice();
const model = await AttentionLstm.create(device, { timeSteps, inputDim, units: 16 });
const run = model.fit({ x, y }, { epochs: 15, batchSize: 64, learningRate: 0.01, validationSplit: 0.1 });
for await (const event of run) {
  if (event.type === 'epoch') console.log(`epoch ${event.epoch}: accuracy ${event.valAccuracy?.toFixed(3)}`);
}

const steps = attentionOverSteps((await run).attention);
console.log(`It looks at step ${steps.indexOf(Math.max(...steps))}; the label is in step ${planted}.`);

await Deno.writeFile('model.safetensors', await model.save());
const again = await AttentionLstm.load(device, await Deno.readFile('model.safetensors'));
const [before, after] = [await model.predict({ x }), await again.predict({ x })];
const isSame = before.values.every((value, n) => value === after.values[n]);
console.log(`The model that was read back predicts ${isSame ? 'the same' : 'something else'}.`);
model.dispose();
again.dispose();
device.destroy();
