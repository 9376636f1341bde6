import { diffIndices } from 'node-diff3';

/**
 * Carries an edit over to the code of another shape. That code has the same text except for numbers and unrolled lines.
 * `base` is the generated code that was edited, `other` the code generated for the other shape. Lines pair up by their
 * text without numbers; if a pair differs, the edit is made token by token. Undefined if the edit touches lines that
 * only one of the two has.
 */
export function carryOver(base: string, edited: string, other: string): string | undefined {
  if (base === other) return edited;
  const [ours, theirs] = [base.split('\n'), other.split('\n')];
  const differences = diffIndices(ours.map(withoutNumbers), theirs.map(withoutNumbers)).map(({ buffer1, buffer2 }) => {
    return { start: buffer1[0], length: buffer1[1], grown: buffer2[1] - buffer1[1] };
  });
  const carried = [...theirs];
  // From the end, so that places before an edit stay where they are.
  for (const { buffer1, buffer2Content } of diffIndices(ours, edited.split('\n')).reverse()) {
    const [start, length] = buffer1;
    if (differences.some((difference) => meet(difference, start, length))) return undefined;
    const shift = differences.filter((it) => it.start + it.length <= start).reduce((sum, { grown }) => sum + grown, 0);
    const replaced = theirs.slice(start + shift, start + shift + length).join('\n');
    const text = carryTokens(ours.slice(start, start + length).join('\n'), buffer2Content.join('\n'), replaced);
    if (text === undefined) return undefined;
    carried.splice(start + shift, length, ...(buffer2Content.length === 0 ? [] : text.split('\n')));
  }
  return carried.join('\n');
}

/**
 * Whether an edit of `length` lines from `start` on touches a difference. Lines inserted beside a difference have no
 * certain place.
 */
function meet(difference: { start: number; length: number }, start: number, length: number): boolean {
  const end = difference.start + difference.length;
  if (length === 0) return difference.start <= start && end >= start;
  return difference.start < start + length && end > start;
}

/** The same with tokens, for texts that differ only in numbers. Undefined if both have changed the same number. */
function carryTokens(base: string, edited: string, other: string): string | undefined {
  if (base === other) return edited;
  const [ours, theirs] = [tokens(base), tokens(other)];
  const carried = [...theirs];
  for (const { buffer1, buffer2Content } of diffIndices(ours, tokens(edited)).reverse()) {
    const [start, length] = buffer1;
    if (ours.slice(start, start + length).join('') !== theirs.slice(start, start + length).join('')) return undefined;
    carried.splice(start, length, ...buffer2Content);
  }
  return carried.join('');
}

function withoutNumbers(line: string): string {
  return line.replace(/\d+/g, '0');
}

/** Words with their digits, and every other character by itself. */
function tokens(text: string): string[] {
  return text.match(/\w+|\W/g) ?? [];
}
