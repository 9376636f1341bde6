import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { packagePath } from '../src/hosts/package_path.ts';

/** Where Linux distributions put the description of Mesa's software driver. */
const DRIVERS = ['lvp_icd.x86_64.json', 'lvp_icd.aarch64.json', 'lvp_icd.json'].map(
  (name) => `/usr/share/vulkan/icd.d/${name}`,
);

/**
 * An environment in which Vulkan has Mesa's software driver alone: LAVAPIPE_ICD, else the installed one. Undefined if
 * there is none, or one that is too old for WebGPU (Mesa 22).
 */
export function lavapipeEnvironment(): NodeJS.ProcessEnv | undefined {
  const driver = [process.env.LAVAPIPE_ICD ?? '', ...DRIVERS].find(existsSync);
  if (!driver) return undefined;
  const env = { ...process.env, VK_ICD_FILENAMES: driver, VK_DRIVER_FILES: driver };
  const doctor = runCommand(env, 'doctor', '--adapter', 'software');
  return /llvmpipe/i.test(doctor) ? env : undefined;
}

/** What a command of the built project prints. Throws if it fails. */
export function runCommand(env: NodeJS.ProcessEnv, ...args: string[]): string {
  return execFileSync(process.execPath, [packagePath('dist/node/main.js'), ...args], { env, encoding: 'utf8' });
}
