import { activateGates, gateGradients, loadGates, storeGates, throughHidden } from './lstm_cell.ts';
import { type LstmShape, QUAD_UNIT_VALUES } from './lstm_tile.ts';
import { ceilDiv, unroll, wgsl } from './wgsl.ts';

// Four lanes share a sample (`QuadLanes`). Lane q has units q, q + 4, …; below, unit i of a lane is i · 4 + q. Each
// gate, c and h is stored or loaded once.
//
// Values that live longer than a few statements are in one private array, `own`, and are loaded at each use. The
// compilers of software adapters give registers to the values with the most uses, for their whole life. States or
// weights that live through a time step would take the registers from the sums, and each product of the sums would go
// through memory. For the same reason unit numbers are computed anew at every load and store.

/** Units of one lane; the last one may lie past the end. */
function ownedUnits({ units }: LstmShape): number {
  return ceilDiv(units, 4);
}

/** Rows of the parameters: K, b, R, filled up so that R has a multiple of 4. */
function rowsOf(shape: LstmShape): number {
  return shape.inputDim + 1 + 4 * ownedUnits(shape);
}

/** Length of the first part of `own`: the parameters of the lane's units, (owned, rows, 4). */
function parameterValues(shape: LstmShape): number {
  return ownedUnits(shape) * rowsOf(shape) * 4;
}

/** Whether every lane has a unit i. Then no clamp is needed, which would cost as much as the load. */
function isWhole(units: number, i: number): boolean {
  return 4 * (i + 1) <= units;
}

/**
 * The index of unit i in the row of U elements that begins at `row`, for loads. A unit past the end gets the index of
 * the last unit.
 */
function element({ units }: LstmShape, row: string, i: number): string {
  return isWhole(units, i) ? `${row} + q + ${4 * i}u` : `${row} + min(q + ${4 * i}u, UNITS - 1u)`;
}

/** A value of unit i; zero for a unit past the end, which then adds nothing to any other unit. */
function ofInside({ units }: LstmShape, i: number, value: string): string {
  return isWhole(units, i) ? value : `select(0.0, ${value}, q + ${4 * i}u < UNITS)`;
}

/** Statements for unit i that lanes skip whose unit lies past the end. */
function insideUnits({ units }: LstmShape, i: number, statements: string): string {
  return isWhole(units, i) ? statements : `if (q + ${4 * i}u < UNITS) { ${statements} }`;
}

/** The parameter of unit i's gate g in row `row`, counted in the order in which `loadParameters` loaded the rows. */
function weight(shape: LstmShape, i: number, row: number, g: number): string {
  return `own[${(i * rowsOf(shape) + row) * 4 + g}]`;
}

/**
 * Declares the lane's private array: its parameters, then `workingValues` values. Loads the parameters once per
 * dispatch. `recurrentRow` maps loop index r to a row of R.
 */
function loadParameters(shape: LstmShape, workingValues: number, recurrentRow: string): string {
  const { units, inputDim } = shape;
  const rows = rowsOf(shape);
  return wgsl`
  var own: array<f32, ${parameterValues(shape) + workingValues}>;
  for (var i = 0u; i < ${ownedUnits(shape)}u; i++) {
    for (var n = 0u; n < ${rows}u; n++) {
      var row = n;
      if (n >= RECURRENT) { let r = n - RECURRENT; row = RECURRENT + ${recurrentRow}; }
      for (var g = 0u; g < 4u; g++) {
        let parameter = parameters[(row * 4u + g) * UNITS + min(4u * i + q, UNITS - 1u)];
#if ${units % 4 === 0}
        own[(i * ${rows}u + n) * 4u + g] = parameter;
#else
        own[(i * ${rows}u + n) * 4u + g] = select(0.0, parameter, row < ${inputDim + 1 + units}u);
#endif
      }
    }
  }`;
}

/**
 * A loop over the workgroup's samples; `s` is the number of the sample. The `min` never changes a value; it lets the
 * compiler drop its bounds checks. The number of samples of a workgroup follows from the number of workgroups. It is
 * not in the code, so that all such tiles are compiled once.
 */
function eachSample(body: string): string {
  return `
  let share = 4u * ((BATCH / 4u + groups.x - 1u) / groups.x);
  let end = min((group.x + 1u) * share, BATCH);
  for (var sample = group.x * share; sample < end; sample++) {
    let s = min(sample, BATCH - 1u);
    ${body}
  }`;
}

const MAIN = `
@compute @workgroup_size(4)
fn main(
  @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) q: u32
) {`;

/** Functions that return the value of another lane: the lane whose number is the own one XOR 0, 1, 2, 3. */
const FROM_LANE = ['', 'quadSwapX', 'quadSwapY', 'quadSwapDiagonal'];

export function quadsForward(shape: LstmShape): string {
  const { timeSteps, inputDim } = shape;
  const owned = ownedUnits(shape);
  const [before, hidden, cell] = [0, 1, 2].map((n) => (i: number) => `own[${parameterValues(shape) + n * owned + i}]`);
  const x = (d: number) => `own[${parameterValues(shape) + 3 * owned + d}]`;
  const each = (piece: (i: number) => string) => unroll(owned, piece);
  const addRow = (i: number, row: number, value: string) =>
    unroll(4, (g) => `z${g} += ${weight(shape, i, row, g)} * ${value};`);
  // Each lane begins with its own unit, so that lanes take the units of a quad in different orders.
  const addQuad = (i: number, j: number) => `{
        ${unroll(
          4,
          (m) => `let h${m} = ${FROM_LANE[m]}(${before(j)});\n${addRow(i, inputDim + 1 + 4 * j + m, `h${m}`)}`,
        )}
      }`;
  const unit = (i: number) => `{
      ${unroll(4, (g) => `var z${g} = ${weight(shape, i, inputDim, g)};`)}
      ${unroll(
        inputDim,
        (d) => `{ let x_d = ${x(d)};
${addRow(i, d, 'x_d')} }`,
      )}
      ${unroll(owned, (j) => addQuad(i, j))}
      ${activateGates((g) => `z${g}`, shape)}
      let c = f * ${cell(i)} + i * g;
      let h = o * safe_tanh(c);
      ${cell(i)} = c;
      ${hidden(i)} = h;
      ${insideUnits(
        shape,
        i,
        `hidden[${element(shape, 'after', i)}] = h;
      cell[${element(shape, 'after', i)}] = c;
      ${storeGates(element(shape, 'row', i))}`,
      )}
    }`;
  return `${MAIN}
  ${loadParameters(shape, 3 * owned + inputDim, '(r ^ q)')}
  ${eachSample(
    `${each(
      (i) => `${hidden(i)} = hidden[${element(shape, 's * UNITS', i)}];
    ${cell(i)} = cell[${element(shape, 's * UNITS', i)}];`,
    )}
    for (var t = 0u; t < ${timeSteps}u; t++) {
      let row = (t * BATCH + s) * UNITS;
      let after = ((t + 1u) * BATCH + s) * UNITS;
      ${unroll(inputDim, (d) => `${x(d)} = x[(t * ${inputDim}u + ${d}u) * BATCH + s];`)}
      ${each((i) => `${before(i)} = ${hidden(i)};`)}
      ${each(unit)}
    }`,
  )}
}`;
}

/** Elements of `own` for unit i: dz of gate g, dh, dc, c. */
function backwardValues(shape: LstmShape) {
  const owned = ownedUnits(shape);
  const first = parameterValues(shape);
  const at = (n: number) => `own[${first + n}]`;
  return {
    dz: (i: number, g: number) => at(4 * i + g),
    dh: (i: number) => at(4 * owned + i),
    dc: (i: number) => at(5 * owned + i),
    c: (i: number) => at(6 * owned + i),
  };
}

export function quadsBackward(shape: LstmShape, everyStep: boolean): string {
  const { timeSteps, inputDim } = shape;
  const { dh, dc, c } = backwardValues(shape);
  const each = (piece: (i: number) => string) => unroll(ownedUnits(shape), piece);
  return `${MAIN}
  let is_odd = (q & 1u) != 0u;
  let is_upper = (q & 2u) != 0u;
  ${loadParameters(shape, QUAD_UNIT_VALUES * ownedUnits(shape), 'r')}
  ${eachSample(
    `${each((i) => {
      const at = element(shape, 's * UNITS', i);
      return `${dh(i)} = ${ofInside(shape, i, `state_gradient[${at}]`)};
    ${dc(i)} = ${ofInside(shape, i, `state_gradient[BATCH * UNITS + ${at}]`)};
    ${c(i)} = cell[${timeSteps}u * BATCH * UNITS + ${at}];`;
    })}
    for (var step = 0u; step < ${timeSteps}u; step++) {
      let t = ${timeSteps - 1}u - step;
      let row = (t * BATCH + s) * UNITS;
      ${each((i) => cellBackward(shape, i, everyStep))}
      ${each((i) => hiddenGradient(shape, i))}
      ${unroll(inputDim, (d) => inputGradient(shape, d))}
    }
    ${each((i) =>
      insideUnits(
        shape,
        i,
        `state_gradient[${element(shape, 's * UNITS', i)}] = ${dh(i)};
    state_gradient[BATCH * UNITS + ${element(shape, 's * UNITS', i)}] = ${dc(i)};`,
      ),
    )}`,
  )}
}`;
}

/**
 * One unit of one sample: computes dz from dh, dc and the gates, and replaces c and dc by those of the step before.
 */
function cellBackward(shape: LstmShape, i: number, everyStep: boolean): string {
  const own = backwardValues(shape);
  const cell = { before: 'c_before', tanh: 'c_tanh', dc: 'dc', dh: 'dh' };
  const at = element(shape, 'row', i);
  return `{
        ${loadGates(at)}
        let c_tanh = safe_tanh(${own.c(i)});
        let c_before = cell[${at}];
        ${own.c(i)} = c_before;
        let dh = ${own.dh(i)}${everyStep ? ` + ${ofInside(shape, i, `step_gradient[${at}]`)}` : ''};
        let dc = ${own.dc(i)} + ${throughHidden(cell)};
        ${own.dc(i)} = dc * f;
        let dz = vec4f(${gateGradients(cell, shape).join(', ')});
        ${unroll(4, (g) => `${own.dz(i, g)} = dz[${g}];`)}
        ${insideUnits(shape, i, `gate_gradient[${at}] = dz;`)}
      }`;
}

/** The lane's own units' part of some rows of dz·[K; b; R]ᵀ, as `p0`, `p1`, …; an undefined row lies past the last. */
function rowSums(shape: LstmShape, rows: (number | undefined)[]): string {
  const { dz } = backwardValues(shape);
  const inside = rows.flatMap((row, m) => (row === undefined ? [] : [{ row, m }]));
  const add = (i: number, g: number) => `{
        let d = ${dz(i, g)};
        ${inside.map(({ row, m }) => `p${m} += ${weight(shape, i, row, g)} * d;`).join('\n')}
      }`;
  return `${unroll(rows.length, (m) => `var p${m} = 0.0;`)}
      ${unroll(ownedUnits(shape), (i) => unroll(4, (g) => add(i, g)))}`;
}

/**
 * dh of the step before. Each lane has a part of four rows' sums. Two exchanges add the parts up; then lane q has row
 * 4i + q.
 */
function hiddenGradient(shape: LstmShape, i: number): string {
  const { units, inputDim } = shape;
  const row = (m: number) => (4 * i + m < units ? inputDim + 1 + 4 * i + m : undefined);
  return `{
      ${rowSums(shape, [0, 1, 2, 3].map(row))}
      let a = select(p0, p1, is_odd) + quadSwapX(select(p1, p0, is_odd));
      let b = select(p2, p3, is_odd) + quadSwapX(select(p3, p2, is_odd));
      ${backwardValues(shape).dh(i)} = select(a, b, is_upper) + quadSwapY(select(b, a, is_upper));
    }`;
}

function inputGradient(shape: LstmShape, d: number): string {
  return `{
      ${rowSums(shape, [d])}
      p0 += quadSwapX(p0);
      p0 += quadSwapY(p0);
      if (q == ${d % 4}u) { input_gradient[(t * ${shape.inputDim}u + ${d}u) * BATCH + s] = p0; }
    }`;
}
