/** Admin verbs of the server as a whole: how it stands, and its backup. */
import { version } from '#base/version';
import { writeBackup } from '../../backup/index.ts';
import { text } from './argument.ts';
import type { VerbOptions } from './verb-options.ts';
import type { VerbRows } from './verb-rows.ts';

export function serverVerbs({ truth, telephony, config, places, delay, time }: VerbOptions): VerbRows {
  return [
    [
      'status',
      () => ({
        pid: process.pid,
        version,
        calls: telephony.callCount,
        media: telephony.media.hellos(),
        sipDatagrams: telephony.datagrams,
        eventLoopDelay: delay.read(),
        config,
      }),
    ],
    [
      'backup',
      (args) =>
        writeBackup({
          folder: text(args, 'folder'),
          places,
          version,
          nowUtcMs: time.nowUtcMs(),
          copyDatabases: async (folder) => {
            await truth.registrar.flush();
            await truth.storage.backup(folder);
          },
          withKey: args.withoutKey !== true,
        }),
    ],
  ];
}
