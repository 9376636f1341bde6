/** Comments, which are skipped, and the marks that show where loops begin and end. */
const MARKS = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|\b(?:loop|while|for)\b|[{}]/g;
/** All lanes must reach these together, so that no lane may leave a loop around one early. */
const TOGETHER = /Barrier\s*\(|workgroupUniformLoad|\b(?:quad|subgroup)[A-Z]/;
const COUNTER = 'turns_of_all_loops';

/**
 * Changes WGSL so that a lane leaves its loops after `most` turns in all of them: an endless loop would hold the
 * adapter for ever, and on some systems the whole screen. Loops around a barrier stay as they are. Line numbers do not
 * change.
 */
export function boundLoops(code: string, most: number): string {
  const turn = ` if (${COUNTER} >= ${most}u) { break; } ${COUNTER}++;`;
  let bounded = code;
  // From the end, so that places before an insertion stay where they are.
  for (const { begin, end } of loopBodies(code).sort((a, b) => b.begin - a.begin)) {
    if (TOGETHER.test(code.slice(begin, end))) continue;
    bounded = bounded.slice(0, begin) + turn + bounded.slice(begin);
  }
  return `${bounded}\nvar<private> ${COUNTER}: u32;\n`;
}

/** Begin of the body of each loop, after its brace, and its end. */
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
