import type { Lane } from '../src/gpu/kernel.ts';
import { keptRows, LOADS_OF_TURN, unitsOfTurn } from './lstm_gates.ts';
import { type GateLanes, type LstmShape, type LstmTile, stagedSteps } from './lstm_tile.ts';
import { ceilDiv } from './wgsl.ts';

// The longest lane of the LSTM's kernels.

type Direction = 'forward' | 'backward';

/** The longest lane. */
export function laneOf(shape: LstmShape, tile: LstmTile, direction: Direction): Lane {
  const { timeSteps, inputDim, units } = shape;
  // Of a cell: σ or tanh of four gates and of c, or of c alone.
  const activations = direction === 'forward' ? 5 : 1;
  const rows = inputDim + 1 + units;
  switch (tile.lanes) {
    case 'samples': {
      // Sums over the rows of K, b and R for each pass, after h of all units.
      const loads = units + ceilDiv(units, tile.unitsPerPass) * (rows + 1);
      return { time: { turns: timeSteps, loads, activations: activations * units * tile.samplesPerLane } };
    }
    case 'quads': {
      const owned = ceilDiv(units, 4);
      const turns = timeSteps * tile.samplesPerWorkgroup;
      return { loads: 4 * owned * rows, time: { turns, loads: 1, activations: activations * owned } };
    }
    case 'units': {
      const { parameters, samplesPerLane } = tile;
      return {
        loads: parameters === 'workgroup' ? 4 * units + 1 : 2,
        barriers: 1,
        time: {
          turns: timeSteps,
          loads: inputDim + (parameters === 'storage' ? units : 0),
          barriers: 1,
          activations: activations * samplesPerLane,
        },
      };
    }
    case 'gates':
      return {
        loads: gatesLoads(shape, direction),
        barriers: direction === 'forward' ? 0 : 1,
        time: {
          turns: timeSteps,
          // Backward loads a turn ahead, but a turn may be quicker than a load.
          loads: gatesStepLoads(shape, tile, direction) + (direction === 'forward' ? 0 : 1),
          barriers: 2,
          activations: direction === 'forward' ? 2 : 1,
        },
      };
  }
}

/** Waits for memory of the longest lane outside the loop over time. */
function gatesLoads(shape: LstmShape, direction: Direction): number {
  const { timeSteps, inputDim, units } = shape;
  if (direction === 'backward') return 2 + ceilDiv(timeSteps * inputDim, 4 * units) * (units / unitsOfTurn(units));
  const stages = ceilDiv(timeSteps, stagedSteps(shape));
  return 2 + stages * ceilDiv(stagedSteps(shape) * inputDim, 4 * units);
}

/** Waits for parameters in every step. */
function gatesStepLoads(shape: LstmShape, tile: GateLanes, direction: Direction): number {
  const { inputDim, units } = shape;
  const stored =
    direction === 'forward' ? inputDim + units - keptRows(shape, tile) : Math.max(0, units - tile.registers);
  return ceilDiv(stored, LOADS_OF_TURN);
}
