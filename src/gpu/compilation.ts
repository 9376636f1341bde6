import type { Gpu } from './device.ts';

/**
 * A message of the WGSL compiler about a place in the code. Line and column count from 1; 0 means no particular place.
 */
export interface CompilerMessage {
  severity: 'error' | 'warning' | 'info';
  line: number;
  column: number;
  /** Length of the place in characters, 0 for a point. */
  length: number;
  text: string;
}

/** Compiles WGSL without a pipeline and returns every message; the device goes on working in any case. */
export async function compilerMessages(gpu: Gpu, label: string, code: string): Promise<CompilerMessage[]> {
  gpu.device.pushErrorScope('validation');
  const info = gpu.device.createShaderModule({ label, code }).getCompilationInfo();
  const error = await gpu.device.popErrorScope();
  const { messages } = await info;
  const told = messages.map(({ type, lineNum, linePos, length, message }): CompilerMessage => {
    return { severity: type, line: lineNum, column: linePos, length, text: message };
  });
  if (!error || told.some(({ severity }) => severity === 'error')) return told;
  return [...told, { severity: 'error', line: 0, column: 0, length: 0, text: error.message }];
}
