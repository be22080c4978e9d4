/** Direction: each import against the rooms, the roots, the folders kept apart, the doors and the order of services. */
import type { ResolvedImport, SourceFile } from './read-tree.ts';
import { type Breach, isBelow, type Room, type Rules, roomOf } from './rules.ts';

export function checkLayers(rules: Rules, files: readonly SourceFile[]): Breach[] {
  const found: Breach[] = [];
  for (const file of files) {
    const room = roomOf(rules, file.path);
    if (room === undefined)
      found.push({ rule: 'room', file: file.path, line: 1, what: 'belongs to no room of layers.json' });
    else for (const mention of file.imports) for (const what of judge(rules, file, room, mention)) found.push(what);
    const service = childOf(rules.services.path, file.path);
    if (service !== undefined && !rules.services.order.includes(service))
      found.push({
        rule: 'service-order',
        file: file.path,
        line: 1,
        what: `service "${service}" has no place in layers.json`,
      });
  }
  return found;
}

function judge(rules: Rules, file: SourceFile, room: Room, mention: ResolvedImport): Breach[] {
  const { target, specifier } = mention;
  const breach = (rule: string, what: string): Breach[] => [{ rule, file: file.path, line: mention.line, what }];
  if (mention.kind === 'computed') return breach('computed-import', 'an import that no reader can follow');
  if (target === null) return breach('unresolved', `"${specifier}" leads nowhere`);
  if (rules.roots.paths.includes(target)) return breach('root', `nobody imports ${target}`);
  // A suite of contract tests is run by the tests of each backend; a root may enter where it likes.
  const isFree = (file.isTest && target.endsWith('.test.ts')) || rules.roots.paths.includes(file.path);
  const door = isFree ? undefined : doorBreach(rules, file.path, mention);
  if (door !== undefined) return breach('front-door', door);
  if (file.isTest || rules.roots.paths.includes(file.path)) return [];
  if (target.startsWith('node:')) {
    const refused = room.node === false && !room.external?.includes(target);
    return refused ? breach('sans-io', `${room.name} may not import ${target}`) : [];
  }
  const other = roomOf(rules, target);
  if (other === undefined)
    return room.external?.includes(target)
      ? []
      : breach('external', `${room.name} may not import the package ${target}`);
  if (target.endsWith('.test.ts')) return breach('test-import', `${target} is not part of the product`);
  if (other.name !== room.name && !room.may.includes(other.name))
    return breach('layer', `${room.name} may not import ${other.name} (${specifier})`);
  for (const folder of rules.apart.paths) {
    const [mine, theirs] = [childOf(folder, file.path), childOf(folder, target)];
    if (mine !== undefined && theirs !== undefined && mine !== theirs)
      return breach('apart', `${mine} may not import ${theirs} (${specifier})`);
  }
  const late = orderBreach(rules, file.path, target);
  return late === undefined ? [] : breach('service-order', late);
}

/** A relative path never leaves its package, nor a room with a front door but by another room's index.ts. */
function doorBreach(rules: Rules, from: string, { target, specifier }: ResolvedImport): string | undefined {
  if (!specifier.startsWith('.') || target === null) return undefined;
  const home = /^(?:packages\/[^/]+|[^/]+)\//.exec(from)?.[0] ?? '';
  if (!target.startsWith(home) && target.endsWith('.ts')) return `${specifier} leaves the package: import it by name`;
  for (const folder of rules.doors.paths) {
    const theirs = childOf(folder, target);
    if (theirs === undefined || isBelow(from, [`${folder}/${theirs}`])) continue;
    if (target !== `${folder}/${theirs}/index.ts`) return `${specifier} goes past the door of ${folder}/${theirs}`;
  }
  return undefined;
}

function orderBreach(rules: Rules, from: string, target: string): string | undefined {
  const { path, order } = rules.services;
  const [mine, theirs] = [childOf(path, from), childOf(path, target)];
  if (mine === undefined || theirs === undefined || mine === theirs) return undefined;
  return order.indexOf(theirs) < order.indexOf(mine)
    ? undefined
    : `${mine} stands before ${theirs} and may not import it`;
}

/** The name of the folder directly below `folder` in which the path lies. */
function childOf(folder: string, path: string): string | undefined {
  if (!path.startsWith(`${folder}/`)) return undefined;
  const [child, rest] = path.slice(folder.length + 1).split('/');
  return rest === undefined ? undefined : child;
}
