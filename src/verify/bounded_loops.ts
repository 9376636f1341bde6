/** Comments, which are passed over, and what shows where loops begin and end. */
const MARKS = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|\b(?:loop|while|for)\b|[{}]/g;
/** All lanes must meet these together: a loop around one may not be left by some. */
const TOGETHER = /Barrier\s*\(|workgroupUniformLoad|\b(?:quad|subgroup)[A-Z]/;
const COUNTER = 'turns_of_all_loops';

/**
 * WGSL in which a lane leaves its loops once it has taken `most` turns in all of them: a loop that never ends would keep the
 * adapter for ever, and some systems the whole screen. Loops around a barrier stay as they are, and so do the numbers of lines.
 */
export function boundLoops(code: string, most: number): string {
  const turn = ` if (${COUNTER} >= ${most}u) { break; } ${COUNTER}++;`;
  let bounded = code;
  // From the end on, so that places before an insertion stay where they are.
  for (const { begin, end } of loopBodies(code).sort((a, b) => b.begin - a.begin)) {
    if (TOGETHER.test(code.slice(begin, end))) continue;
    bounded = bounded.slice(0, begin) + turn + bounded.slice(begin);
  }
  return `${bounded}\nvar<private> ${COUNTER}: u32;\n`;
}

/** Where the body of each loop begins, after its brace, and where it ends. */
function loopBodies(code: string): { begin: number; end: number }[] {
  const bodies: { begin: number; end: number }[] = [];
  const open: { begin: number; isLoop: boolean }[] = [];
  let isLoop = false;
  for (const { 0: mark, index } of code.matchAll(MARKS)) {
    if (mark === '{') {
      open.push({ begin: index + 1, isLoop });
      isLoop = false;
    } else if (mark === '}') {
      const block = open.pop();
      if (block?.isLoop) bodies.push({ begin: block.begin, end: index });
    } else if (!mark.startsWith('/')) {
      isLoop = true;
    }
  }
  return bodies;
}
