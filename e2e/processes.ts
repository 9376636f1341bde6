import { spawnSync } from 'node:child_process';

/** A process's child processes, and theirs. */
export function descendants(pid: number): { pid: number; command: string }[] {
  const { stdout } = spawnSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' });
  const all = stdout.split('\n').map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []);
  const of = (parent: number): { pid: number; command: string }[] =>
    all.flatMap(([, child, of_, command]) =>
      Number(of_) === parent ? [{ pid: Number(child), command }, ...of(Number(child))] : [],
    );
  return of(pid);
}

/** Ends a process, unless it has just ended by itself. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Whether a process runs; one that has ended and is not waited for does not. */
export function isAlive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z');
}
