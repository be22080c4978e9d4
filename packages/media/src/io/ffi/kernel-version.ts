/** Whether a kernel, by what uname(2) says of it (`6.1.0-13-amd64`), is older than a version. What cannot be read is not. */
export function isKernelOlder(release: string, than: readonly [number, number]): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release) ?? [];
  if (major === undefined || minor === undefined) return false;
  return Number(major) < than[0] || (Number(major) === than[0] && Number(minor) < than[1]);
}
