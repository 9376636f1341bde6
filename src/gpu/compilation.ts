import type { Gpu } from './device.ts';

/** What the WGSL compiler has to say about a place in the code; line and column count from 1, 0 is nowhere in particular. */
export interface CompilerMessage {
  severity: 'error' | 'warning' | 'info';
  line: number;
  column: number;
  /** Characters from there on, 0 where it is a point. */
  length: number;
  text: string;
}

/** Compiles WGSL alone and tells every message; the device goes on working whatever they say. */
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
