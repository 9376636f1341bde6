// Trains in the page and draws the attention as it forms. Any bundler serves it: npx vite examples/browser
import { AttentionLstm, attentionOverSteps, requestDevice } from 'attention-lstm-webgpu';

const [samples, timeSteps, inputDim, planted] = [2000, 16, 1, 5];
const y = Float32Array.from({ length: samples }, () => Math.round(Math.random()));
const x = Float32Array.from({ length: samples * timeSteps }, () => 2 * Math.random() - 1);
y.forEach((label, n) => {
  x[n * timeSteps + planted] = label;
});

function draw(attention) {
  const bars = attentionOverSteps(attention).map((share, t) => {
    const bar = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
    const height = 120 * share;
    for (const [name, value] of Object.entries({ x: 30 * t, y: 120 - height, width: 28, height })) {
      bar.setAttribute(name, String(value));
    }
    return bar;
  });
  document.querySelector('#attention').replaceChildren(...bars);
}

const status = document.querySelector('#status');
try {
  const device = await requestDevice();
  const model = await AttentionLstm.create(device, { timeSteps, inputDim, units: 16 });
  const { history } = await model.fit(
    { x, y },
    {
      ...{ epochs: 15, batchSize: 64, learningRate: 0.01, validationSplit: 0.1, watch: { attention: true } },
      callbacks: {
        attention: ({ attention }) => draw(attention),
        epoch: ({ epoch, valAccuracy }) => {
          status.textContent = `Epoch ${epoch}: accuracy ${valAccuracy.toFixed(3)}`;
        },
      },
    },
  );
  status.textContent = `Trained: accuracy ${history.val_accuracy.at(-1).toFixed(3)}, the label is in step ${planted}.`;
  model.dispose();
  device.destroy();
} catch (error) {
  status.textContent = error.message;
}
