/** Paths that clients take for those of Windows drives. */

const DRIVE = /(?:^|\/)[A-Za-z]:/;

/** Whether a segment starts with a letter and ':'. A bucket may hold such a path; the `hf` command refuses to write it to a disk. */
export function hasDrive(path: string): boolean {
  return DRIVE.test(path);
}
