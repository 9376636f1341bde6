import { describe, expect, it } from 'vitest';
import { NumpyRandom } from '../src/data/numpy_random.ts';
import { sha256 } from '../src/data/sha256.ts';
import { getData, getItems } from '../src/data/synthetic.ts';
import type { DatasetFile } from '../src/verify/reference_content.ts';
import golden from './golden/numpy_dataset.json' with { type: 'json' };

// Expected values were printed by numpy 2.4.6; its legacy stream is frozen (NEP 19).
describe('NumpyRandom', () => {
  it('draws what RandomState(42) draws, across kinds of values', () => {
    const random = new NumpyRandom(42);
    expect(Array.from({ length: 5 }, () => random.normal())).toEqual([
      0.4967141530112327, -0.13826430117118466, 0.6476885381006925, 1.5230298564080254, -0.23415337472333597,
    ]);
    expect(Array.from({ length: 10 }, () => random.bit())).toEqual([0, 0, 1, 0, 1, 1, 1, 0, 1, 0]);
    expect([random.double(), random.double()]).toEqual([0.9699098521619943, 0.8324426408004217]);
    // The second value of the pair that was drawn before the integers comes first.
    expect([random.normal(), random.normal()]).toEqual([-0.23413695694918055, -0.580878134023515]);
  });

  it('takes the largest seed and an array of seeds', () => {
    const largest = new NumpyRandom(2 ** 32 - 1);
    expect([largest.double(), largest.double()]).toEqual([0.0976320289940138, 0.9123828453026218]);
    const array = new NumpyRandom([1337, 1]);
    expect([array.double(), array.double(), array.double()]).toEqual([
      0.7181494853009709, 0.4039885476324495, 0.42985292032078026,
    ]);
    expect([array.normal(), array.normal(), array.normal()]).toEqual([
      -0.8095702130895077, 0.47820730833386, -3.278813280929199,
    ]);
  });

  it('shuffles as RandomState([1337, 2]).shuffle does, twice in a row', async () => {
    const random = new NumpyRandom([1337, 2]);
    const order = Uint32Array.from({ length: 54000 }, (_, i) => i);
    random.shuffle(order);
    expect([...order.subarray(0, 8)]).toEqual([37626, 36801, 29604, 7966, 46815, 23000, 52444, 37611]);
    random.shuffle(order);
    expect(await sha256(new Uint8Array(order.buffer))).toBe(
      'ed3a09f4cbdd11346e96c31896e3b7f5c19061ee7593c4d9ace3fcf90d32e088',
    );
  });
});

describe('getData', () => {
  it("makes the experiment's data set bit for bit, and goes on behind it", async () => {
    const file = golden as DatasetFile;
    const random = new NumpyRandom(file.seed);
    const { x, y } = getData(random, file.n, file.timeSteps, file.inputDim, file.attentionColumn);
    expect(await sha256(x)).toBe(file.x_f32_sha256);
    expect(await sha256(Uint8Array.from(y))).toBe(file.y_u8_sha256);
    const next = getItems(random, 3, file.timeSteps, file.inputDim, file.attentionColumn);
    expect([...next.x.subarray(0, 4)]).toEqual(file.next_test_item.x_first_4.map(Math.fround));
    expect(next.y[0]).toBe(file.next_test_item.y);
    expect(next.samples).toBe(3);
  });

  it('plants the label in every channel of its column', async () => {
    const { x, y } = getData(new NumpyRandom(0), 7, 5, 3, 2);
    expect([...y]).toEqual([0, 1, 1, 0, 1, 1, 1]);
    expect(await sha256(x)).toBe('48839a2eb6014da9035c45819a2c1647995421ffef1146e753fb13bc98aab4cc');
  });
});
