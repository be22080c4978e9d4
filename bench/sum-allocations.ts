/** Sums a sampling heap profile by function and by layer: what others allocate for one of ours (an array's `map`, a regular expression) is counted as its own. */

export interface AllocationNode {
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly selfSize: number;
  readonly children: readonly AllocationNode[];
}

export interface SummedAllocations {
  readonly total: number;
  readonly layers: ReadonlyMap<string, number>;
  readonly functions: ReadonlyMap<string, number>;
}

const nobody = '(nobody of ours)';

export function sumAllocations(head: AllocationNode): SummedAllocations {
  const layers = new Map<string, number>();
  const functions = new Map<string, number>();
  let total = 0;
  const add = (to: Map<string, number>, key: string, bytes: number) => to.set(key, (to.get(key) ?? 0) + bytes);
  const walk = (node: AllocationNode, above: { readonly name: string; readonly layer: string }): void => {
    const place = /\/((?:packages|server|bench)\/(?!.*node_modules).*)\/[^/]*$/.exec(node.callFrame.url);
    const layer = place?.[1]?.replace(/\/src(?=\/|$)/, '');
    const own = layer === undefined ? above : { name: nameOf(node), layer };
    total += node.selfSize;
    add(layers, own.layer, node.selfSize);
    add(functions, own.name, node.selfSize);
    for (const child of node.children) walk(child, own);
  };
  walk(head, { name: nobody, layer: nobody });
  return { total, layers, functions };
}

function nameOf({ callFrame }: AllocationNode): string {
  const file = callFrame.url.replace(/^.*\/(?=(?:packages|server|bench)\/)/, '').replace('/src/', '/');
  return `${callFrame.functionName || '(anonymous)'} ${file}:${callFrame.lineNumber + 1}`;
}
